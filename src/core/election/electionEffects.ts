import type { Notification, PeerState } from "../../../protocol/records/election.ts";
import type { ElectionConfig } from "./electionConfig.ts";
import type { Vote } from "./vote.ts";

/** All that an election may ask of the world. The calls must not call back. */
export interface ElectionEffects {
  /** Send to another server, connecting to it if need be. A message that waits for the same server is replaced. */
  send(sid: bigint, notification: Notification): void;
  /** The election is over: take this role. The vote is who leads. */
  decided(state: PeerState, vote: Vote): void;
  /**
   * A server knows a newer committed configuration: take it over. `restart`: its members are others, so that every
   * election connection must be made anew; the election has stopped and waits for `look`.
   */
  adopt(config: ElectionConfig, restart: boolean): void;
  /** This server has settled, and a voter is LOOKING: a leader that waits for its followers may give up on it. */
  isLooking(sid: bigint): void;
}

/** What this server would stand for if it were elected now. */
export interface Standing {
  readonly sid: bigint;
  /** Its own type: observers learn who leads and never vote. */
  readonly isParticipant: boolean;
  readonly lastLoggedZxid: bigint;
  readonly currentEpoch: bigint;
}

export interface ElectionOptions {
  /** How long a quorum must stay unchallenged, in ms (FastLeaderElection.finalizeWait). */
  readonly finalizeWaitMs: number;
  /** Silence after which the votes are sent again, in ms; doubled each time (fastleader.minNotificationInterval). */
  readonly notificationIntervalMsMin: number;
  /** fastleader.maxNotificationInterval, in ms. */
  readonly notificationIntervalMsMax: number;
  /** Whether configurations of others are taken over. */
  readonly reconfigEnabled: boolean;
}

export const defaultElectionOptions: ElectionOptions = {
  finalizeWaitMs: 200,
  notificationIntervalMsMin: 200,
  notificationIntervalMsMax: 60_000,
  reconfigEnabled: false,
};
