import type { Notification } from "../../../protocol/records/election.ts";
import type { QuorumConfig } from "../quorum/quorumConfig.ts";
import type { Place } from "../server/place.ts";
import type { ZooKeeperServer } from "../server/zooKeeperServer.ts";
import type { Learner } from "../zab/learner/learner.ts";
import type { LearnerHandler } from "../zab/leader/learnerHandler.ts";
import type { CommittedProposal } from "../zab/sync/committedLog.ts";
import type { ConfigFiles } from "./peerConfig.ts";

/** Where learners are taken: at a leader's quorum port, or at the observerMasterPort of a follower. */
export type LearnerPort = "quorum" | "observerMaster";

/**
 * All that a member of an ensemble may ask of the world. The calls must not call back: what has a `done` is under way
 * until that is called, in a later input. What is asked of the disk is done in the order of the asking.
 */
export interface PeerEffects extends ConfigFiles {
  // votes
  /** Send to another server, connecting to it if need be. A message that waits for the same server is replaced. */
  notify(sid: bigint, notification: Notification): void;

  // the way to a leader
  /** Connect to that port of `sid`, at `QuorumPeer.addressesOf`; `leaderConnected` or `leaderLost` follows. */
  dial(sid: bigint, learner: Learner, port: LearnerPort): void;
  /** `learner.out` went from empty to not empty: write it out before the turn ends. */
  flushToLeader(learner: Learner): void;
  /** Close the connection to the leader, or give the dial up; nothing of it comes in any more. */
  hangUp(): void;
  /** Make the tree of the bytes that follow on the leader's connection. */
  receiveSnapshot(zxid: bigint, done: () => void): void;

  // the learners of a leader, or of a master of observers
  /** Open that port; `QuorumPeer.accept` follows for each learner, or `portFailed`. */
  listen(port: LearnerPort): void;
  unlisten(): void;
  flushToLearner(handler: LearnerHandler): void;
  /** Write out what is in `handler.out`, then close. */
  closeLearner(handler: LearnerHandler, reason: string): void;
  streamSnapshot(handler: LearnerHandler, done: () => void): void;

  // the disk
  append(zxid: bigint, data: Uint8Array): void;
  writeEpoch(which: "accepted" | "current", epoch: number, done: () => void): void;
  readHistory(
    zxid: bigint,
    untilZxid: bigint,
    done: (history: readonly CommittedProposal[] | null) => void,
  ): void;
  /** Cut log and snapshots behind `zxid`, durably, and make the tree anew of what is left. */
  truncate(zxid: bigint, done: () => void): void;
  /** Put the tree on disk as a snapshot of that name, then cut log and snapshots behind `zxid`, all durably. */
  saveSnapshot(zxid: bigint, done: () => void): void;
  /** Make the tree anew of what is on disk. */
  reload(done: (lastZxid: bigint) => void): void;
  /** All that was asked of the disk is done. */
  whenDiskIdle(done: () => void): void;

  // configurations
  /**
   * Another configuration is in force: whom to reach where, and where this server itself is reached. The connections of
   * the election are made anew.
   */
  reconfigured(config: QuorumConfig): void;

  // clients
  /** A server for the role, on the tree as it is; its clients are let in from now on. */
  serve(place: Place, mode: "leader" | "follower" | "observer" | "read-only"): ZooKeeperServer;
  /** The role is over; its connections are closed already. */
  endServing(): void;

  report(level: "debug" | "info" | "warn" | "error", message: string): void;
}
