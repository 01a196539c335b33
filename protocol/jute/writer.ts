import { allocateUnwritten, encodeString, type Bytes } from "./strings.ts";

/**
 * Writes jute's primitive types into one growing block. A length that is known only afterwards is patched in
 * place (`beginFrame`/`endFrame`), so a frame is written once and never copied. Blocks are not zeroed: only
 * bytes below `length` are ever shown.
 */
export class JuteWriter {
  /** Bytes written so far; also where the next byte goes. */
  length = 0;
  #bytes: Bytes;
  #view: DataView;

  constructor(capacity = 256) {
    this.#bytes = allocateUnwritten(capacity);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  /** Makes room for `size` more bytes. Doubles, so that n bytes cost O(n) copies in all. */
  reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.#bytes.length) return;
    const grown = allocateUnwritten(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer, grown.byteOffset, grown.byteLength);
  }

  /** Forgets what was written and keeps the block. */
  clear(): void {
    this.length = 0;
  }

  /** A view of what was written; shared memory, valid until the next write. */
  view(start = 0, end = this.length): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  /** A copy of what was written; the caller owns it. */
  copy(): Uint8Array {
    const out = allocateUnwritten(this.length);
    out.set(this.#bytes.subarray(0, this.length));
    return out;
  }

  /** Hands the block over to the caller, trimmed to what was written, and starts a fresh one of `capacity`. */
  detach(capacity = 256): Uint8Array {
    const out = this.#bytes.subarray(0, this.length);
    this.#bytes = allocateUnwritten(capacity);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    this.length = 0;
    return out;
  }

  writeByte(value: number): void {
    this.reserve(1);
    this.#bytes[this.length++] = value;
  }

  writeBoolean(value: boolean): void {
    this.writeByte(value ? 1 : 0);
  }

  writeInt(value: number): void {
    this.reserve(4);
    this.#view.setInt32(this.length, value);
    this.length += 4;
  }

  /** Overwrites four bytes that were written before. */
  patchInt(at: number, value: number): void {
    this.#view.setInt32(at, value);
  }

  /** Overwrites eight bytes that were written before. */
  patchLong(at: number, value: bigint): void {
    this.#view.setBigInt64(at, value);
  }

  writeLong(value: bigint): void {
    this.reserve(8);
    this.#view.setBigInt64(this.length, value);
    this.length += 8;
  }

  /** Raw bytes without a length. */
  writeBytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  writeBuffer(bytes: Uint8Array | null): void {
    if (bytes === null) return this.writeInt(-1);
    this.writeInt(bytes.length);
    this.writeBytes(bytes);
  }

  writeString(text: string | null): void {
    if (text === null) return this.writeInt(-1);
    this.reserve(4 + text.length * 3);
    const written = encodeString(this.#bytes, text, this.length + 4);
    this.#view.setInt32(this.length, written);
    this.length += 4 + written;
  }

  /** Text without a length. */
  writeText(text: string): void {
    this.reserve(text.length * 3);
    this.length += encodeString(this.#bytes, text, this.length);
  }

  writeVectorCount(count: number): void {
    this.writeInt(count);
  }

  /** Leaves four bytes for a length; returns the mark for `endFrame`. */
  beginFrame(): number {
    const mark = this.length;
    this.writeInt(0);
    return mark;
  }

  /** Patches the length of everything written since the mark. */
  endFrame(mark: number): void {
    this.#view.setInt32(mark, this.length - mark - 4);
  }

  /** Takes back everything written since `length`. */
  truncate(length: number): void {
    this.length = length;
  }
}
