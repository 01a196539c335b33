/**
 * Strings as the JVM of an Apache server reads and writes them (observed; golden/wire/string_encoding):
 * reading is UTF-8 where every ill-formed piece becomes U+FFFD, a three-byte surrogate counting as one piece;
 * writing encodes each UTF-16 unit on its own, so a code point above U+FFFF leaves as six bytes (CESU-8).
 *
 * This is the one file of `protocol` that leans on Node: its Buffer decodes about three times as fast as
 * TextDecoder. Only the two calls below are declared and used.
 */
interface NodeBytes extends Uint8Array {
  utf8Slice(start: number, end: number): string;
  latin1Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number, length: number): number;
  latin1Write(text: string, offset: number, length: number): number;
}
declare const Buffer: {
  allocUnsafeSlow(size: number): NodeBytes;
  from(bytes: ArrayBufferLike, offset: number, length: number): NodeBytes;
};

export type Bytes = NodeBytes;

/** A zero-filled block that no other code shares (not taken from Node's pool). Its length is in bytes. */
export function allocateBytes(size: number): Bytes {
  return Buffer.allocUnsafeSlow(size).fill(0) as Bytes;
}

/**
 * A block whose content is whatever was in memory, for a writer that shows only what it has written itself.
 * Its length is in bytes; it is not taken from Node's pool.
 */
export function allocateUnwritten(size: number): Bytes {
  return Buffer.allocUnsafeSlow(size);
}

/** The same memory, seen through the type that has the fast string calls. */
export function asBytes(bytes: Uint8Array): Bytes {
  return "utf8Slice" in bytes
    ? (bytes as Bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const replacement = "\ufffd";

/** Decodes `bytes[start, end)` with the JVM's rules. Never throws. */
export function decodeString(bytes: Bytes, start: number, end: number): string {
  if (end - start < 24) {
    // Short ASCII text, by far the most common on this wire, is built without leaving JavaScript's heap.
    let ascii = true;
    for (let i = start; i < end; i++) {
      if (bytes[i] > 0x7f) {
        ascii = false;
        break;
      }
    }
    if (ascii) return bytes.latin1Slice(start, end);
  }
  const text = bytes.utf8Slice(start, end);
  // Node's decoder follows WHATWG, which splits ill-formed input into more pieces than the JVM does.
  return text.includes(replacement) ? decodeLikeJvm(bytes, start, end) : text;
}

/** Follows sun.nio.cs.UTF_8's decoder: how many bytes each malformed piece takes decides how many U+FFFD appear. */
function decodeLikeJvm(bytes: Bytes, start: number, end: number): string {
  let out = "";
  let i = start;
  while (i < end) {
    const b1 = bytes[i];
    if (b1 < 0x80) {
      out += String.fromCharCode(b1);
      i += 1;
    } else if (b1 >= 0xc2 && b1 <= 0xdf) {
      if (i + 1 < end && isContinuation(bytes[i + 1])) {
        out += String.fromCharCode(((b1 & 0x1f) << 6) | (bytes[i + 1] & 0x3f));
        i += 2;
      } else {
        out += replacement;
        i += 1;
      }
    } else if (b1 >= 0xe0 && b1 <= 0xef) {
      i = decodeThree(bytes, i, end, b1, (piece) => (out += piece));
    } else if (b1 >= 0xf0 && b1 <= 0xf4) {
      i = decodeFour(bytes, i, end, b1, (piece) => (out += piece));
    } else {
      out += replacement;
      i += 1;
    }
  }
  return out;
}

function decodeThree(
  bytes: Bytes,
  i: number,
  end: number,
  b1: number,
  emit: (piece: string) => void,
): number {
  const left = end - i;
  if (left < 2) return (emit(replacement), i + 1);
  const b2 = bytes[i + 1];
  const badSecond = !isContinuation(b2) || (b1 === 0xe0 && b2 < 0xa0);
  if (badSecond) return (emit(replacement), i + 1);
  if (left < 3) return (emit(replacement), end);
  if (!isContinuation(bytes[i + 2])) return (emit(replacement), i + 2);
  const unit = ((b1 & 0x0f) << 12) | ((b2 & 0x3f) << 6) | (bytes[i + 2] & 0x3f);
  emit(unit >= 0xd800 && unit <= 0xdfff ? replacement : String.fromCharCode(unit));
  return i + 3;
}

function decodeFour(bytes: Bytes, i: number, end: number, b1: number, emit: (piece: string) => void): number {
  const left = end - i;
  if (left < 2) return (emit(replacement), i + 1);
  const b2 = bytes[i + 1];
  const badSecond = !isContinuation(b2) || (b1 === 0xf0 && b2 < 0x90) || (b1 === 0xf4 && b2 > 0x8f);
  if (badSecond) return (emit(replacement), i + 1);
  if (left < 3) return (emit(replacement), end);
  if (!isContinuation(bytes[i + 2])) return (emit(replacement), i + 2);
  if (left < 4) return (emit(replacement), end);
  if (!isContinuation(bytes[i + 3])) return (emit(replacement), i + 3);
  const point =
    ((b1 & 0x07) << 18) | ((b2 & 0x3f) << 12) | ((bytes[i + 2] & 0x3f) << 6) | (bytes[i + 3] & 0x3f);
  emit(String.fromCodePoint(point));
  return i + 4;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Bytes that `encodeString` will write for `text`, at most; exact work is done while writing. */
export function encodedLengthMax(text: string): number {
  return text.length * 3;
}

/** Writes `text` at `offset`; the caller has made room for `encodedLengthMax(text)`. Returns the bytes written. */
export function encodeString(bytes: Bytes, text: string, offset: number): number {
  const length = text.length;
  if (length < 24) {
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      bytes[offset + i] = unit;
    }
    if (i === length) return length;
  }
  return hasSurrogate(text) ? encodeUnits(bytes, text, offset) : bytes.utf8Write(text, offset, length * 3);
}

function hasSurrogate(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

function encodeUnits(bytes: Bytes, text: string, offset: number): number {
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[at++] = unit;
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else {
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at - offset;
}
