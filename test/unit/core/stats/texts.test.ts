import { expect } from "chai";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { ConnectionStats } from "../../../../src/core/stats/connectionStats.ts";
import { DIGEST_LOG_ENTRIES_MAX, DigestLog } from "../../../../src/core/stats/digestLog.ts";
import { javaDoubleText, longHex, roundedMean } from "../../../../src/core/stats/javaNumber.ts";
import { lastOpName } from "../../../../src/core/stats/lastOpName.ts";

describe("Java's numbers", () => {
  // What Java 17 prints.
  const doubles: [number, string][] = [
    [0, "0.0"],
    [-0, "-0.0"],
    [2.5846, "2.5846"],
    [11, "11.0"],
    [0.001, "0.001"],
    [0.0009, "9.0E-4"],
    [0.00015, "1.5E-4"],
    [9999999, "9999999.0"],
    [1e7, "1.0E7"],
    [12345678.125, "1.2345678125E7"],
    [-12.5, "-12.5"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
  ];
  for (const [value, text] of doubles) {
    it(`double ${text}`, () => expect(javaDoubleText(value)).to.equal(text));
  }

  it("means are rounded to four decimals, halves up", () => {
    expect(roundedMean(168, 65)).to.equal(2.5846);
    expect(roundedMean(27, 31)).to.equal(0.871);
    expect(roundedMean(1, 32)).to.equal(0.0313);
    expect(roundedMean(0, 0)).to.equal(0);
  });

  it("longs in hexadecimal are two's complement", () => {
    const cases: [bigint, string][] = [
      [0n, "0"],
      [2n ** 53n + 1n, "20000000000001"],
      [2n ** 63n - 1n, "7fffffffffffffff"],
      [-1n, "ffffffffffffffff"],
    ];
    for (const [value, text] of cases) expect(longHex(value)).to.equal(text);
  });
});

describe("DigestLog", () => {
  it("keeps the digests of each 128th zxid, the newest 1024 of them", () => {
    const log = new DigestLog();
    for (let zxid = 1n; zxid <= 127n; zxid++) log.offer(zxid, 1n, 2);
    expect(log.entries).to.deep.equal([]);
    for (let i = 1; i <= DIGEST_LOG_ENTRIES_MAX + 2; i++)
      log.offer(0x100000000n + BigInt(i) * 128n, BigInt(i), 2);
    expect(log.entries).to.have.length(DIGEST_LOG_ENTRIES_MAX);
    expect(log.entries[0]).to.deep.equal({ zxid: 0x100000000n + 3n * 128n, digest: 3n, digestVersion: 2 });
  });
});

describe("ConnectionStats", () => {
  it("keeps the cxid of the last real request, and a least latency of 0 until a reset", () => {
    const stats = new ConnectionStats();
    expect(stats).to.include({ lastOp: null, lastCxid: 0, minLatencyMs: 0, avgLatencyMs: 0 });
    stats.updateForResponse(7, 9n, "GETD", 100, 105);
    stats.updateForResponse(-2, 9n, "PING", 200, 202);
    expect(stats).to.include({
      lastOp: "PING",
      lastCxid: 7,
      lastZxid: 9n,
      lastResponseTimeMs: 202,
      lastLatencyMs: 2,
    });
    expect(stats).to.include({ minLatencyMs: 0, avgLatencyMs: 3, maxLatencyMs: 5 });
    stats.reset();
    expect(stats).to.include({ lastOp: "NA", lastCxid: -1, lastZxid: -1n, minLatencyMs: 0, maxLatencyMs: 0 });
    stats.updateForResponse(8, 9n, "GETD", 300, 304);
    expect(stats).to.include({ minLatencyMs: 4, avgLatencyMs: 4, maxLatencyMs: 4, lastCxid: 8 });
  });
});

describe("lastOpName", () => {
  it("has a name for every request that is answered", () => {
    const unnamed = Object.entries(OpCode).filter(([, code]) => lastOpName(code) === "NA");
    expect(unnamed.map(([name]) => name)).to.have.members(["notification", "auth", "sasl", "error"]);
    expect(lastOpName(OpCode.getAllChildrenNumber)).to.equal("GETACN");
    expect(lastOpName(12345)).to.equal("NA");
  });
});
