import { expect } from "chai";
import { LearnerInfo, packetTypeName, TouchTable } from "../../../../protocol/records/quorum.ts";
import { fromHex, roundTrip, same } from "../roundTrip.ts";

describe("LearnerInfo", () => {
  const whole = fromHex("000000000000000500010000000000010000000b");

  it("takes the three sizes that peers of any age send", () => {
    expect(LearnerInfo.decode(whole)).to.deep.equal({
      sid: 5n,
      protocolVersion: 0x10000,
      configVersion: 0x10000000bn,
    });
    expect(LearnerInfo.decode(whole, 0, 12)).to.deep.equal({
      sid: 5n,
      protocolVersion: 0x10000,
      configVersion: null,
    });
    expect(LearnerInfo.decode(whole, 0, 8)).to.deep.equal({
      sid: 5n,
      protocolVersion: null,
      configVersion: null,
    });
  });

  it("takes sizes between them as the next shorter one", () => {
    expect(LearnerInfo.decode(whole, 0, 19)).to.deep.equal(LearnerInfo.decode(whole, 0, 12));
    expect(LearnerInfo.decode(whole, 0, 11)).to.deep.equal(LearnerInfo.decode(whole, 0, 8));
  });

  it("writes what it has read", () => {
    for (const size of [8, 12, 20]) expect(roundTrip(whole.slice(0, size), [LearnerInfo])).to.equal(same);
    expect(roundTrip(whole.slice(0, 7), [LearnerInfo])).to.equal("EOF LearnerInfo at 0");
  });
});

describe("TouchTable", () => {
  it("takes entries up to the end and refuses a cut one", () => {
    const bytes = fromHex("0100001d1788000000001f40ffffffffffffffff00000001");
    expect(TouchTable.decode(bytes)).to.deep.equal([
      { sessionId: 0x100001d17880000n, timeout: 8000 },
      { sessionId: -1n, timeout: 1 },
    ]);
    expect(TouchTable.decode(bytes, 0, 0)).to.deep.equal([]);
    expect(roundTrip(bytes.subarray(0, 23), [TouchTable])).to.equal("EOF TouchTable[1].timeout at 20");
  });
});

describe("packetTypeName", () => {
  it("names what is in the table and shows the number of what is not", () => {
    expect([1, 15, 19, 20, -1].map(packetTypeName)).to.deep.equal([
      "REQUEST",
      "SNAP",
      "INFORMANDACTIVATE",
      "unknown 20",
      "unknown -1",
    ]);
  });
});
