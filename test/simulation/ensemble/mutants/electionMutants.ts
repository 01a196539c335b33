import type { Notification } from "../../../../protocol/records/election.ts";
import { QuorumConfig } from "../../../../src/core/quorum/quorumConfig.ts";
import { replace, type Mutants } from "./mutant.ts";

/** Any server alone decides. */
class LooseConfig extends QuorumConfig {
  override containsQuorum(sids: ReadonlySet<bigint>): boolean {
    return sids.size > 0;
  }
}

/** Half of the voters decide, too: with an even number two leaders can. */
class HalfConfig extends QuorumConfig {
  override containsQuorum(sids: ReadonlySet<bigint>): boolean {
    return [...this.votingMembers].filter((sid) => sids.has(sid)).length * 2 >= this.votingMembers.size - 1;
  }
}

/** Votes that do not say the truth, and leaders that should not be. */
export const electionMutants: Mutants = {
  "a vote forgets what its server has": {
    effects: (effects) => ({
      notify: (sid, notification: Notification) =>
        effects.notify(sid, { ...notification, zxid: 0n, peerEpoch: 0n }),
    }),
  },
  "a vote forgets its epoch": {
    effects: (effects) => ({
      notify: (sid, notification: Notification) => effects.notify(sid, { ...notification, peerEpoch: 0n }),
    }),
  },
  "any server alone elects itself": {
    config: ({ servers, version }) => new LooseConfig(servers.values(), version),
  },
  "a minority decides": {
    config: ({ servers, version }) => new HalfConfig(servers.values(), version),
  },
  "an old leader goes on without followers": {
    kinds: ["isolateLeader", "cutFromLeader", "pauseLeader"],
    peer: (peer) => {
      const tick = peer.tick.bind(peer);
      replace(peer, "tick", () => {
        if (peer.leader === null) tick();
      });
    },
  },
};
