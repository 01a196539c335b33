import type { LeaderPlace } from "../../server/place.ts";
import type { ZooKeeperServer } from "../../server/zooKeeperServer.ts";
import type { LearnerHandlersEffects } from "./learnerHandlers.ts";
import type { ReconfigurationEffects } from "./reconfigurations.ts";

/**
 * All that a leader may ask of the world. The calls must not call back; what has a `done` is under way until that is
 * called.
 */
export interface LeaderEffects extends ReconfigurationEffects, LearnerHandlersEffects {
  /** On disk, with its folder, before `done`. */
  writeAcceptedEpoch(epoch: number, done: () => void): void;
  writeCurrentEpoch(epoch: number, done: () => void): void;
  /** The ensemble is established: serve clients. */
  serve(place: LeaderPlace): ZooKeeperServer;
  /** This server does not lead any more; it looks again. */
  giveUp(reason: string): void;
}
