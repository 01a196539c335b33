import type { ElectionOptions } from "../election/electionEffects.ts";
import type { QuorumConfig } from "../quorum/quorumConfig.ts";

/** What a member is told when it is made. */
export interface PeerSetup {
  readonly sid: bigint;
  /** Its own type: an observer never votes. */
  readonly isParticipant: boolean;
  /** The committed configuration, and the newest one proposed, if it is another. */
  readonly config: QuorumConfig;
  readonly lastSeenConfig: QuorumConfig | null;
  readonly reconfigEnabled: boolean;
  /** Voters that a configuration must have: 2, or 1 with standaloneEnabled=false. */
  readonly votersMin: number;
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly election: Partial<ElectionOptions>;
  /** zookeeper.forceSnapshotSync. */
  readonly forceSnapshot: boolean;
  readonly outboundBytesMax: number;
  readonly juteLengthMax: number;
  /** Longest wait of an observer before it looks again, ms (zookeeper.observer.election.DelayMs). */
  readonly observerDelayMs: number;
  /** Longest wait of an observer before it dials, ms (zookeeper.observer.reconnectDelayMs); 0 if absent. */
  readonly observerReconnectDelayMs?: number;
  /** Followers take observers, and observers learn from them (observerMasterPort); off if absent. */
  readonly hasObserverMasters?: boolean;
  /** Whether this server may decide alone where the other one of two voters is gone (oraclePath); null or absent: never. */
  readonly askOracle?: (() => boolean) | null;
  /** readonlymode.enabled; off if absent. */
  readonly readOnlyModeEnabled?: boolean;
}
