/** The digest of the whole tree after the transaction of `zxid`; both unsigned 64-bit in effect, printed as Java longs. */
export interface ZxidDigest {
  readonly zxid: bigint;
  readonly digest: bigint;
  readonly digestVersion: number;
}

/** Entries kept at most (DataTree.DIGEST_LOG_LIMIT). */
export const DIGEST_LOG_ENTRIES_MAX = 1024;
/** Zxids between two entries (DataTree.DIGEST_LOG_INTERVAL): the same ones on every server, so that logs can be compared. */
export const DIGEST_LOG_INTERVAL = 128n;

/** History of tree digests that `hash` prints, oldest first. */
export class DigestLog {
  readonly #entries: ZxidDigest[] = [];

  /** Offers the digest after a transaction was applied; kept when its zxid is a multiple of the interval. */
  offer(zxid: bigint, digest: bigint, digestVersion: number): void {
    if ((zxid & (DIGEST_LOG_INTERVAL - 1n)) !== 0n) return;
    this.#entries.push({ zxid, digest, digestVersion });
    if (this.#entries.length > DIGEST_LOG_ENTRIES_MAX) this.#entries.shift();
  }

  /** The entries, oldest first; valid until the next offer. */
  get entries(): readonly ZxidDigest[] {
    return this.#entries;
  }
}
