/** One DER value: where it starts with its header, and where its content lies, in the buffer it was read from. */
export interface DerValue {
  /** Identifier octet: class, constructed bit, number below 31. */
  readonly tag: number;
  /** Content, a view. */
  readonly content: Uint8Array;
  /** Header and content, a view. */
  readonly whole: Uint8Array;
}

export const DER_INTEGER = 0x02;
export const DER_OCTET_STRING = 0x04;
export const DER_OID = 0x06;
export const DER_SEQUENCE = 0x30;
export const DER_SET = 0x31;

/** DER that cannot be read: truncated, of another type than expected, or BER with indefinite lengths. */
export class DerError extends Error {}

/**
 * Reads DER values one after another from a buffer that it never copies. Only what X.509 names and PKCS #12 need:
 * one-byte tags, definite lengths up to 4 bytes. Throws {@link DerError}.
 */
export class DerReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  /** The tag of the next value, or -1 at the end. */
  peekTag(): number {
    return this.done ? -1 : this.#byteAt(this.#offset);
  }

  /** The next value; with `tag` given it must be of that tag. */
  read(tag?: number): DerValue {
    const start = this.#offset;
    const found = this.#byteAt(start);
    if (tag !== undefined && found !== tag) {
      throw new DerError(`expected a value of tag ${hex(tag)} at byte ${start}, found ${hex(found)}`);
    }
    if ((found & 0x1f) === 0x1f) throw new DerError(`tag of several bytes at byte ${start}`);
    let offset = start + 1;
    let length = this.#byteAt(offset++);
    if (length === 0x80) throw new DerError(`value of indefinite length (BER) at byte ${start}`);
    if (length > 0x80) {
      let lengthBytes = length & 0x7f;
      if (lengthBytes > 4) throw new DerError(`length of ${lengthBytes} bytes at byte ${start}`);
      length = 0;
      while (lengthBytes-- > 0) length = length * 256 + this.#byteAt(offset++);
    }
    if (length > this.#bytes.length - offset) {
      throw new DerError(`value of ${length} bytes at byte ${start} ends beyond its container`);
    }
    this.#offset = offset + length;
    return {
      tag: found,
      content: this.#bytes.subarray(offset, this.#offset),
      whole: this.#bytes.subarray(start, this.#offset),
    };
  }

  /** Steps into the next value, a SEQUENCE unless another constructed tag is named. */
  enter(tag: number = DER_SEQUENCE): DerReader {
    return new DerReader(this.read(tag).content);
  }

  /** The next value if it has this tag, else undefined and nothing is taken. */
  readIf(tag: number): DerValue | undefined {
    return this.peekTag() === tag ? this.read(tag) : undefined;
  }

  /** An INTEGER from 0 to 2^31-1, as iteration counts and versions are. */
  readSmallInteger(): number {
    const { content } = this.read(DER_INTEGER);
    let value = 0;
    for (const byte of content) value = value * 256 + byte;
    if (content.length === 0 || content[0] >= 0x80 || value > 0x7fffffff) {
      throw new DerError("integer out of range 0..2147483647");
    }
    return value;
  }

  readOctets(): Uint8Array {
    return this.read(DER_OCTET_STRING).content;
  }

  /** An OBJECT IDENTIFIER as dotted text. */
  readOid(): string {
    return oidText(this.read(DER_OID).content);
  }

  #byteAt(offset: number): number {
    if (offset >= this.#bytes.length) throw new DerError(`ends at byte ${offset}, in the middle of a value`);
    return this.#bytes[offset];
  }
}

/** The dotted text of an object identifier's content octets. */
export function oidText(content: Uint8Array): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of content) {
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  if (arcs.length === 0) throw new DerError("empty object identifier");
  const [first, ...rest] = arcs;
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [root, first - root * 40n, ...rest].join(".");
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(2, "0")}`;
}
