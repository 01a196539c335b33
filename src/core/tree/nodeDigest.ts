import { crc32, crc32OfText } from "../../../protocol/checksums.ts";
import { statBytes, StatOffset } from "./statLayout.ts";

/**
 * Digest of one znode: CRC-32 of path, data and 60 bytes of stat; 0 below /zookeeper/, where each server writes
 * for itself. The root has the path "". Unsigned 32 bits (DigestCalculator.calculateDigest; disk.md section 3).
 */
export function nodeDigest(path: string, data: Uint8Array | null, stat: Uint8Array, statAt: number): number {
  return isUncounted(path) ? 0 : statDigest(contentDigest(path, data), stat, statAt);
}

/** Below /zookeeper/ each server writes for itself. */
export function isUncounted(path: string): boolean {
  return path.startsWith("/zookeeper/");
}

/** The first part of it: of path and data, which stays when only the stat changes. */
export function contentDigest(path: string, data: Uint8Array | null): number {
  const crc = path === "/" ? 0 : crc32OfText(path);
  return data === null ? crc : crc32(data, 0, data.length, crc);
}

/** The rest of it: czxid mzxid pzxid ctime mtime version cversion aversion ephemeralOwner, pzxid in front of the times. */
export function statDigest(content: number, stat: Uint8Array, at: number): number {
  let crc = crc32(stat, at, at + StatOffset.ctime, content);
  crc = crc32(stat, at + StatOffset.pzxid, at + statBytes, crc);
  return crc32(stat, at + StatOffset.ctime, at + StatOffset.pzxid, crc);
}

/** A 64-bit wrapping sum kept in two 32-bit halves, since it changes with every write. */
export class DigestSum {
  #high = 0;
  #low = 0;

  clear(): void {
    this.#high = 0;
    this.#low = 0;
  }

  add(digest: number): void {
    const low = this.#low + digest;
    this.#low = low >>> 0;
    if (low > 0xffffffff) this.#high = (this.#high + 1) >>> 0;
  }

  subtract(digest: number): void {
    const low = this.#low - digest;
    this.#low = low >>> 0;
    if (low < 0) this.#high = (this.#high - 1) >>> 0;
  }

  copyFrom(other: DigestSum): void {
    this.#high = other.#high;
    this.#low = other.#low;
  }

  equals(other: DigestSum): boolean {
    return this.#high === other.#high && this.#low === other.#low;
  }

  get high(): number {
    return this.#high;
  }

  get low(): number {
    return this.#low;
  }

  /** Unsigned 64 bits. */
  toBigInt(): bigint {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }
}
