import { decodeUtf8, encodeUtf8 } from "../auth/charsets.ts";

/** What no limit, and no count, reads as. */
const none = -1n;

/**
 * Text of a quota's limits or counts: `count=N,bytes=N`, then `=;key=value` for other keys in order (StatsTrack).
 * A key that is missing reads -1: no limit. Values are Java longs and wrap as such.
 */
export class StatsTrack {
  readonly #values = new Map<string, bigint>();
  #wellFormed = true;

  /**
   * Reads what a client stored. Pieces that are no `key=number` are passed over, where Apache's constructor throws;
   * `wellFormed` then says so, as for null. An empty text has no values.
   */
  static parse(bytes: Uint8Array | null): StatsTrack {
    const stats = new StatsTrack();
    if (bytes === null) stats.#wellFormed = false;
    else if (bytes.length > 0) stats.#read(decodeUtf8(bytes));
    return stats;
  }

  /** Whether Apache could read the text too. */
  get wellFormed(): boolean {
    return this.#wellFormed;
  }

  get count(): bigint {
    return this.#values.get("count") ?? none;
  }

  set count(value: bigint) {
    this.#values.set("count", BigInt.asIntN(64, value));
  }

  get bytes(): bigint {
    return this.#values.get("bytes") ?? none;
  }

  set bytes(value: bigint) {
    this.#values.set("bytes", BigInt.asIntN(64, value));
  }

  get countHardLimit(): bigint {
    return this.#values.get("countHardLimit") ?? none;
  }

  get byteHardLimit(): bigint {
    return this.#values.get("byteHardLimit") ?? none;
  }

  toString(): string {
    const others = [...this.#values.keys()].filter((key) => key !== "count" && key !== "bytes").sort();
    const tail = others.map((key) => `;${key}=${this.#values.get(key)}`).join("");
    return `count=${this.count},bytes=${this.bytes}${tail === "" ? "" : `=${tail}`}`;
  }

  toBytes(): Uint8Array {
    return encodeUtf8(this.toString());
  }

  #read(text: string): void {
    const pairs = text.split(/[,;]+/);
    // Java's split drops empty pieces at the end; one at the start has no key and no value.
    while (pairs.at(-1) === "") pairs.pop();
    for (const pair of pairs) {
      const parts = pair.split("=");
      const [key, value] = parts;
      // Here too Java drops empty ends: `count=` has no value at all, the one of `count==5` is empty and means none.
      const hasValue = parts.slice(1).some((part) => part !== "");
      const number = value === "" ? none : parseLong(value);
      if (number !== null) this.#values.set(key, number);
      if (!hasValue || number === null) this.#wellFormed = false;
    }
  }
}

/** Long.parseLong for ASCII digits; null for what is no number or beyond a long. */
function parseLong(text: string | undefined): bigint | null {
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return null;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : null;
}
