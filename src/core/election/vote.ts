import { PeerState } from "../../../protocol/records/election.ts";

/** Who is to lead: a proposal while its server is LOOKING, else what its election has led to. */
export interface Vote {
  readonly leader: bigint;
  /** Last zxid of the proposed leader when it was proposed. */
  readonly zxid: bigint;
  /** The round: logical clock of who votes, or of the election it has finished. */
  readonly electionEpoch: bigint;
  /** currentEpoch of the proposed leader; once a server has synchronised, the epoch it serves in. */
  readonly peerEpoch: bigint;
  readonly state: PeerState;
  /** Of the notification's form; 0 for the two that have no version, and for a server's own votes. */
  readonly version: number;
}

/** Stands in each field of a vote of one that may not be elected (Long.MIN_VALUE). */
export const noVote = -(2n ** 63n);

/** What decides between two proposals. */
export type Candidate = Pick<Vote, "leader" | "zxid" | "peerEpoch">;

/**
 * Whether `next` is to be preferred: by epoch, then zxid, then server id. `weightOf` is that of the committed config;
 * a server without weight is never preferred (FastLeaderElection.totalOrderPredicate).
 */
export function isBetter(next: Candidate, current: Candidate, weightOf: (sid: bigint) => number): boolean {
  if (weightOf(next.leader) === 0) return false;
  if (next.peerEpoch !== current.peerEpoch) return next.peerEpoch > current.peerEpoch;
  if (next.zxid !== current.zxid) return next.zxid > current.zxid;
  return next.leader > current.leader;
}

/**
 * Whether two votes count as one. While one of the two servers is LOOKING all fields must be equal. Settled servers
 * are of one mind when they follow one leader in one epoch: the rest is older than what they agree on now. With a
 * server from before versions only the leader can be compared (Vote.equals).
 */
export function isSameVote(one: Vote, other: Vote): boolean {
  if (one.leader !== other.leader) return false;
  if (one.state === PeerState.LOOKING || other.state === PeerState.LOOKING)
    return (
      one.zxid === other.zxid &&
      one.electionEpoch === other.electionEpoch &&
      one.peerEpoch === other.peerEpoch
    );
  if (one.version > 0 !== other.version > 0) return true;
  return one.peerEpoch === other.peerEpoch;
}
