import { QuorumConfigError } from "./quorumConfigError.ts";
import type { QuorumVerifier } from "./quorumVerifier.ts";

/** Groups of servers, and what each server's vote weighs. */
export interface Hierarchy {
  readonly groupBySid: ReadonlyMap<bigint, bigint>;
  /** Of every voter, and of whom else a line weight.N names. */
  readonly weightBySid: ReadonlyMap<bigint, bigint>;
}

/**
 * More than half of the weight in more than half of the groups that have any. Halves are rounded down, as Apache's
 * (QuorumHierarchical): more than half of 3 is 2.
 */
export class HierarchicalQuorum implements QuorumVerifier {
  readonly votingMembers: ReadonlySet<bigint>;
  readonly #hierarchy: Hierarchy;
  readonly #weightByGroup = new Map<bigint, bigint>();
  readonly #groupsNeeded: number;

  constructor(votingMembers: Iterable<bigint>, hierarchy: Hierarchy) {
    this.votingMembers = new Set(votingMembers);
    this.#hierarchy = hierarchy;
    for (const sid of this.votingMembers)
      if (!hierarchy.groupBySid.has(sid))
        throw new QuorumConfigError(`server.${sid} is in no group; name it in one line group.N`);
    for (const [sid, group] of hierarchy.groupBySid) {
      const weight = hierarchy.weightBySid.get(sid);
      if (weight === undefined)
        throw new QuorumConfigError(`group.${group} names server ${sid}, which is no voter; take it out`);
      this.#weightByGroup.set(group, (this.#weightByGroup.get(group) ?? 0n) + weight);
    }
    const weighty = [...this.#weightByGroup.values()].filter((weight) => weight !== 0n).length;
    this.#groupsNeeded = Math.floor(weighty / 2) + 1;
  }

  containsQuorum(sids: ReadonlySet<bigint>): boolean {
    const present = new Map<bigint, bigint>();
    for (const sid of sids) {
      const group = this.#hierarchy.groupBySid.get(sid);
      if (group === undefined) continue;
      const weight = this.#hierarchy.weightBySid.get(sid) ?? 0n;
      present.set(group, (present.get(group) ?? 0n) + weight);
    }
    let groups = 0;
    for (const [group, weight] of present) if (weight > (this.#weightByGroup.get(group) ?? 0n) / 2n) groups++;
    return groups >= this.#groupsNeeded;
  }
}
