import { PeerState } from "../../../protocol/records/election.ts";
import { isQuorum, type ElectionConfigs } from "./electionConfig.ts";
import { isSameVote, type Vote } from "./vote.ts";

/** The last vote of each server: of one round, or (in a second box) of those that have settled, whatever their round. */
export class BallotBox {
  readonly #voteBySid = new Map<bigint, Vote>();

  put(sid: bigint, vote: Vote): void {
    this.#voteBySid.set(sid, vote);
  }

  clear(): void {
    this.#voteBySid.clear();
  }

  /** Whether a quorum has voted for the same as `vote`. */
  hasQuorumFor(vote: Vote, configs: ElectionConfigs): boolean {
    const sids = new Set<bigint>();
    for (const [sid, cast] of this.#voteBySid) if (isSameVote(vote, cast)) sids.add(sid);
    return isQuorum(sids, configs);
  }

  /** Whether the server has itself said that it leads: the word of its followers may be older than its end. */
  saysItLeads(sid: bigint): boolean {
    return this.#voteBySid.get(sid)?.state === PeerState.LEADING;
  }
}
