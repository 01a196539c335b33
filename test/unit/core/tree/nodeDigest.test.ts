import { readFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { formatHex } from "../../../../protocol/longs.ts";
import { TreeLoader } from "../../../../src/core/server/treeLoader.ts";
import { DataTree } from "../../../../src/core/tree/dataTree.ts";
import { DigestSum, nodeDigest } from "../../../../src/core/tree/nodeDigest.ts";
import { readTxn } from "../../../../src/core/txns/txnOp.ts";
import { JuteReader } from "../../../../protocol/jute/reader.ts";
import { plainPrep } from "../../../support/coreHarness.ts";
import { goldenText } from "../../../support/golden.ts";
import { goldenDiskPath } from "../../../support/goldenDisk.ts";
import { digestFromScratch } from "../../../support/treeDump.ts";

interface DecodedTxn {
  readonly at: number;
  readonly len: number;
  readonly zxid: string;
  readonly digest?: { readonly treeDigest: string };
}

describe("nodeDigest", () => {
  it("follows the digests that Apache logged, record by record", () => {
    const tree = new DataTree({ ...plainPrep, extendedTypesEnabled: true });
    const loader = new TreeLoader(tree, new Map(), true, 1 << 20, () => undefined);
    const log = new Uint8Array(readFileSync(goldenDiskPath("all_txns/data/version-2/log.1")));
    const rows = goldenText("disk/all_txns/decoded.jsonl")
      .split("\n")
      .filter((line) => line.includes('"len"') && line.includes('"txn"'))
      .map((line) => JSON.parse(line) as DecodedTxn);
    expect(rows.length).to.be.greaterThan(50);
    let compared = 0;
    for (const { at, len, zxid, digest } of rows) {
      // Behind the checksum and the length of the record.
      const start = at + 12;
      const { header } = readTxn(new JuteReader(log, start, start + len));
      expect(formatHex(header.zxid)).to.equal(zxid);
      loader.txn(log, start, start + len);
      if (digest === undefined) continue;
      compared++;
      expect(formatHex(tree.digest()), `after ${zxid}`).to.equal(digest.treeDigest);
      expect(digestFromScratch(tree), `made anew after ${zxid}`).to.equal(tree.digest());
    }
    expect(compared).to.be.greaterThan(50);
    expect(loader.mismatchCount).to.equal(0);
  });

  it("says when a digest in the log is not that of the tree, ten times at most", () => {
    const log = new Uint8Array(readFileSync(goldenDiskPath("all_txns/data/version-2/log.1")));
    const reports: string[] = [];
    const loader = new TreeLoader(new DataTree(plainPrep), new Map(), true, 1 << 20, ({ message }) => {
      reports.push(message);
    });
    const rows = goldenText("disk/all_txns/decoded.jsonl")
      .split("\n")
      .filter((line) => line.includes('"txn"'));
    // Without the first create every digest behind it is another.
    rows.slice(2).forEach((line) => {
      const { at, len } = JSON.parse(line) as DecodedTxn;
      loader.txn(log, at + 12, at + 12 + len);
    });
    expect(loader.mismatchCount).to.be.greaterThan(10);
    expect(reports).to.have.length(10);
  });

  it("is 0 below /zookeeper/ and takes the root as the empty path", () => {
    const stat = new Uint8Array(60).fill(7);
    expect(nodeDigest("/zookeeper/x", null, stat, 0)).to.equal(0);
    expect(nodeDigest("/zookeeper", null, stat, 0)).to.not.equal(0);
    expect(nodeDigest("/zookeeperx", null, stat, 0)).to.not.equal(0);
    expect(nodeDigest("/", null, stat, 0)).to.equal(nodeDigest("", null, stat, 0));
    expect(nodeDigest("/a", null, stat, 0), "null is empty").to.equal(
      nodeDigest("/a", new Uint8Array(0), stat, 0),
    );
  });

  it("takes long paths", () => {
    const path = `/${"ü".repeat(3000)}`;
    const stat = new Uint8Array(60);
    expect(nodeDigest(path, null, stat, 0)).to.equal(nodeDigest(path, null, stat, 0));
    expect(nodeDigest(path, null, stat, 0)).to.not.equal(nodeDigest(`${path}x`, null, stat, 0));
  });
});

describe("DigestSum", () => {
  it("adds and subtracts as wrapping 64 bits", () => {
    const terms = fc.array(fc.tuple(fc.boolean(), fc.nat(0xffffffff)), { maxLength: 200 });
    fc.assert(
      fc.property(terms, (steps) => {
        const sum = new DigestSum();
        let expected = 0n;
        for (const [add, digest] of steps) {
          if (add) sum.add(digest);
          else sum.subtract(digest);
          expected = BigInt.asUintN(64, add ? expected + BigInt(digest) : expected - BigInt(digest));
          expect(sum.toBigInt()).to.equal(expected);
        }
      }),
    );
  });
});
