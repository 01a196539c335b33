import type { TreeLoader } from "../server/treeLoader.ts";
import type { SessionTimeouts } from "../sessions/sessionTimeouts.ts";
import type { DataTree } from "../tree/dataTree.ts";
import { copyOf } from "../requests/keep.ts";
import type { CommittedLog } from "../zab/sync/committedLog.ts";
import type { Proposed } from "../zab/learner/learnerEffects.ts";

/** Two numbers that a member keeps on disk beside log and snapshots: what keeps old leaders from coming back. */
export interface Epochs {
  /** The newest epoch that it has promised to follow (acceptedEpoch). */
  accepted: number;
  /** The epoch of the leader that its history comes from (currentEpoch). */
  current: number;
}

/** Keeps what a start replays: a learner may ask for it. */
export function keepCommitted(
  committedLog: CommittedLog,
): (zxid: bigint, bytes: Uint8Array, start: number, end: number) => void {
  return (zxid, bytes, start, end) => committedLog.add({ zxid, data: copyOf(bytes.subarray(start, end)) });
}

/** What a member has, whatever its role: it outlives elections. */
export class PeerData {
  readonly tree: DataTree;
  readonly timeouts: SessionTimeouts;
  readonly committedLog: CommittedLog;
  readonly epochs: Epochs;
  /** Of the newest transaction that has taken effect. */
  lastZxid: bigint;
  readonly #loader: TreeLoader;

  /** @param loader Keeps what it loads in `committedLog` already (`keepCommitted`). */
  constructor(
    tree: DataTree,
    timeouts: SessionTimeouts,
    committedLog: CommittedLog,
    loader: TreeLoader,
    epochs: Epochs,
    lastZxid: bigint,
  ) {
    this.tree = tree;
    this.timeouts = timeouts;
    this.committedLog = committedLog;
    this.epochs = epochs;
    this.lastZxid = lastZxid;
    this.#loader = loader;
  }

  /** A logged transaction takes effect where no client is served. `isExact`: the digest that it brings must fit. */
  apply({ zxid, data }: Proposed, isExact = true): void {
    if (zxid <= this.lastZxid) return;
    this.#loader.comparesDigests = isExact;
    this.#loader.txn(data, 0, data.length);
    this.#loader.comparesDigests = true;
    this.lastZxid = zxid;
  }

  /** A transaction has taken effect through a server of clients. */
  committed(proposed: Proposed): void {
    this.committedLog.add(proposed);
    this.lastZxid = proposed.zxid;
  }
}
