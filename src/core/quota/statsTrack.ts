import { allocateBytes, asBytes, decodeString, encodeString } from "../../../protocol/jute/strings.ts";

/**
 * Text of a quota's limits or counts: `count=N,bytes=N`, then `=;key=value` for other keys in order (StatsTrack).
 * A key that is missing reads -1: no limit. Values are Java longs.
 */
export class StatsTrack {
  readonly #values = new Map<string, bigint>();

  /** Reads what a client stored; pieces that are no `key=number` are passed over. */
  static parse(bytes: Uint8Array | null): StatsTrack {
    const stats = new StatsTrack();
    if (bytes === null || bytes.length === 0) return stats;
    for (const pair of decodeString(asBytes(bytes), 0, bytes.length).split(/[,;]+/)) {
      const [key, value] = pair.split("=");
      if (key === undefined || key === "" || value === undefined) continue;
      if (value === "") stats.#values.set(key, -1n);
      else if (/^[+-]?\d{1,19}$/.test(value)) stats.#values.set(key, BigInt(value.replace("+", "")));
    }
    return stats;
  }

  get count(): bigint {
    return this.#values.get("count") ?? -1n;
  }

  set count(value: bigint) {
    this.#values.set("count", value);
  }

  get bytes(): bigint {
    return this.#values.get("bytes") ?? -1n;
  }

  set bytes(value: bigint) {
    this.#values.set("bytes", value);
  }

  get countHardLimit(): bigint {
    return this.#values.get("countHardLimit") ?? -1n;
  }

  get byteHardLimit(): bigint {
    return this.#values.get("byteHardLimit") ?? -1n;
  }

  toString(): string {
    const others = [...this.#values.keys()].filter((key) => key !== "count" && key !== "bytes").sort();
    const tail = others.map((key) => `;${key}=${this.#values.get(key)}`).join("");
    return `count=${this.count},bytes=${this.bytes}${tail === "" ? "" : `=${tail}`}`;
  }

  toBytes(): Uint8Array {
    const text = this.toString();
    const bytes = allocateBytes(text.length);
    encodeString(bytes, text, 0);
    return bytes;
  }
}
