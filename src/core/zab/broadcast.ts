import type { QuorumVerifier } from "../quorum/quorumVerifier.ts";

/** What the leader's broadcast needs to know of a proposal: its place in history. */
export interface Proposed {
  readonly zxid: bigint;
}

/**
 * The leader's half of ZAB's broadcast: proposals in, acks in, commits out in zxid order. A proposal is committed
 * when a quorum has it on disk and all before it are committed. Acks come in order, so the last one of each server
 * says everything about it. Alone, the quorum is the server itself, and its ack is its own disk's completion.
 *
 *     propose(7) propose(8) propose(9)      ack(sid, 8): sid has 7 and 8 on disk      commit(7) commit(8)
 */
export class LeaderBroadcast<P extends Proposed> {
  readonly #quorum: QuorumVerifier;
  readonly #commit: (proposal: P) => void;
  readonly #ackedZxidBySid = new Map<bigint, bigint>();
  #outstanding: P[] = [];
  #head = 0;

  constructor(quorum: QuorumVerifier, commit: (proposal: P) => void) {
    this.#quorum = quorum;
    this.#commit = commit;
  }

  /** Proposals not committed yet. */
  get outstandingCount(): number {
    return this.#outstanding.length - this.#head;
  }

  /** Oldest first. */
  *outstanding(): IterableIterator<P> {
    for (let i = this.#head; i < this.#outstanding.length; i++) yield this.#outstanding[i];
  }

  propose(proposal: P): void {
    this.#outstanding.push(proposal);
  }

  /** The server `sid` has every proposal up to `zxid` on disk. Commits whatever that decides, in order. */
  ack(sid: bigint, zxid: bigint): void {
    const before = this.#ackedZxidBySid.get(sid);
    if (before !== undefined && before >= zxid) return;
    this.#ackedZxidBySid.set(sid, zxid);
    const decided = this.#decidedZxid();
    if (decided === null) return;
    while (this.#head < this.#outstanding.length && this.#outstanding[this.#head].zxid <= decided) {
      const next = this.#outstanding[this.#head++];
      this.#commit(next);
    }
    this.#trim();
  }

  /** The newest zxid that a quorum has acknowledged, or null. */
  #decidedZxid(): bigint | null {
    let decided: bigint | null = null;
    for (const candidate of this.#ackedZxidBySid.values()) {
      if (decided !== null && candidate <= decided) continue;
      const sids = new Set<bigint>();
      for (const [sid, acked] of this.#ackedZxidBySid) if (acked >= candidate) sids.add(sid);
      if (this.#quorum.containsQuorum(sids)) decided = candidate;
    }
    return decided;
  }

  #trim(): void {
    if (this.#head === this.#outstanding.length) {
      this.#outstanding.length = 0;
      this.#head = 0;
    } else if (this.#head > 4096) {
      this.#outstanding = this.#outstanding.slice(this.#head);
      this.#head = 0;
    }
  }
}
