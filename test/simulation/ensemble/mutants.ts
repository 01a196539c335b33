import type { Notification } from "../../../protocol/records/election.ts";
import type { PeerEffects } from "../../../src/core/peer/peerEffects.ts";
import type { QuorumVerifier } from "../../../src/core/quorum/quorumVerifier.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { QuorumConfig } from "../../../src/core/quorum/quorumConfig.ts";
import type { Place } from "../../../src/core/server/place.ts";
import type { ZooKeeperServer } from "../../../src/core/server/zooKeeperServer.ts";

/** What a mutant may get at beside the effects that it changes. */
export interface MutantTools {
  /** Later, as an input of the member. */
  soon(run: () => void): void;
  /** Tells the member that its disk has everything up to `zxid`. */
  logged(zxid: bigint): void;
}

/** A server with one fault. Only the simulator can make one. */
export interface Mutant {
  /** Some of its effects are others. */
  effects?(effects: PeerEffects, tools: MutantTools): Partial<PeerEffects>;
  /** Faults that bring it out; sudden deaths and all others in turns by default. */
  readonly kinds?: readonly string[];
  /** It goes by another configuration. */
  config?(config: QuorumConfig): QuorumConfig;
  /** What serves its clients, in each role, is another one. */
  served?(server: ZooKeeperServer): void;
}

const anybody = ({ votingMembers }: QuorumVerifier): QuorumVerifier => ({
  votingMembers,
  containsQuorum: (sids) => sids.size > 0,
});

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

/** Replaces a method of an object that is built anew for each role. */
function replace<T extends object, K extends keyof T>(target: T, name: K, method: T[K]): void {
  Reflect.set(target, name, method);
}

export const mutants: Readonly<Record<string, Mutant>> = {
  "a proposal is acknowledged before it is on disk": {
    effects: (effects, { soon, logged }) => ({
      append: (zxid, data) => {
        effects.append(zxid, data);
        soon(() => logged(zxid));
      },
    }),
  },
  // The canary: `simulate` looks for it in every run.
  "a leader commits without a majority": {
    effects: (effects) => ({
      serve: (place, mode) => {
        const alone: Place = place.kind === "leader" ? { ...place, quorum: anybody(place.quorum) } : place;
        return effects.serve(alone, mode);
      },
    }),
  },
  "epochs are not written": {
    effects: (_, { soon }) => ({ writeEpoch: (_which, _epoch, done) => soon(done) }),
  },
  "the accepted epoch is not written": {
    effects: (effects, { soon }) => ({
      writeEpoch: (which, epoch, done) =>
        which === "accepted" ? soon(done) : effects.writeEpoch(which, epoch, done),
    }),
  },
  "TRUNC is skipped": {
    effects: (_, { soon }) => ({ truncate: (_zxid, done) => soon(done) }),
  },
  "TRUNC is one transaction too short": {
    effects: (effects) => ({ truncate: (zxid, done) => effects.truncate(zxid + 1n, done) }),
  },
  "TRUNC takes one transaction too many": {
    effects: (effects) => ({ truncate: (zxid, done) => effects.truncate(zxid - 1n, done) }),
  },
  "the leader's snapshot is not saved": {
    effects: (_, { soon }) => ({ saveSnapshot: (_zxid, done) => soon(done) }),
  },
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
  "proposals are dropped on their way to the log": {
    effects: (effects, { soon, logged }) => {
      let count = 0;
      return {
        append: (zxid, data) => {
          if (++count % 50 === 0) soon(() => logged(zxid));
          else effects.append(zxid, data);
        },
      };
    },
  },
  "a sync is answered by who was asked": {
    kinds: ["slowLinks", "cutFromLeader", "cutOneWay"],
    served: ({ learnerWrites, reads }) => {
      if (learnerWrites === null) return;
      const write = learnerWrites.write.bind(learnerWrites);
      replace(learnerWrites, "write", (connection, xid, type, reader, receivedMs, largeBytes) => {
        if (type === OpCode.sync) reads.read(connection, xid, type, reader, receivedMs, largeBytes);
        else write(connection, xid, type, reader, receivedMs, largeBytes);
      });
    },
  },
  "a learner applies no more than every second commit": {
    served: ({ learnerWrites }) => {
      if (learnerWrites === null) return;
      const committed = learnerWrites.committed.bind(learnerWrites);
      let count = 0;
      replace(learnerWrites, "committed", (txn) => {
        if (++count % 2 === 0) committed(txn);
      });
    },
  },
  "an answer comes before its commit": {
    served: ({ leaderWrites, writePath }) => {
      if (leaderWrites === null) return;
      const submit = writePath.submit.bind(writePath);
      replace(writePath, "submit", (...words) => {
        const proposal = submit(...words);
        if (proposal !== null) for (const sid of [1n, 2n, 3n, 4n, 5n]) writePath.acked(sid, proposal.zxid);
        return proposal;
      });
    },
  },
  "a leader counts an acknowledgement for the whole ensemble": {
    served: ({ writePath }) => {
      const acked = writePath.acked.bind(writePath);
      replace(writePath, "acked", (_sid, zxid) => {
        for (const each of [1n, 2n, 3n, 4n, 5n]) acked(each, zxid);
      });
    },
  },
};
