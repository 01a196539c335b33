import { OpCode } from "../../protocol/opcodes.ts";
import type { SeededRandom } from "../simulation/random.ts";
import type { Corpus } from "./corpus.ts";

/** Numbers that lengths, counts, versions and flags go wrong at. */
const oddInts: readonly number[] = [
  -1, 0, 1, -2, 2, 3, 4, 5, 6, 7, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0xfffff, 0x100000, 0x7fffffff,
  -0x80000000, -0x7fffffff, 0x7ffffffe, 0x40000000, 0x20000000, 1_000_000,
];
const opCodes: readonly number[] = Object.values(OpCode);
const oddTexts: readonly string[] = [
  "/",
  "",
  "//",
  "/.",
  "/..",
  "/a/",
  "/a//b",
  "/a/./b",
  "/a/../b",
  "/zookeeper",
  "/zookeeper/quota",
  "/zookeeper/config",
  "/zookeeper/quota/fuzz/zookeeper_limits",
  "/zookeeper/quota/fuzz/zookeeper_stats",
  "/fuzz",
  "/fuzz/a",
  "/fuzz/b",
  "/fuzz/a/b",
  "/fuzz/\u0000",
  "/fuzz/\uffff",
  "/fuzz/\ud800",
  "/fuzz/é",
  "world",
  "digest",
  "ip",
  "auth",
  "sasl",
  "x509",
  "super",
  "anyone",
  "127.0.0.1/33",
  "user:secret",
  "count=1,bytes=1",
  "count=-1,bytes=x",
  "count=2147483648",
  "/" + "d/".repeat(200) + "d",
  "/" + "n".repeat(2000),
];
/** Bytes that no decoder of UTF-8 takes as they are. */
const oddBytes: readonly number[][] = [
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xff],
  [0x80],
  [0xe2, 0x82],
];
const frameBytesMax = 64 * 1024;

/** Makes frames that are nearly right, by a seed: some as recorded, most changed in a few places, some random. */
export class Mutator {
  readonly #random: SeededRandom;
  readonly #corpus: Corpus;

  constructor(random: SeededRandom, corpus: Corpus) {
    this.#random = random;
    this.#corpus = corpus;
  }

  /** A first frame of a connection. */
  connect(): Uint8Array {
    const { connects, requests } = this.#corpus;
    if (this.#random.chance(0.1)) return this.#mutated(this.#pick(requests), 3);
    return this.#frame(connects);
  }

  /** A frame behind the handshake. */
  request(): Uint8Array {
    if (this.#random.chance(0.01)) return this.#mutated(this.#pick(this.#corpus.connects), 3);
    return this.#frame(this.#corpus.requests);
  }

  #frame(seeds: readonly Uint8Array[]): Uint8Array {
    const kind = this.#random.next();
    if (kind < 0.05) return this.#noise();
    if (kind < 0.1) return this.#noiseBehindHeader();
    if (kind < 0.2) return this.#pick(seeds).slice();
    return this.#mutated(this.#pick(seeds), kind < 0.7 ? 2 : 8);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#random.below(from.length)];
  }

  #noise(): Uint8Array {
    const bytes = new Uint8Array(this.#random.below(this.#random.chance(0.9) ? 64 : 2048));
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.#random.below(256);
    return bytes;
  }

  /** A request type that exists, then small ints and short noise: passes more checks than noise alone. */
  #noiseBehindHeader(): Uint8Array {
    const bytes = new Uint8Array(8 + 4 * this.#random.below(20));
    const view = new DataView(bytes.buffer);
    view.setInt32(0, this.#random.below(1000));
    view.setInt32(4, this.#pick(opCodes));
    for (let at = 8; at < bytes.length; at += 4) {
      view.setInt32(at, this.#random.chance(0.5) ? this.#random.below(8) : this.#pick(oddInts));
    }
    return bytes;
  }

  #mutated(seed: Uint8Array, changesMax: number): Uint8Array {
    let bytes: Uint8Array = seed.slice();
    for (let count = 1 + this.#random.below(changesMax); count > 0; count--) bytes = this.#change(bytes);
    return bytes.length > frameBytesMax ? bytes.slice(0, frameBytesMax) : bytes;
  }

  #change(bytes: Uint8Array): Uint8Array {
    const random = this.#random;
    const at = random.below(bytes.length + 1);
    switch (random.below(10)) {
      case 0:
        if (bytes.length > 0) bytes[at % bytes.length] ^= 1 << random.below(8);
        return bytes;
      case 1:
        if (bytes.length > 0) bytes[at % bytes.length] = random.below(256);
        return bytes;
      case 2:
        return this.#withInt(bytes, at, this.#pick(oddInts));
      case 3:
        return this.#withInt(bytes, 4, this.#pick(opCodes));
      case 4:
        return bytes.slice(0, at);
      case 5:
        return joined(bytes.subarray(0, at), bytes.subarray(random.below(at + 1)));
      case 6:
        return joined(bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + random.below(16))));
      case 7: {
        const other = this.#pick(this.#corpus.requests);
        return joined(bytes.subarray(0, at), other.subarray(random.below(other.length + 1)));
      }
      case 8:
        return this.#withText(bytes);
      default: {
        const noise = new Uint8Array(random.below(12)).map(() => random.below(256));
        return joined(bytes.subarray(0, at), noise, bytes.subarray(at));
      }
    }
  }

  #withInt(bytes: Uint8Array, at: number, value: number): Uint8Array {
    if (bytes.length < 4) return bytes;
    const start = Math.min(at, bytes.length - 4);
    new DataView(bytes.buffer, bytes.byteOffset).setInt32(start, value);
    return bytes;
  }

  /** Replaces a string or buffer of the frame, its length included, so that what follows it is still read. */
  #withText(bytes: Uint8Array): Uint8Array {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const starts: number[] = [];
    for (let at = 8; at + 4 <= bytes.length; at++) {
      const length = view.getInt32(at);
      if (length > 0 && length <= bytes.length - at - 4) starts.push(at);
    }
    if (starts.length === 0) return bytes;
    const start = this.#pick(starts);
    const end = start + 4 + view.getInt32(start);
    const text = this.#random.chance(0.8)
      ? Buffer.from(this.#pick(oddTexts))
      : Buffer.concat([Buffer.from("/fuzz/"), Buffer.from(this.#pick(oddBytes))]);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setInt32(0, text.length);
    return joined(bytes.subarray(0, start), length, text, bytes.subarray(end));
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
