import { expect } from "chai";
import { quotaGauges } from "../../../../src/core/quota/quotaGauges.ts";
import { DataTree } from "../../../../src/core/tree/dataTree.ts";
import { openAcl } from "../../../support/coreClient.ts";
import { plainPrep } from "../../../support/coreHarness.ts";

/** A tree with nodes below /zookeeper/quota, by path there; parents before their children. */
function quotas(nodes: readonly (readonly [path: string, data: string | null])[]): DataTree {
  const tree = new DataTree(plainPrep);
  let zxid = 0n;
  for (const [path, data] of nodes) {
    const bytes = data === null ? null : new TextEncoder().encode(data);
    expect(tree.create(`/zookeeper/quota${path}`, bytes, openAcl, 0n, -1, ++zxid, 0n)).to.equal(0);
  }
  return tree;
}

describe("quotaGauges", () => {
  it("sums up by top-level name, as longs, hard limits before soft ones", () => {
    const gauges = quotaGauges(
      quotas([
        ["/a", ""],
        ["/a/zookeeper_limits", "count=1,bytes=2=;byteHardLimit=9223372036854775806;countHardLimit=3"],
        ["/a/zookeeper_stats", "made anew: /a is empty"],
        ["/a/b", ""],
        ["/a/b/zookeeper_limits", "count=10,bytes=20"],
        ["/a/b/zookeeper_stats", "made anew: /a/b is too"],
      ]),
    );
    expect([...gauges.countLimits]).to.deep.equal([["a", 13n]]);
    expect([...gauges.bytesLimits]).to.deep.equal([["a", 9223372036854775806n + 20n - 2n ** 64n]]);
    expect([...gauges.countUsages]).to.deep.equal([["a", 0n]]);
    expect([...gauges.bytesUsages]).to.deep.equal([["a", 0n]]);
  });

  it("takes an empty node for -1, and leaves out one without data and one with children", () => {
    const gauges = quotaGauges(
      quotas([
        ["/empty", ""],
        ["/empty/zookeeper_limits", ""],
        ["/null", ""],
        ["/null/zookeeper_limits", null],
        ["/inner", ""],
        ["/inner/zookeeper_limits", "count=1,bytes=1"],
        ["/inner/zookeeper_limits/child", ""],
      ]),
    );
    expect([...gauges.countLimits]).to.deep.equal([["empty", -1n]]);
  });

  it("reads quotas however deep they lie, and so does a start", function () {
    this.timeout(30_000);
    const depth = 12_000;
    const nodes: [string, string][] = [];
    let path = "";
    for (let level = 0; level < depth; level++) nodes.push([(path += "/d"), ""]);
    nodes.push([`${path}/zookeeper_limits`, "count=7,bytes=8"]);
    const tree = quotas(nodes);
    expect([...quotaGauges(tree).countLimits]).to.deep.equal([["d", 7n]]);
    tree.finishLoad();
    expect(tree.quotaPrefix(`${path}/below`)).to.equal(path);
  });
});
