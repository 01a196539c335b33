import { expect } from "chai";
import fc from "fast-check";
import { LeaderBroadcast } from "../../../../src/core/zab/broadcast.ts";
import { MajorityQuorum } from "../../../../src/core/quorum/quorumVerifier.ts";

function broadcast(voters: bigint[]): { leader: LeaderBroadcast<{ zxid: bigint }>; committed: bigint[] } {
  const committed: bigint[] = [];
  const leader = new LeaderBroadcast<{ zxid: bigint }>(new MajorityQuorum(voters), ({ zxid }) =>
    committed.push(zxid),
  );
  return { leader, committed };
}

describe("MajorityQuorum", () => {
  it("takes more than half of the voters, and nobody else", () => {
    const sizes: [number, number][] = [
      [1, 1],
      [2, 2],
      [3, 2],
      [4, 3],
      [5, 3],
    ];
    for (const [voters, needed] of sizes) {
      const quorum = new MajorityQuorum(Array.from({ length: voters }, (_, i) => BigInt(i)));
      const sids = new Set([90n, 91n, 92n, 93n]);
      for (let sid = 0; sid < needed; sid++) {
        expect(quorum.containsQuorum(sids), `${sid} of ${voters}`).to.equal(false);
        sids.add(BigInt(sid));
      }
      expect(quorum.containsQuorum(sids), `${needed} of ${voters}`).to.equal(true);
    }
  });
});

describe("LeaderBroadcast", () => {
  it("alone, commits what its own disk has, in order", () => {
    const { leader, committed } = broadcast([0n]);
    for (const zxid of [1n, 2n, 3n, 4n]) leader.propose({ zxid });
    expect(committed).to.deep.equal([]);
    leader.ack(0n, 2n);
    expect(committed).to.deep.equal([1n, 2n]);
    leader.ack(0n, 1n);
    leader.ack(0n, 2n);
    expect(committed).to.deep.equal([1n, 2n]);
    expect(leader.outstandingCount).to.equal(2);
    leader.ack(0n, 4n);
    expect(committed).to.deep.equal([1n, 2n, 3n, 4n]);
    expect(leader.outstandingCount).to.equal(0);
  });

  it("of three, waits for a second one; an observer's ack is none", () => {
    const { leader, committed } = broadcast([1n, 2n, 3n]);
    for (const zxid of [7n, 8n, 9n]) leader.propose({ zxid });
    leader.ack(9n, 9n);
    leader.ack(1n, 9n);
    expect(committed).to.deep.equal([]);
    leader.ack(3n, 8n);
    expect(committed).to.deep.equal([7n, 8n]);
    leader.ack(2n, 7n);
    expect(committed).to.deep.equal([7n, 8n]);
    leader.ack(2n, 9n);
    expect(committed).to.deep.equal([7n, 8n, 9n]);
  });

  it("commits nothing before its quorum and everything with it, whoever acks when", () => {
    const steps = fc.array(fc.tuple(fc.nat(6), fc.nat(30)), { maxLength: 80 });
    fc.assert(
      fc.property(fc.constantFrom(1, 3, 5), steps, (voters, events) => {
        const { leader, committed } = broadcast(Array.from({ length: voters }, (_, i) => BigInt(i)));
        const acked = new Map<number, number>();
        let proposed = 0;
        for (const [who, zxid] of events) {
          if (who === 6) leader.propose({ zxid: BigInt(++proposed) });
          else {
            const upTo = Math.min(zxid, proposed);
            leader.ack(BigInt(who), BigInt(upTo));
            acked.set(who, Math.max(upTo, acked.get(who) ?? 0));
          }
          // The newest zxid that more than half of the voters have, made the plain way.
          const sorted = Array.from({ length: voters }, (_, sid) => acked.get(sid) ?? 0).sort(
            (a, b) => b - a,
          );
          const decided = sorted[Math.floor(voters / 2)];
          expect(committed.map(Number)).to.deep.equal(Array.from({ length: decided }, (_, i) => i + 1));
          expect(leader.outstandingCount).to.equal(proposed - decided);
        }
      }),
    );
  });

  it("takes proposals that a commit makes", () => {
    const committed: bigint[] = [];
    const leader = new LeaderBroadcast<{ zxid: bigint }>(new MajorityQuorum([0n]), ({ zxid }) => {
      committed.push(zxid);
      if (zxid === 1n) leader.propose({ zxid: 3n });
    });
    leader.propose({ zxid: 1n });
    leader.propose({ zxid: 2n });
    leader.ack(0n, 2n);
    expect(committed).to.deep.equal([1n, 2n]);
    leader.ack(0n, 3n);
    expect(committed).to.deep.equal([1n, 2n, 3n]);
  });

  it("forgets what is committed", () => {
    const { leader, committed } = broadcast([0n]);
    for (let i = 1; i <= 10_000; i++) {
      leader.propose({ zxid: BigInt(i) });
      if (i > 5) leader.ack(0n, BigInt(i - 5));
    }
    expect(committed).to.have.length(9995);
    expect(leader.outstandingCount).to.equal(5);
    expect(committed.at(-1)).to.equal(9995n);
  });
});
