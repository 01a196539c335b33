import { expect } from "chai";
import { SeededRandom } from "../../../simulation/random.ts";
import { majorityOf, SimulatedVoters, type Voter } from "./simulatedVoters.ts";

const seeds = Array.from({ length: 100 }, (_, i) => i + 1);
const settleMsMax = 60_000;

function fresh(seed: number, size: number): { net: SimulatedVoters; random: SeededRandom } {
  const random = new SeededRandom(seed);
  const sids = Array.from({ length: size }, (_, i) => BigInt(i + 1));
  const net = new SimulatedVoters(random, majorityOf(sids));
  for (const sid of sids) net.add(sid, BigInt(random.below(4)), BigInt(random.below(2)));
  return { net, random };
}

function best(voters: readonly Voter[]): Voter {
  return [...voters].sort((a, b) =>
    a.epoch !== b.epoch
      ? Number(b.epoch - a.epoch)
      : a.zxid !== b.zxid
        ? Number(b.zxid - a.zxid)
        : Number(b.sid - a.sid),
  )[0];
}

describe("elections among several servers", () => {
  it("end with the best of those that were there from the begin", () => {
    for (const seed of seeds) {
      const { net } = fresh(seed, 5);
      for (const voter of net.voters) net.start(voter);
      expect(
        net.run(settleMsMax, () => net.isSettled()),
        `seed ${seed}`,
      ).to.equal(true);
      expect(net.leaders(), `seed ${seed}`).to.deep.equal([best(net.voters)]);
    }
  });

  it("let those that come later join, and do not move the leader for a better one", () => {
    for (const seed of seeds) {
      const { net } = fresh(seed, 5);
      const early = net.voters.slice(0, 3);
      for (const voter of early) net.start(voter);
      expect(
        net.run(settleMsMax, () => net.isSettled()),
        `seed ${seed}`,
      ).to.equal(true);
      const [leader] = net.leaders();
      for (const voter of net.voters.slice(3)) net.start(voter);
      expect(
        net.run(settleMsMax, () => net.isSettled()),
        `seed ${seed}`,
      ).to.equal(true);
      expect(net.leaders(), `seed ${seed}`).to.deep.equal([leader]);
    }
  });

  it("tell an observer who leads", () => {
    const { net } = fresh(7, 3);
    const observer = net.add(50n, 0n, 0n, false);
    for (const voter of net.voters) net.start(voter);
    expect(net.run(settleMsMax, () => net.isSettled())).to.equal(true);
    expect(observer.decision?.leader).to.equal(net.leaders()[0].sid);
  });

  it("end without a leader while there is no quorum", () => {
    const { net } = fresh(3, 5);
    for (const voter of net.voters.slice(0, 2)) net.start(voter);
    net.run(settleMsMax);
    expect(net.leaders()).to.deep.equal([]);
  });

  it("find one leader once losses, partitions, crashes and starts have ended", () => {
    for (const seed of seeds) {
      const { net, random } = fresh(seed, 3 + 2 * (seed % 2));
      for (const voter of net.voters) net.start(voter);
      net.loss = 0.2;
      net.delayMsMax = 300;
      for (let i = 0; i < 20; i++) {
        net.run(random.below(1500));
        disturb(net, random);
      }
      net.loss = 0;
      net.delayMsMax = 20;
      net.healAll();
      for (const voter of net.voters) if (!voter.isUp) net.start(voter);
      expect(
        net.run(settleMsMax, () => net.isSettled()),
        `seed ${seed}`,
      ).to.equal(true);
      expect(net.leaders().length, `seed ${seed}`).to.equal(1);
    }
  });
});

function disturb(net: SimulatedVoters, random: SeededRandom): void {
  const voter = net.voters[random.below(net.voters.length)];
  const other = net.voters[random.below(net.voters.length)];
  switch (random.below(5)) {
    case 0:
      if (voter.isUp) net.stop(voter);
      return;
    case 1:
      if (!voter.isUp) net.start(voter);
      return;
    case 2:
      net.cut(voter.sid, other.sid);
      return;
    case 3:
      net.healAll();
      return;
    case 4:
      voter.zxid++;
  }
}
