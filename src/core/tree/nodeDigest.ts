import { crc32 } from "../../../protocol/checksums.ts";
import { encodeString, allocateBytes } from "../../../protocol/jute/strings.ts";
import { StatOffset } from "./statLayout.ts";

let pathBytes = allocateBytes(1024);
const statImage = new Uint8Array(60);

/**
 * Digest of one znode: CRC-32 of path, data and 60 bytes of stat; 0 below /zookeeper/, where each server writes
 * for itself. The root has the path "". Unsigned 32 bits (DigestCalculator.calculateDigest; disk.md section 3).
 */
export function nodeDigest(path: string, data: Uint8Array | null, stat: Uint8Array, statAt: number): number {
  if (path.startsWith("/zookeeper/")) return 0;
  if (path.length * 3 > pathBytes.length) pathBytes = allocateBytes(path.length * 3);
  const length = path === "/" ? 0 : encodeString(pathBytes, path, 0);
  let crc = crc32(pathBytes, 0, length);
  if (data !== null) crc = crc32(data, 0, data.length, crc);
  // czxid mzxid pzxid ctime mtime version cversion aversion ephemeralOwner: pzxid moves up in front of the times.
  for (let i = 0; i < 16; i++) statImage[i] = stat[statAt + i];
  for (let i = 0; i < 8; i++) statImage[16 + i] = stat[statAt + StatOffset.pzxid + i];
  for (let i = 0; i < 36; i++) statImage[24 + i] = stat[statAt + StatOffset.ctime + i];
  return crc32(statImage, 0, 60, crc);
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
