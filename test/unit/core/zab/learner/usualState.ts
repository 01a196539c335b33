import { zxidOf } from "../../../../../protocol/longs.ts";
import type { LearnerState } from "../../../../../src/core/zab/learner/learnerEffects.ts";

/** A voter that was in epoch 1 and has two transactions of it. */
export const usual: LearnerState = {
  sid: 1n,
  isParticipant: true,
  acceptedEpoch: 1,
  currentEpoch: 1,
  lastLoggedZxid: zxidOf(1, 2),
  configVersion: 0n,
  needsSnapshot: false,
};
