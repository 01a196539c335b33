import { expect } from "chai";
import { OpCode } from "../../../../../protocol/opcodes.ts";
import { DigestDoubt } from "../../../../../src/core/zab/learner/digestDoubt.ts";

describe("DigestDoubt", () => {
  it("does not wait where the leader cannot be wrong", () => {
    expect(new DigestDoubt().judge(false, OpCode.setData, 0)).to.equal("differs");
  });

  it("gives a leader that foretells digests of creates the time to be right again", () => {
    const doubt = new DigestDoubt();
    expect(doubt.judge(false, OpCode.create, 0)).to.equal("doubt");
    expect(doubt.judge(false, OpCode.setData, 1999)).to.equal("doubt");
    expect(doubt.judge(true, OpCode.setData, 2000)).to.equal("fits");
    expect(doubt.judge(false, OpCode.create, 5000)).to.equal("doubt");
    expect(doubt.judge(false, OpCode.setData, 7000)).to.equal("differs");
  });
});
