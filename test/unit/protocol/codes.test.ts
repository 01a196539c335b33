import { expect } from "chai";
import { ErrorCode, errorCodeName } from "../../../protocol/errors.ts";
import { isOpCode, OpCode, opCodeName } from "../../../protocol/opcodes.ts";
import { replyBodyOf, requestBodyOf } from "../../../protocol/records/bodies.ts";

describe("code tables", () => {
  it("name every code of their own, and show the number of any other", () => {
    for (const [name, code] of Object.entries(OpCode)) expect(opCodeName(code)).to.equal(name);
    for (const [name, code] of Object.entries(ErrorCode)) expect(errorCodeName(code)).to.equal(name);
    expect([opCodeName(10), opCodeName(-12)]).to.deep.equal(["unknown 10", "unknown -12"]);
    expect([errorCodeName(1), errorCodeName(-9)]).to.deep.equal(["unknown 1", "unknown -9"]);
  });

  it("know which numbers are request types", () => {
    expect([0, 22, 100, 107, -11, -1].every(isOpCode)).to.equal(true);
    expect([10, 23, 99, 108, -2, -12, 1.5].some(isOpCode)).to.equal(false);
  });

  it("give a body to each request that a client may send, and to its reply", () => {
    const codes = Object.values(OpCode);
    const without = (bodyOf: (code: number) => unknown) => codes.filter((code) => bodyOf(code) === undefined);
    expect(without(requestBodyOf)).to.have.members([OpCode.notification, OpCode.error]);
    // check answers inside multi only, createSession by a ConnectResponse without a header.
    expect(without(replyBodyOf)).to.have.members([
      OpCode.notification,
      OpCode.error,
      OpCode.check,
      OpCode.createSession,
    ]);
    expect(requestBodyOf(10)).to.equal(undefined);
    expect(replyBodyOf(Number.NaN)).to.equal(undefined);
  });
});
