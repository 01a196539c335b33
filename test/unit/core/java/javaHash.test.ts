import { expect } from "chai";
import { javaHashCode, javaLongHash } from "../../../../src/core/java/javaHash.ts";

describe("javaHashCode", () => {
  // Values printed by Java 17.
  const hashes: [string, number][] = [
    ["", 0],
    ["a", 97],
    ["AaAa", 2031744],
    ["BBBB", 2031744],
    ["zookeeper", 1600681804],
    ["lock-0000000001", -864326685],
    ["polygenelubricants", -2147483648],
    ["\u00e9\ud83d\ude00", 1996812],
  ];
  for (const [text, hash] of hashes) {
    it(`of ${JSON.stringify(text)} is ${hash}`, () => expect(javaHashCode(text)).to.equal(hash));
  }
});

describe("javaLongHash", () => {
  const hashes: [bigint, number][] = [
    [0n, 0],
    [1n, 1],
    [-1n, 0],
    [0x7fffffffffffffffn, -2147483648],
    [-0x8000000000000000n, -2147483648],
    [0x8000000000000000n, -2147483648],
    [4294967296n, 1],
    [72057764002988033n, -1816854490],
    [-255n, 254],
    [0x80000000n, -2147483648],
  ];
  for (const [value, hash] of hashes) {
    it(`of ${value} is ${hash}`, () => expect(javaLongHash(value)).to.equal(hash));
  }
});
