/**
 * The little of Snappy that snapshots need: snappy-java's stream format, a header and then blocks, each an int32
 * length and a raw Snappy block (disk.md section 4). The encoder writes literals and plain back references.
 */
export const snappyHeader = new Uint8Array([
  0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1,
]);

/** Bytes of one block before compression. */
export const snappyBlockBytes = 32 * 1024;

/** A raw block is damaged. */
export class SnappyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SnappyError";
  }
}

/** One raw block of `bytes`, at most `snappyBlockBytes` long. */
export function snappyCompress(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(32 + bytes.length + Math.ceil(bytes.length / 6));
  let at = writeVarint(out, 0, bytes.length);
  const table = new Int32Array(4096).fill(-1);
  let literalStart = 0;
  let i = 0;
  while (i + 4 <= bytes.length) {
    const word = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    const slot = Math.imul(word, 0x1e35a7bd) >>> 20;
    const candidate = table[slot];
    table[slot] = i;
    if (candidate < 0 || !sameWord(bytes, candidate, i)) {
      i++;
      continue;
    }
    at = writeLiteral(out, at, bytes, literalStart, i);
    let length = 4;
    while (length < 64 && i + length < bytes.length && bytes[candidate + length] === bytes[i + length])
      length++;
    const offset = i - candidate;
    out[at++] = ((length - 1) << 2) | 2;
    out[at++] = offset & 0xff;
    out[at++] = offset >>> 8;
    i += length;
    literalStart = i;
  }
  at = writeLiteral(out, at, bytes, literalStart, bytes.length);
  return out.subarray(0, at);
}

function sameWord(bytes: Uint8Array, a: number, b: number): boolean {
  return (
    bytes[a] === bytes[b] &&
    bytes[a + 1] === bytes[b + 1] &&
    bytes[a + 2] === bytes[b + 2] &&
    bytes[a + 3] === bytes[b + 3]
  );
}

function writeVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  let position = at;
  while (rest >= 0x80) {
    out[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[position++] = rest;
  return position;
}

function writeLiteral(out: Uint8Array, at: number, bytes: Uint8Array, start: number, end: number): number {
  let position = at;
  const length = end - start;
  if (length === 0) return position;
  if (length <= 60) {
    out[position++] = (length - 1) << 2;
  } else {
    out[position++] = 61 << 2;
    out[position++] = (length - 1) & 0xff;
    out[position++] = (length - 1) >>> 8;
  }
  out.set(bytes.subarray(start, end), position);
  return position + length;
}

/** Undoes one raw block; throws SnappyError for anything that is none, or is longer than `bytesMax`. */
export function snappyUncompress(bytes: Uint8Array, bytesMax: number): Uint8Array {
  let at = 0;
  const byte = (): number => {
    if (at >= bytes.length) throw new SnappyError("a snappy block ends early");
    return bytes[at++];
  };
  const little = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value += byte() * 2 ** (8 * i);
    return value;
  };
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const b = byte();
    size += (b & 0x7f) * 2 ** shift;
    if (b < 0x80) break;
    if (shift > 28) throw new SnappyError("a snappy block with a bad length");
  }
  if (size > bytesMax) throw new SnappyError(`a snappy block of ${size} bytes`);
  const out = new Uint8Array(size);
  let length = 0;
  while (at < bytes.length) {
    const tag = byte();
    const kind = tag & 3;
    if (kind === 0) {
      const code = tag >>> 2;
      const count = 1 + (code < 60 ? code : little(code - 59));
      if (at + count > bytes.length || length + count > size)
        throw new SnappyError("a snappy literal is too long");
      out.set(bytes.subarray(at, at + count), length);
      at += count;
      length += count;
      continue;
    }
    const count = kind === 1 ? 4 + ((tag >>> 2) & 7) : 1 + (tag >>> 2);
    const offset = kind === 1 ? ((tag >>> 5) << 8) | byte() : little(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > length || length + count > size)
      throw new SnappyError("a bad snappy reference");
    for (let i = 0; i < count; i++) {
      out[length] = out[length - offset];
      length++;
    }
  }
  if (length !== size) throw new SnappyError("a snappy block with a wrong length");
  return out;
}
