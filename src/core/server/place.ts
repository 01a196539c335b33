import type { AuthId } from "../auth/authId.ts";
import type { QuorumConfig } from "../quorum/quorumConfig.ts";
import type { QuorumVerifier } from "../quorum/quorumVerifier.ts";

/** What a server is in its ensemble, and what it has of the others. */
export type Place = AlonePlace | LeaderPlace | LearnerPlace | ReadOnlyPlace;

export interface AlonePlace {
  readonly kind: "alone";
}

/** Its clients' writes and those of the learners become proposals here. */
export interface LeaderPlace {
  readonly kind: "leader";
  readonly sid: bigint;
  readonly quorum: QuorumVerifier;
  /** The begin of its epoch: the first proposal has the zxid behind it. */
  readonly epochZxid: bigint;
  readonly learners: BroadcastListener;
  readonly ensemble: Ensemble;
}

/** What a reconfiguration is checked against. */
export interface Ensemble {
  readonly committed: QuorumConfig;
  /** The newest that was proposed; the committed one while nothing is under way. */
  readonly lastSeen: QuorumConfig;
  /** Voters that a configuration has to have: 2, or 1 with standaloneEnabled=false. */
  readonly votersMin: number;
  /** Whether enough of its voters are connected and up to date, so that it could decide at once. */
  isSynced(config: QuorumConfig): boolean;
}

/** Who tells the learners. `data` is what PROPOSAL and INFORM carry: header, record, digest; it may be kept. */
export interface BroadcastListener {
  /** The next proposal brings another configuration, whose text is given. */
  reconfiguring(zxid: bigint, configText: Uint8Array): void;
  proposed(zxid: bigint, data: Uint8Array): void;
  committed(zxid: bigint, data: Uint8Array): void;
  /** The epoch has no zxid left: it takes a new one to go on. */
  exhausted(): void;
}

/** A follower or an observer: its clients' writes go to the leader. */
export interface LearnerPlace {
  readonly kind: "learner";
  readonly leader: LeaderLink;
}

/** A member that finds no leader: it answers the reads of clients that are content with that. */
export interface ReadOnlyPlace {
  readonly kind: "readOnly";
}

/** The way to the leader. */
export interface LeaderLink {
  /** `body` is valid during the call only; `authIds` null: the server asks for itself. */
  request(
    sessionId: bigint,
    cxid: number,
    type: number,
    body: Uint8Array,
    authIds: readonly AuthId[] | null,
  ): void;
  /** Whether the session lives; `Connects.revalidated` hears of it. */
  revalidate(sessionId: bigint, timeoutMs: number): void;
}
