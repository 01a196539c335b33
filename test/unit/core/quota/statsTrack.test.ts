import { expect } from "chai";
import { StatsTrack } from "../../../../src/core/quota/statsTrack.ts";

const parse = (text: string): StatsTrack => StatsTrack.parse(Buffer.from(text, "utf8"));

describe("StatsTrack", () => {
  // text, what StatsTrack of Apache 3.9.5 makes of it, and count, bytes, countHardLimit, byteHardLimit.
  const readable: [text: string, printed: string, values: [bigint, bigint, bigint, bigint]][] = [
    ["", "count=-1,bytes=-1", [-1n, -1n, -1n, -1n]],
    ["count=1,bytes=2", "count=1,bytes=2", [1n, 2n, -1n, -1n]],
    [
      "count=5,bytes=-1=;byteHardLimit=100;countHardLimit=7",
      "count=5,bytes=-1=;byteHardLimit=100;countHardLimit=7",
      [5n, -1n, 7n, 100n],
    ],
    ["count==5", "count=-1,bytes=-1", [-1n, -1n, -1n, -1n]],
    ["bytes=5=", "count=-1,bytes=5", [-1n, 5n, -1n, -1n]],
    ["=5", "count=-1,bytes=-1=;=5", [-1n, -1n, -1n, -1n]],
    ["count=+7", "count=7,bytes=-1", [7n, -1n, -1n, -1n]],
    ["count=-7", "count=-7,bytes=-1", [-7n, -1n, -1n, -1n]],
    [
      "count=9223372036854775807,bytes=-9223372036854775808",
      "count=9223372036854775807,bytes=-9223372036854775808",
      [0x7fffffffffffffffn, -0x8000000000000000n, -1n, -1n],
    ],
    [",", "count=-1,bytes=-1", [-1n, -1n, -1n, -1n]],
    [",;", "count=-1,bytes=-1", [-1n, -1n, -1n, -1n]],
    ["count=1;;", "count=1,bytes=-1", [1n, -1n, -1n, -1n]],
    ["bytes=3,;count=4", "count=4,bytes=3", [4n, 3n, -1n, -1n]],
    ["zeta=1,alpha=2,count=3", "count=3,bytes=-1=;alpha=2;zeta=1", [3n, -1n, -1n, -1n]],
    ["count=1,count=2", "count=2,bytes=-1", [2n, -1n, -1n, -1n]],
    ["count =1", "count=-1,bytes=-1=;count =1", [-1n, -1n, -1n, -1n]],
    ["Count=1", "count=-1,bytes=-1=;Count=1", [-1n, -1n, -1n, -1n]],
    ["count=1=2=3", "count=1,bytes=-1", [1n, -1n, -1n, -1n]],
    ["count=0000000000000000000000000005", "count=5,bytes=-1", [5n, -1n, -1n, -1n]],
    ["count=-0", "count=0,bytes=-1", [0n, -1n, -1n, -1n]],
    ["\u{1f600}=2,\uffff=3,z=1", "count=-1,bytes=-1=;z=1;\u{1f600}=2;\uffff=3", [-1n, -1n, -1n, -1n]],
  ];
  for (const [text, printed, values] of readable) {
    it(`reads and prints ${JSON.stringify(text)}`, () => {
      const stats = parse(text);
      expect(stats.wellFormed).to.equal(true);
      expect(stats.toString()).to.equal(printed);
      expect([stats.count, stats.bytes, stats.countHardLimit, stats.byteHardLimit]).to.deep.equal(values);
      expect(Buffer.from(stats.toBytes()).toString("utf8")).to.equal(printed);
    });
  }

  // Apache throws over these.
  const malformed: [text: string, printed: string][] = [
    ["count=", "count=-1,bytes=-1"],
    ["count==", "count=-1,bytes=-1"],
    ["=", "count=-1,bytes=-1=;=-1"],
    ["a", "count=-1,bytes=-1"],
    ["a=b", "count=-1,bytes=-1"],
    ["count=--7", "count=-1,bytes=-1"],
    ["count=9223372036854775808", "count=-1,bytes=-1"],
    ["count=-9223372036854775809", "count=-1,bytes=-1"],
    [";;count=1", "count=1,bytes=-1"],
    ["count= 1", "count=-1,bytes=-1"],
    ["count=1\n", "count=-1,bytes=-1"],
    ["count=+", "count=-1,bytes=-1"],
    ["nonsense,bytes=3", "count=-1,bytes=3"],
  ];
  for (const [text, printed] of malformed) {
    it(`passes over the bad pieces of ${JSON.stringify(text)}`, () => {
      expect(parse(text).wellFormed).to.equal(false);
      expect(parse(text).toString()).to.equal(printed);
    });
  }

  it("takes null for an empty text", () => {
    expect(StatsTrack.parse(null).toString()).to.equal("count=-1,bytes=-1");
  });

  it("wraps as a Java long does", () => {
    const stats = parse("count=9223372036854775807,bytes=-9223372036854775808");
    stats.count += 1n;
    stats.bytes -= 1n;
    expect(stats.toString()).to.equal("count=-9223372036854775808,bytes=9223372036854775807");
  });
});
