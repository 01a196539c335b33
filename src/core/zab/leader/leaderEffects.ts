import type { LeaderPlace } from "../../server/place.ts";
import type { ZooKeeperServer } from "../../server/zooKeeperServer.ts";
import type { CommittedProposal } from "../sync/committedLog.ts";
import type { LearnerHandler } from "./learnerHandler.ts";
import type { ReconfigurationEffects } from "./reconfigurations.ts";

/**
 * All that a leader may ask of the world. The calls must not call back; what has a `done` is under way until that is
 * called.
 */
export interface LeaderEffects extends ReconfigurationEffects {
  /** `handler.out` went from empty to not empty: write it out before the turn ends. */
  flush(handler: LearnerHandler): void;
  /** Write out what is in `handler.out`, then close. */
  close(handler: LearnerHandler, reason: string): void;
  /** On disk, with its folder, before `done`. */
  writeAcceptedEpoch(epoch: number, done: () => void): void;
  writeCurrentEpoch(epoch: number, done: () => void): void;
  /**
   * Transactions of the logs on disk from the last that is not above `zxid`, up to `untilZxid`; null where the logs do
   * not reach back so far, or are larger than is worth it.
   */
  readHistory(
    zxid: bigint,
    untilZxid: bigint,
    done: (history: readonly CommittedProposal[] | null) => void,
  ): void;
  /**
   * Write out what is in `handler.out`, then the state as it is now and the signature behind it; what comes into
   * `handler.out` meanwhile waits for `done`.
   */
  streamSnapshot(handler: LearnerHandler, done: () => void): void;
  /** The ensemble is established: serve clients. */
  serve(place: LeaderPlace): ZooKeeperServer;
  /** This server does not lead any more; it looks again. */
  giveUp(reason: string): void;
  report(level: "info" | "warn", message: string): void;
}
