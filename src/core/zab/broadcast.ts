import type { QuorumVerifier } from "../quorum/quorumVerifier.ts";

/** What the leader's broadcast needs to know of a proposal: its place in history. */
export interface Proposed {
  readonly zxid: bigint;
}

/** Who decides on the proposals from a zxid on. */
interface Term {
  readonly fromZxid: bigint;
  readonly quorum: QuorumVerifier;
}

/**
 * The leader's half of ZAB's broadcast: proposals in, acks in, commits out in zxid order. A proposal is committed
 * when a quorum has it on disk and all before it are committed. Acks come in order, so the last one of each server
 * says everything about it. Alone, the quorum is the server itself, and its ack is its own disk's completion.
 *
 *     propose(7) propose(8) propose(9)      ack(sid, 8): sid has 7 and 8 on disk      commit(7) commit(8)
 *
 * A reconfiguration changes who decides: on it and on what is proposed while it is under way both configurations, and
 * on what comes then the new one alone.
 */
export class LeaderBroadcast<P extends Proposed> {
  readonly #commit: (proposal: P) => void;
  readonly #ackedZxidBySid = new Map<bigint, bigint>();
  /** Oldest first; the first one is that of the oldest proposal which is not committed. */
  readonly #terms: Term[];
  #outstanding: P[] = [];
  #head = 0;
  #isStopped = false;

  constructor(quorum: QuorumVerifier, commit: (proposal: P) => void) {
    this.#terms = [{ fromZxid: 0n, quorum }];
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

  ackedZxidOf(sid: bigint): bigint | null {
    return this.#ackedZxidBySid.get(sid) ?? null;
  }

  /** `quorum` decides on the proposals from `fromZxid` on, which is above all that were made. */
  useQuorum(quorum: QuorumVerifier, fromZxid: bigint): void {
    this.#terms.push({ fromZxid, quorum });
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Commits nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  propose(proposal: P): void {
    this.#outstanding.push(proposal);
  }

  /** The server `sid` has every proposal up to `zxid` on disk. Commits whatever that decides, in order. */
  ack(sid: bigint, zxid: bigint): void {
    const before = this.#ackedZxidBySid.get(sid);
    if (before !== undefined && before >= zxid) return;
    this.#ackedZxidBySid.set(sid, zxid);
    this.decideAnew();
  }

  /** Commits what is decided, in order: also what was not when the last ack came. */
  decideAnew(): void {
    while (this.#commitDecided());
    this.#trim();
  }

  /** Commits what the present term's quorum has; answers whether another term may have something, too. */
  #commitDecided(): boolean {
    this.#enterTerm();
    const decided = this.#decidedZxid(this.#terms[0].quorum);
    if (decided === null) return false;
    while (!this.#isStopped && this.#head < this.#outstanding.length) {
      const next = this.#outstanding[this.#head];
      if (next.zxid > decided) return false;
      if (this.#terms.length > 1 && next.zxid >= this.#terms[1].fromZxid) return true;
      this.#head++;
      this.#commit(next);
    }
    return false;
  }

  /** Leaves terms behind whose proposals are all committed. */
  #enterTerm(): void {
    if (this.#terms.length === 1 || this.#head === this.#outstanding.length) return;
    const { zxid } = this.#outstanding[this.#head];
    while (this.#terms.length > 1 && this.#terms[1].fromZxid <= zxid) this.#terms.shift();
  }

  /** The newest zxid that a quorum has acknowledged, or null. */
  #decidedZxid(quorum: QuorumVerifier): bigint | null {
    let decided: bigint | null = null;
    for (const candidate of this.#ackedZxidBySid.values()) {
      if (decided !== null && candidate <= decided) continue;
      const sids = new Set<bigint>();
      for (const [sid, acked] of this.#ackedZxidBySid) if (acked >= candidate) sids.add(sid);
      if (quorum.containsQuorum(sids)) decided = candidate;
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
