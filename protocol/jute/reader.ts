import { JuteError } from "./juteError.ts";
import { asBytes, decodeString, type Bytes } from "./strings.ts";

/** Largest buffer or string that Apache accepts by default: jute.maxbuffer (0xfffff) plus as much extra size. */
export const juteLengthMaxDefault = 2 * 0xfffff;

/**
 * Reads jute's primitive types from a range of bytes, in place. Big-endian, as java.io.DataInput.
 * Every length is checked against `lengthMax` and the end of the range before anything is taken.
 * One reader can serve many frames: `reset` points it elsewhere without allocating.
 */
export class JuteReader {
  /** Next byte to read, an offset into `bytes`. */
  position = 0;
  /** One past the last readable byte. */
  end = 0;
  /** Bound of one buffer or string, in bytes (jute.maxbuffer + extrasize). */
  lengthMax: number;
  #bytes: Bytes;
  #view: DataView;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, lengthMax = juteLengthMaxDefault) {
    this.lengthMax = lengthMax;
    this.#bytes = asBytes(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
    this.end = end;
  }

  /** The bytes under the reader; valid as long as whoever handed them in keeps them. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Points the reader at `bytes[start, end)`. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = asBytes(bytes);
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.position = start;
    this.end = end;
  }

  #take(size: number): number {
    const at = this.position;
    if (this.end - at < size) {
      throw new JuteError("EOF", at, `needs ${size} bytes, ${this.end - at} left`);
    }
    this.position = at + size;
    return at;
  }

  readByte(): number {
    return this.#bytes[this.#take(1)];
  }

  /** Any nonzero byte is true. */
  readBoolean(): boolean {
    return this.#bytes[this.#take(1)] !== 0;
  }

  readInt(): number {
    return this.#view.getInt32(this.#take(4));
  }

  readLong(): bigint {
    return this.#view.getBigInt64(this.#take(8));
  }

  /** Length of a buffer or string: -1 for null, else checked against the bound and the bytes that are left. */
  #readLength(): number {
    const at = this.position;
    const length = this.readInt();
    if (length === -1) return -1;
    if (length < 0 || length > this.lengthMax) {
      throw new JuteError("LENGTH", at, `length ${length} is not in 0..${this.lengthMax}`);
    }
    if (length > this.end - this.position) {
      throw new JuteError(
        "EOF",
        at,
        `length ${length} goes past the end, ${this.end - this.position} bytes left`,
      );
    }
    return length;
  }

  /** Null or a view of the bytes: it shares memory with the frame, so copy it to keep it. */
  readBuffer(): Uint8Array | null {
    const length = this.#readLength();
    if (length < 0) return null;
    const at = this.position;
    this.position = at + length;
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of the next `size` bytes, which carry no length of their own. */
  readBytes(size: number): Uint8Array {
    const at = this.#take(size);
    return this.#bytes.subarray(at, at + size);
  }

  /** Text of `size` bytes, which carry no length of their own. */
  readText(size: number): string {
    const at = this.#take(size);
    return decodeString(this.#bytes, at, at + size);
  }

  readString(): string | null {
    const length = this.#readLength();
    if (length < 0) return null;
    const at = this.position;
    this.position = at + length;
    return decodeString(this.#bytes, at, at + length);
  }

  /**
   * Element count of a vector: -1 is null, any other count below 1 reads as empty (observed: -2 is an empty list).
   * `elementBytesMin` bounds the count by the bytes that are left, before anybody allocates for it.
   */
  readVectorCount(elementBytesMin: number): number {
    const at = this.position;
    const count = this.readInt();
    if (count === -1) return -1;
    if (count <= 0) return 0;
    if (count * elementBytesMin > this.end - this.position) {
      throw new JuteError("EOF", at, `vector of ${count} elements, ${this.end - this.position} bytes left`);
    }
    return count;
  }
}
