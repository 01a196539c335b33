import { expect } from "chai";
import { DataTree } from "../../../../src/core/tree/dataTree.ts";
import { openAcl } from "../../../support/coreClient.ts";
import { plainPrep } from "../../../support/coreHarness.ts";
import { allPaths, digestFromScratch } from "../../../support/treeDump.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

class QuotaTree {
  readonly tree = new DataTree(plainPrep);
  #zxid = 0n;

  create(path: string, data = ""): void {
    expect(this.tree.create(path, encode(data), openAcl, 0n, -1, ++this.#zxid, 0n)).to.equal(0);
  }

  setData(path: string, data: string): void {
    this.tree.setData(path, encode(data), 1, ++this.#zxid, 0n);
  }

  delete(path: string): void {
    this.tree.delete(path, ++this.#zxid);
  }

  limit(path: string, text: string, stats = true): void {
    let at = "/zookeeper/quota";
    for (const name of path.split("/").slice(1)) {
      at += `/${name}`;
      if (this.tree.find(at) < 0) this.create(at);
    }
    this.create(`${at}/zookeeper_limits`, text);
    if (stats) this.create(`${at}/zookeeper_stats`, "count=0,bytes=0");
  }

  counts(path: string): string {
    const data = this.tree.data(this.tree.find(`/zookeeper/quota${path}/zookeeper_stats`));
    return new TextDecoder().decode(data ?? undefined);
  }
}

describe("QuotaBook", () => {
  it("counts a subtree when its stats node is made, its root included, and data only", () => {
    const quotas = new QuotaTree();
    quotas.create("/a", "12");
    quotas.create("/a/b", "345");
    quotas.create("/ab", "678910");
    quotas.limit("/a", "count=5,bytes=100");
    expect(quotas.counts("/a")).to.equal("count=2,bytes=5");
  });

  it("follows creates, deletes and setData, without a trace in version, zxids and digest", () => {
    const quotas = new QuotaTree();
    quotas.create("/a");
    quotas.limit("/a", "count=5,bytes=100");
    const { tree } = quotas;
    const stats = tree.find("/zookeeper/quota/a/zookeeper_stats");
    const mzxid = tree.mzxid(stats);
    quotas.create("/a/b", "xyz");
    expect(quotas.counts("/a")).to.equal("count=2,bytes=3");
    quotas.setData("/a", "12345");
    expect(quotas.counts("/a")).to.equal("count=2,bytes=8");
    quotas.setData("/a", "1");
    expect(quotas.counts("/a")).to.equal("count=2,bytes=4");
    quotas.delete("/a/b");
    expect(quotas.counts("/a")).to.equal("count=1,bytes=1");
    quotas.create("/other", "x");
    expect(quotas.counts("/a")).to.equal("count=1,bytes=1");
    expect(tree.mzxid(stats)).to.equal(mzxid);
    expect(tree.digest()).to.equal(digestFromScratch(tree));
  });

  it("goes on where a client has made the counts unreadable", () => {
    const quotas = new QuotaTree();
    quotas.create("/a");
    quotas.limit("/a", "count=9,bytes=9");
    for (const [garbage, expected] of [
      ["\u00e9\u0000", "count=0,bytes=2"],
      ["count=", "count=0,bytes=2"],
      ["count=5,bytes=x", "count=6,bytes=2"],
    ]) {
      quotas.setData("/zookeeper/quota/a/zookeeper_stats", garbage);
      quotas.create("/a/b", "xyz");
      expect(quotas.counts("/a")).to.equal(expected);
      quotas.delete("/a/b");
    }
  });

  it("goes by the longest registered path only", () => {
    const quotas = new QuotaTree();
    for (const path of ["/a", "/a/b", "/a/b/c"]) quotas.create(path);
    quotas.limit("/a", "count=9,bytes=9");
    quotas.limit("/a/b/c", "count=9,bytes=9");
    quotas.create("/a/b/c/d", "1");
    expect([quotas.counts("/a"), quotas.counts("/a/b/c")]).to.deep.equal([
      "count=3,bytes=0",
      "count=2,bytes=1",
    ]);
    quotas.create("/a/b/e", "1");
    expect([quotas.counts("/a"), quotas.counts("/a/b/c")]).to.deep.equal([
      "count=4,bytes=1",
      "count=2,bytes=1",
    ]);
    expect(quotas.tree.quotaPrefix("/a/b/c/d/e")).to.equal("/a/b/c");
    expect(quotas.tree.quotaPrefix("/x")).to.equal(null);
  });

  it("ends with the limits node", () => {
    const quotas = new QuotaTree();
    quotas.create("/a");
    quotas.limit("/a", "count=9,bytes=9");
    quotas.delete("/zookeeper/quota/a/zookeeper_limits");
    quotas.create("/a/b");
    expect(quotas.counts("/a")).to.equal("count=1,bytes=0");
    expect(quotas.tree.quotaPrefix("/a/b")).to.equal(null);
  });

  it("gives limits and counts, or null for the one of the two nodes that is missing", () => {
    const quotas = new QuotaTree();
    quotas.create("/a");
    quotas.limit("/a", "count=3,bytes=-1=;countHardLimit=7;byteHardLimit=8", false);
    expect(quotas.tree.quotaOf("/a")?.stats).to.equal(null);
    expect(quotas.tree.quotaOf("/b")).to.equal(null);
    quotas.create("/zookeeper/quota/a/zookeeper_stats");
    const quota = quotas.tree.quotaOf("/a");
    const { limits, stats } = quota ?? {};
    expect([limits?.count, limits?.bytes, limits?.countHardLimit, limits?.byteHardLimit]).to.deep.equal([
      3n,
      -1n,
      7n,
      8n,
    ]);
    expect([stats?.count, stats?.bytes]).to.deep.equal([1n, 0n]);
  });

  it("registers and counts anew after a snapshot was loaded", () => {
    const quotas = new QuotaTree();
    quotas.create("/a", "12");
    quotas.create("/a/b", "3");
    quotas.limit("/a", "count=9,bytes=9");
    const loaded = new DataTree(plainPrep);
    loaded.clear();
    // In order of the paths: parents before their children.
    for (const path of allPaths(quotas.tree)) {
      const { nodes } = quotas.tree;
      const slot = nodes.find(path);
      const wrong = path.endsWith("zookeeper_stats") ? encode("count=77,bytes=77") : nodes.data.get(slot);
      expect(loaded.load(path, wrong, -1, nodes.block(slot), nodes.statAt(slot)), path).to.equal(true);
    }
    loaded.finishLoad();
    const stats = loaded.quotaOf("/a")?.stats;
    expect([stats?.count, stats?.bytes]).to.deep.equal([2n, 3n]);
    expect(loaded.quotaPrefix("/a/b")).to.equal("/a");
    expect(loaded.digest()).to.equal(quotas.tree.digest());
    expect(loaded.approximateDataSize).to.be.greaterThan(0);
  });
});
