import { expect } from "chai";
import { LearnerMasters } from "../../../../src/core/peer/learnerMasters.ts";
import { QuorumConfig } from "../../../../src/core/quorum/quorumConfig.ts";

const configOf = (sids: readonly number[]): QuorumConfig =>
  QuorumConfig.fromText(
    [...sids.map((sid) => `server.${sid}=h${sid}:1:2`), "server.9=h9:1:2:observer"].join("\n"),
  );

describe("whom an observer learns from", () => {
  it("is each voter in turn, and it is told when all have been tried", () => {
    const masters = new LearnerMasters(() => 0.999);
    const config = configOf([1, 2, 3]);
    const taken = Array.from({ length: 5 }, () => masters.next(config));
    expect(taken.map((each) => each?.sid)).to.deep.equal([3n, 2n, 1n, 3n, 2n]);
    expect(taken.map((each) => each?.isRound)).to.deep.equal([false, false, false, true, false]);
  });

  it("begins anew, in another order, with each configuration", () => {
    let chance = 0;
    const masters = new LearnerMasters(() => chance);
    expect(masters.next(configOf([1, 2, 3]))?.sid).to.equal(1n);
    chance = 0.5;
    expect(masters.next(configOf([4, 5, 6]))).to.deep.equal({ sid: 5n, isRound: false });
  });
});
