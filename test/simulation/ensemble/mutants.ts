import type { Notification } from "../../../protocol/records/election.ts";
import type { PeerEffects } from "../../../src/core/peer/peerEffects.ts";
import type { QuorumVerifier } from "../../../src/core/quorum/quorumVerifier.ts";
import type { Place } from "../../../src/core/server/place.ts";

/** What a mutant may get at beside the effects that it changes. */
export interface MutantTools {
  /** Later, as an input of the member. */
  soon(run: () => void): void;
  /** Tells the member that its disk has everything up to `zxid`. */
  logged(zxid: bigint): void;
}

/** A server with one fault: some of its effects are others. Only the simulator can make one. */
export type Mutant = (effects: PeerEffects, tools: MutantTools) => Partial<PeerEffects>;

const anybody = ({ votingMembers }: QuorumVerifier): QuorumVerifier => ({
  votingMembers,
  containsQuorum: (sids) => sids.size > 0,
});

export const mutants: Readonly<Record<string, Mutant>> = {
  "a proposal is acknowledged before it is on disk": (effects, { soon, logged }) => ({
    append: (zxid, data) => {
      effects.append(zxid, data);
      soon(() => logged(zxid));
    },
  }),
  "a leader commits without a majority": (effects) => ({
    serve: (place, mode) => {
      const alone: Place = place.kind === "leader" ? { ...place, quorum: anybody(place.quorum) } : place;
      return effects.serve(alone, mode);
    },
  }),
  "epochs are not written": (_, { soon }) => ({
    writeEpoch: (_which, _epoch, done) => soon(done),
  }),
  "TRUNC is skipped": (_, { soon }) => ({
    truncate: (_zxid, done) => soon(done),
  }),
  "TRUNC is one transaction too short": (effects) => ({
    truncate: (zxid, done) => effects.truncate(zxid + 1n, done),
  }),
  "the leader's snapshot is not saved": (_, { soon }) => ({
    saveSnapshot: (_zxid, done) => soon(done),
  }),
  "a vote forgets what its server has": (effects) => ({
    notify: (sid, notification: Notification) =>
      effects.notify(sid, { ...notification, zxid: 0n, peerEpoch: 0n }),
  }),
};
