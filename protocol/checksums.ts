/** Checksums of logs (Adler-32) and of the tree digest (CRC-32), as java.util.zip computes them. */

const adlerModulus = 65521;
/** Bytes after which Adler's second sum, kept in a double, still is an exact integer. */
const adlerRun = 3800;

/** Adler-32 of bytes[start, end), unsigned. `seed` is the checksum of what came before. */
export function adler32(bytes: Uint8Array, start: number, end: number, seed = 1): number {
  let a = seed & 0xffff;
  let b = seed >>> 16;
  let i = start;
  while (i < end) {
    const stop = Math.min(i + adlerRun, end);
    for (; i < stop; i++) {
      a += bytes[i];
      b += a;
    }
    a %= adlerModulus;
    b %= adlerModulus;
  }
  return ((b << 16) | a) >>> 0;
}

/** Four tables: the k-th gives the effect of a byte that k more bytes follow, so that four go in one step. */
const crcTables: Int32Array[] = makeCrcTables();

function makeCrcTables(): Int32Array[] {
  const tables = [new Int32Array(256), new Int32Array(256), new Int32Array(256), new Int32Array(256)];
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    tables[0][n] = c;
  }
  for (let n = 0; n < 256; n++) {
    for (let k = 1; k < 4; k++) {
      const previous = tables[k - 1][n];
      tables[k][n] = (previous >>> 8) ^ tables[0][previous & 0xff];
    }
  }
  return tables;
}

const [crc0, crc1, crc2, crc3] = crcTables;

/** CRC-32 of bytes[start, end), unsigned. `seed` is the checksum of what came before. */
export function crc32(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  let c = ~seed;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    c = crc3[c & 0xff] ^ crc2[(c >>> 8) & 0xff] ^ crc1[(c >>> 16) & 0xff] ^ crc0[c >>> 24];
  }
  for (; i < end; i++) c = crc0[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return ~c >>> 0;
}
