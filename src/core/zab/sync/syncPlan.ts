import { counterOf, epochOf } from "../../../../protocol/longs.ts";
import type { CommittedLog, CommittedProposal } from "./committedLog.ts";

/** What a leader has to bring a learner up to date with. */
export interface LeaderHistory {
  /** Of the leader's tree. */
  readonly lastProcessedZxid: bigint;
  readonly committedLog: CommittedLog;
  /** Always send a snapshot (zookeeper.forceSnapshotSync). */
  readonly forceSnapshot: boolean;
  /**
   * Transactions of the logs on disk, from the last one that is not above `zxid` on; null where the logs do not reach
   * back so far, where their files are larger than is worth it (zookeeper.snapshotSizeFactor), or where they are not
   * used for this.
   */
  fromDisk(zxid: bigint): Iterable<CommittedProposal> | null;
}

/**
 * How a learner is brought up to date. `zxid` is that of the packet: for DIFF the newest that is committed (the
 * learner's own if nothing is missing), for TRUNC the one that stays the learner's last, for SNAP that of the tree.
 * Each proposal is followed by its COMMIT.
 */
export interface SyncPlan {
  readonly kind: "DIFF" | "TRUNC" | "SNAP";
  readonly zxid: bigint;
  readonly proposals: readonly CommittedProposal[];
  /** What the learner has then; live traffic goes on behind it. */
  readonly reachedZxid: bigint;
}

/** The leader's choice for a learner whose last logged zxid is `peerZxid` (LearnerHandler.syncFollower). */
export function planSync(peerZxid: bigint, history: LeaderHistory): SyncPlan {
  const { lastProcessedZxid, committedLog, forceSnapshot } = history;
  // With nothing in memory both ends are where the tree is.
  const min = committedLog.minZxid ?? lastProcessedZxid;
  const max = committedLog.maxZxid ?? lastProcessedZxid;
  const snapshot: SyncPlan = {
    kind: "SNAP",
    zxid: lastProcessedZxid,
    proposals: [],
    reachedZxid: lastProcessedZxid,
  };
  if (forceSnapshot) return snapshot;
  if (peerZxid === lastProcessedZxid)
    return { kind: "DIFF", zxid: peerZxid, proposals: [], reachedZxid: peerZxid };
  if (peerZxid > max && counterOf(peerZxid) !== 0)
    return { kind: "TRUNC", zxid: max, proposals: [], reachedZxid: max };
  const queue = new SyncQueue(peerZxid, max);
  if (peerZxid <= max && peerZxid >= min) queue.take(committedLog, null);
  else if (peerZxid < min) {
    const onDisk = history.fromDisk(peerZxid);
    if (onDisk === null) return snapshot;
    queue.take(onDisk, min);
    // A gap between disk and memory cannot be bridged.
    if (queue.reachedZxid < min) return snapshot;
    queue.take(committedLog, null);
  }
  return queue.plan() ?? snapshot;
}

/** Finds where the learner's history parts from the leader's, and gathers what it has missed. */
class SyncQueue {
  reachedZxid: bigint;
  readonly #peerZxid: bigint;
  readonly #maxZxid: bigint;
  readonly #proposals: CommittedProposal[] = [];
  #start: { readonly kind: "DIFF" | "TRUNC"; readonly zxid: bigint } | null = null;
  #isOtherEpoch = false;

  constructor(peerZxid: bigint, maxZxid: bigint) {
    this.#peerZxid = peerZxid;
    this.#maxZxid = maxZxid;
    this.reachedZxid = peerZxid;
  }

  /** Null: this history says nothing about where the learner is. */
  plan(): SyncPlan | null {
    if (this.#start === null || this.#isOtherEpoch) return null;
    return { ...this.#start, proposals: this.#proposals, reachedZxid: this.reachedZxid };
  }

  /** @param untilZxid The last one to look at; null: all. */
  take(history: Iterable<CommittedProposal>, untilZxid: bigint | null): void {
    const peerZxid = this.#peerZxid;
    // A learner that has nothing but the begin of an epoch has everything of those before.
    const isAtEpochStart = counterOf(peerZxid) === 0;
    let previous = -1n;
    for (const proposal of history) {
      const { zxid } = proposal;
      if (this.#isOtherEpoch || (untilZxid !== null && zxid > untilZxid)) break;
      if (zxid < peerZxid) {
        previous = zxid;
        continue;
      }
      if (this.#start === null && zxid === peerZxid) this.#diff();
      else if (this.#start === null && isAtEpochStart) this.#diff();
      else if (this.#start === null) {
        // The learner's last one is unknown here: it goes, unless that would reach into another epoch.
        if (epochOf(zxid) !== epochOf(peerZxid)) this.#isOtherEpoch = true;
        else this.#start = { kind: "TRUNC", zxid: previous };
      }
      if (this.#isOtherEpoch || zxid <= this.reachedZxid) continue;
      this.#proposals.push(proposal);
      this.reachedZxid = zxid;
    }
    if (this.#start === null && isAtEpochStart && !this.#isOtherEpoch) this.#diff();
  }

  #diff(): void {
    this.#start = { kind: "DIFF", zxid: this.#maxZxid };
  }
}
