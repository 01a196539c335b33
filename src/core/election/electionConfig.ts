import type { Oracle } from "../quorum/oracle.ts";

/** What an election needs to know of a configuration of the ensemble. */
export interface ElectionConfig {
  /** zxid of the reconfiguration that made it; 0 for that of the config file. */
  readonly version: bigint;
  readonly votingMembers: ReadonlySet<bigint>;
  /** As it stands in notifications. */
  readonly text: string;
  /** 1 with majority quorums; 0 for one that is never to lead. */
  weightOf(sid: bigint): number;
  containsQuorum(sids: ReadonlySet<bigint>): boolean;
  /** Whether the members are the same, whatever the version. */
  hasMembersOf(other: ElectionConfig): boolean;
}

/** The committed configuration, and the last one that was proposed. */
export interface ElectionConfigs {
  readonly committed: ElectionConfig;
  /** Null while none was proposed. It counts where its version is above that of the committed one. */
  readonly lastSeen: ElectionConfig | null;
  /** Lets one of two voters decide; null or absent: nobody does. */
  readonly oracle?: Oracle | null;
}

/** Voters of the committed and of the last seen configuration: those that are asked, and those that are heard. */
export function votersOf({ committed, lastSeen }: ElectionConfigs): ReadonlySet<bigint> {
  if (lastSeen === null) return committed.votingMembers;
  return new Set([...committed.votingMembers, ...lastSeen.votingMembers]);
}

/** Whether these servers decide: in the committed configuration, and in a newer one that may already be in force. */
export function isQuorum(
  sids: ReadonlySet<bigint>,
  { committed, lastSeen, oracle = null }: ElectionConfigs,
): boolean {
  const decideIn = (config: ElectionConfig): boolean =>
    config.containsQuorum(sids) || (oracle !== null && oracle.allows(sids, config.votingMembers));
  if (!decideIn(committed)) return false;
  return lastSeen === null || lastSeen.version <= committed.version || decideIn(lastSeen);
}
