import type { QuorumPacket } from "../../../../protocol/records/quorum.ts";
import type { QuorumConfig } from "../../quorum/quorumConfig.ts";

/** A transaction that the leader has sent: header, record and digest, as they go into the log. */
export interface Proposed {
  readonly zxid: bigint;
  readonly data: Uint8Array;
}

/**
 * All that a learner may ask of the world while it synchronises. The calls must not call back. Those marked (disk) are
 * under way one at a time, and `diskDone` says that what was asked is durable.
 */
export interface LearnerEffects {
  send(packet: QuorumPacket): void;
  /** (disk) */
  writeAcceptedEpoch(epoch: number): void;
  /** (disk) */
  writeCurrentEpoch(epoch: number): void;
  /**
   * (disk) Cut the log behind `zxid`, do away with every snapshot above it, and make the tree anew from what is left.
   * A snapshot above the cut would bring back what was never committed (ZOOKEEPER-4837).
   */
  truncate(zxid: bigint): void;
  /** (disk) Make the tree of the snapshot that follows on the wire. It is fuzzy, and stays in memory for now. */
  loadSnapshot(zxid: bigint): void;
  /**
   * (disk) Apply what was committed while that snapshot was on its way, which makes the tree exact; then put it on disk
   * as snapshot `zxid`, that of the last of them, and do away with all that log and snapshots have behind it.
   */
  saveSnapshot(zxid: bigint, committed: readonly Proposed[]): void;
  /** (disk) Add committed transactions to the log, and apply them when they are durable. */
  logAndApply(committed: readonly Proposed[]): void;
  /** The leader has proposed a configuration, or named its own: keep it, durably. */
  see(config: QuorumConfig): void;
  /**
   * A configuration is in force, with the leader that leads in it; null: the one at hand. Answers whether this server's
   * role or leader is another one now, so that it has to leave.
   */
  activate(config: QuorumConfig, designatedLeader: bigint | null, zxid: bigint): boolean;
  /**
   * Up to date. `proposed` are transactions of which the first `committedCount` are committed already: the server goes
   * on with them as with any that come later.
   */
  serve(proposed: readonly Proposed[], committedCount: number): void;
  /**
   * The connection must go, and the server looks for a leader again. `isDirty`: the tree in memory is not what log and
   * snapshots say, and must be read anew before anything else.
   */
  fail(reason: string, isDirty: boolean): void;
}

/** What a learner has when it calls. */
export interface LearnerState {
  readonly sid: bigint;
  readonly isParticipant: boolean;
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly lastLoggedZxid: bigint;
  /** Its tree is not to be trusted: it says that it has nothing, and takes a snapshot alone. */
  readonly needsSnapshot: boolean;
  /** Version of its committed configuration. */
  readonly configVersion: bigint;
}
