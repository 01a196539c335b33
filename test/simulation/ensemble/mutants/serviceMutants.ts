import { ErrorCode } from "../../../../protocol/errors.ts";
import { JuteReader } from "../../../../protocol/jute/reader.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import type { QuorumVerifier } from "../../../../src/core/quorum/quorumVerifier.ts";
import type { Place } from "../../../../src/core/server/place.ts";
import { replace, type Mutants } from "./mutant.ts";

const anybody = ({ votingMembers }: QuorumVerifier): QuorumVerifier => ({
  votingMembers,
  containsQuorum: (sids) => sids.size > 0,
});

/** The opcode of a request's frame. */
function typeOf(bytes: Uint8Array, start: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + start).getInt32(4);
}

/** Commits, answers, sessions and watches that do not keep to the order or the time. */
export const serviceMutants: Mutants = {
  // The canary: `simulate` looks for it in every run.
  "a leader commits without a majority": {
    kinds: ["isolateLeader", "cutFromLeader", "killLeader"],
    effects: (effects) => ({
      serve: (place, mode) => {
        const alone: Place = place.kind === "leader" ? { ...place, quorum: anybody(place.quorum) } : place;
        return effects.serve(alone, mode);
      },
    }),
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
    kinds: ["isolateLeader", "cutFromLeader", "killLeader"],
    served: ({ writePath }) => {
      const acked = writePath.acked.bind(writePath);
      replace(writePath, "acked", (_sid, zxid) => {
        for (const each of [1n, 2n, 3n, 4n, 5n]) acked(each, zxid);
      });
    },
  },
  "a request is sent to the leader twice": {
    effects: (effects) => ({
      serve: (place, mode) => {
        if (place.kind !== "learner") return effects.serve(place, mode);
        const { leader } = place;
        const twice: typeof leader = {
          revalidate: (sessionId, timeoutMs) => leader.revalidate(sessionId, timeoutMs),
          request: (...words) => {
            leader.request(...words);
            leader.request(...words);
          },
        };
        return effects.serve({ ...place, leader: twice }, mode);
      },
    }),
  },
  "a read overtakes the writes before it": {
    served: (server) => {
      const frame = server.frame.bind(server);
      const reader = new JuteReader(new Uint8Array(0));
      replace(server, "frame", (connection, bytes, start, end) => {
        if (connection.phase !== "open" || typeOf(bytes, start) !== OpCode.getData)
          return frame(connection, bytes, start, end);
        reader.reset(bytes, start, end);
        const xid = reader.readInt();
        const type = reader.readInt();
        server.outstanding.inProcess++;
        server.reads.read(connection, xid, type, reader, server.clock.monotonicMs, 0);
        return true;
      });
    },
  },
  "sessions end before their time": {
    served: ({ sessions }) => {
      const touch = sessions.touch.bind(sessions);
      replace(sessions, "touch", (session, nowMs) => touch(session, nowMs - 5000));
    },
  },
  "a follower ends the session of a client that goes": {
    served: (server) => {
      const { learnerWrites } = server;
      if (learnerWrites === null) return;
      const disconnected = server.disconnected.bind(server);
      replace(server, "disconnected", (connection) => {
        if (connection.sessionId !== 0n)
          learnerWrites.propose(OpCode.closeSession, connection.sessionId, new Uint8Array(0), null);
        disconnected(connection);
      });
    },
  },
  "a session's request counts wherever it comes from": {
    kinds: ["mute"],
    served: ({ sessions }) => replace(sessions, "checkOwner", () => 0),
  },
  "sessions never end": {
    served: ({ sessions }) => replace(sessions, "expireDue", () => 0),
  },
  "ephemerals stay behind": {
    served: ({ tree }) => {
      const remove = tree.delete.bind(tree);
      replace(tree, "delete", (path, zxid) => (/-e\d+$/.test(path) ? ErrorCode.OK : remove(path, zxid)));
    },
  },
  "a client that moves loses its watches": {
    served: (server) => {
      const frame = server.frame.bind(server);
      replace(
        server,
        "frame",
        (connection, bytes, start, end) =>
          typeOf(bytes, start) === OpCode.setWatches || frame(connection, bytes, start, end),
      );
    },
  },
  "learners tell nobody of changes": {
    served: ({ events, learnerWrites }) => {
      if (learnerWrites !== null) replace(events, "dataChanged", () => undefined);
    },
  },
};
