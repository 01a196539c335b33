import { expect } from "chai";
import { initialSessionId, SessionIds } from "../../../../src/core/sessions/sessionIds.ts";

describe("session ids", () => {
  it("are those of the recorded server: server id, clock, 16 zero bits, then one more each", () => {
    const ids = new SessionIds(1, 0x25af09);
    expect(ids.next()).to.equal(0x1000025af090000n);
    expect(ids.next()).to.equal(0x1000025af090001n);
  });

  it("keep the clock out of the server id's byte", () => {
    expect(initialSessionId(1, 2 ** 40 + 5)).to.equal(0x100000000050000n);
    expect(initialSessionId(1, 2 ** 39)).to.equal(0x180000000000000n);
  });

  it("are signed, and step over the container marker", () => {
    expect(initialSessionId(255, 1)).to.equal(BigInt.asIntN(64, 0xff00000000010000n));
    expect(initialSessionId(128, 0)).to.equal(-(1n << 63n) + 1n);
    expect(initialSessionId(128, 2 ** 40)).to.equal(-(1n << 63n) + 1n);
  });
});
