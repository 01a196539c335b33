import { expect } from "chai";
import fc from "fast-check";
import * as zlib from "node:zlib";
import { adler32, crc32 } from "../../../protocol/checksums.ts";

/** RFC 1950, section 8.2, with a modulus at every byte. */
function naiveAdler32(bytes: Uint8Array, seed = 1): number {
  let [a, b] = [seed & 0xffff, seed >>> 16];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

/** RFC 1952, section 8, bit by bit. */
function naiveCrc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const text = new TextEncoder().encode("123456789");

/** Lengths around a step of the table, a run of Adler's sums, and their multiples. */
const lengths = [0, 1, 2, 3, 4, 5, 7, 8, 9, 3799, 3800, 3801, 7600, 7601, 65521, 100_003];

for (const [name, checksum, naive, check] of [
  ["adler32", adler32, naiveAdler32, 0x091e01de],
  ["crc32", crc32, naiveCrc32, 0xcbf43926],
] as const) {
  describe(name, () => {
    it("gives the known value of 123456789", () => {
      expect(checksum(text, 0, text.length)).to.equal(check);
    });

    it("agrees with the plain algorithm at every length, for the bytes that sum up highest too", () => {
      for (const length of lengths) {
        for (const fill of [0, 0x5a, 0xff]) {
          const bytes = new Uint8Array(length).fill(fill);
          expect(checksum(bytes, 0, length), `${length} times ${fill}`).to.equal(naive(bytes));
        }
      }
    });

    it("agrees with the plain algorithm on any part of any bytes", () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), fc.nat(300), (bytes, from, size) => {
          const start = Math.min(from, bytes.length);
          const end = Math.min(start + size, bytes.length);
          expect(checksum(bytes, start, end)).to.equal(naive(bytes.subarray(start, end)));
        }),
      );
    });

    it("goes on from the checksum of what came before", () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, at) => {
          const cut = Math.min(at, bytes.length);
          const head = checksum(bytes, 0, cut);
          expect(checksum(bytes, cut, bytes.length, head)).to.equal(checksum(bytes, 0, bytes.length));
        }),
      );
    });
  });
}

describe("crc32", () => {
  it("agrees with zlib's", function () {
    // Node has it since 20.15 only.
    if (zlib.crc32 === undefined) {
      process.stdout.write("skipped: zlib of this Node has no crc32\n");
      this.skip();
    }
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5000 }),
        (bytes) => crc32(bytes, 0, bytes.length) === zlib.crc32(bytes),
      ),
    );
  });
});

describe("adler32", () => {
  it("keeps its sums exact where both begin at their highest and every byte is 255", () => {
    const seed = ((65520 << 16) | 65520) >>> 0;
    for (const length of [3792, 3799, 3800, 3801, 7600, 20_000]) {
      const bytes = new Uint8Array(length).fill(0xff);
      expect(adler32(bytes, 0, length, seed), `${length} bytes`).to.equal(naiveAdler32(bytes, seed));
    }
  });

  it("agrees with what zlib puts behind a deflated stream", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000, size: "max" }), (bytes) => {
        const stream = zlib.deflateSync(bytes, { level: 0 });
        expect(adler32(bytes, 0, bytes.length)).to.equal(stream.readUInt32BE(stream.length - 4));
      }),
      { numRuns: 30 },
    );
  });
});
