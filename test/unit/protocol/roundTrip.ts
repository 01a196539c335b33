import { JuteError } from "../../../protocol/jute/juteError.ts";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import type { JuteType } from "../../../protocol/jute/schema.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** What became of a frame that went through decode and encode. */
export const same = "same";

/**
 * Reads the parts one after the other and writes them again: `same`, or what was wrong: the error's code, field and
 * offset; bytes behind the last part that nobody read; or what came out instead, from the first to the last byte
 * that differs.
 */
export function roundTrip(bytes: Uint8Array, parts: readonly JuteType<unknown>[]): string {
  const reader = new JuteReader(bytes);
  const writer = new JuteWriter();
  for (const part of parts) {
    try {
      part.write(writer, part.read(reader));
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      const { code, field, offset } = error;
      return `${code} ${part.name}${field === "" || field.startsWith("[") ? field : `.${field}`} at ${offset}`;
    }
  }
  const read = bytes.subarray(0, reader.position);
  if (toHex(writer.view()) !== toHex(read)) return difference(read, writer.view());
  const left = reader.remaining;
  return left === 0 ? same : `${left} bytes more than ${parts.at(-1)?.name}`;
}

function difference(read: Uint8Array, written: Uint8Array): string {
  const shorter = Math.min(read.length, written.length);
  let head = 0;
  while (head < shorter && read[head] === written[head]) head++;
  let tail = 0;
  while (tail < shorter - head && read.at(-1 - tail) === written.at(-1 - tail)) tail++;
  const part = (bytes: Uint8Array) => toHex(bytes.subarray(head, bytes.length - tail));
  return `${part(read)} becomes ${part(written)}`;
}
