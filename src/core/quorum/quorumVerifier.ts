/** Whether a set of servers decides for the ensemble. */
export interface QuorumVerifier {
  readonly votingMembers: ReadonlySet<bigint>;
  containsQuorum(sids: ReadonlySet<bigint>): boolean;
}

/** More than half of the voters. A server alone is an ensemble of one: its own vote and its own ack are a quorum. */
export class MajorityQuorum implements QuorumVerifier {
  readonly votingMembers: ReadonlySet<bigint>;
  readonly #half: number;

  constructor(votingMembers: Iterable<bigint>) {
    this.votingMembers = new Set(votingMembers);
    this.#half = this.votingMembers.size / 2;
  }

  containsQuorum(sids: ReadonlySet<bigint>): boolean {
    let count = 0;
    for (const sid of sids) if (this.votingMembers.has(sid)) count++;
    return count > this.#half;
  }
}

/** A quorum of each of two configurations: while the ensemble goes over from one to the other. */
export class JointQuorum implements QuorumVerifier {
  readonly votingMembers: ReadonlySet<bigint>;
  readonly #before: QuorumVerifier;
  readonly #after: QuorumVerifier;

  constructor(before: QuorumVerifier, after: QuorumVerifier) {
    this.#before = before;
    this.#after = after;
    this.votingMembers = new Set([...before.votingMembers, ...after.votingMembers]);
  }

  containsQuorum(sids: ReadonlySet<bigint>): boolean {
    return this.#before.containsQuorum(sids) && this.#after.containsQuorum(sids);
  }
}
