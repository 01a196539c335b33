import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { JuteReader } from "../../../../protocol/jute/reader.ts";
import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import { type ACL, Stat } from "../../../../protocol/records/client.ts";
import { DataTree } from "../../../../src/core/tree/dataTree.ts";
import { containerOwner, ttlOwner } from "../../../../src/core/tree/ephemeralOwner.ts";
import { openAcl } from "../../../support/coreClient.ts";
import { childrenOf, digestFromScratch, treeFaults } from "../../../support/treeDump.ts";

const plain = { extendedTypesEnabled: false, emulate353TTLNodes: false, digestEnabled: true };
const extended = { ...plain, extendedTypesEnabled: true };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Zxid and time of each change are counted up, so that a stat tells which change wrote it. */
class Changes {
  readonly tree: DataTree;
  zxid = 0n;

  constructor(rules = plain) {
    this.tree = new DataTree(rules);
  }

  get time(): bigint {
    return this.zxid * 1000n;
  }

  create(path: string, owner = 0n, data: Uint8Array | null = null, acl: ACL[] = openAcl): number {
    this.zxid++;
    return this.tree.create(path, data, acl, owner, -1, this.zxid, this.time);
  }

  delete(path: string): number {
    return this.tree.delete(path, ++this.zxid);
  }

  setData(path: string, data: Uint8Array | null, version: number): number {
    this.zxid++;
    return this.tree.setData(path, data, version, this.zxid, this.time);
  }

  stat(path: string): Stat {
    const writer = new JuteWriter();
    this.tree.writeStat(this.tree.find(path), writer);
    expect(writer.length).to.equal(68);
    return Stat.decode(writer.view());
  }

  childrenInOrder(path: string): string[] {
    const writer = new JuteWriter();
    this.tree.writeChildren(this.tree.find(path), writer);
    const reader = new JuteReader(writer.view());
    return Array.from({ length: reader.readInt() }, () => reader.readString() ?? "");
  }
}

describe("DataTree", () => {
  it("starts as Apache's: four nodes, digest 0x51c6d660, and the stats that clients see", () => {
    const changes = new Changes();
    const { tree } = changes;
    expect(tree.digest()).to.equal(0x51c6d660n);
    expect(tree.nodeCount).to.equal(5);
    expect(tree.approximateDataSize).to.equal(1 + "/zookeeper/zookeeper/quota/zookeeper/config".length);
    const zero = { czxid: 0n, mzxid: 0n, ctime: 0n, mtime: 0n, version: 0, ephemeralOwner: 0n, pzxid: 0n };
    const fresh = { ...zero, aversion: 0, dataLength: 0 };
    expect(changes.stat("/")).to.deep.equal({ ...fresh, cversion: -1, numChildren: 1 });
    expect(changes.stat("/zookeeper")).to.deep.equal({ ...fresh, cversion: -2, numChildren: 2 });
    expect(changes.stat("/zookeeper/quota")).to.deep.equal({ ...fresh, cversion: 0, numChildren: 0 });
    const config = { ...fresh, aversion: -1, cversion: 0, numChildren: 0 };
    expect(changes.stat("/zookeeper/config")).to.deep.equal(config);
    expect(tree.acl(tree.find("/zookeeper/config"))).to.deep.equal([
      { perms: 1, id: { scheme: "world", id: "anyone" } },
    ]);
  });

  it("keeps the stat of a node through its life", () => {
    const changes = new Changes();
    changes.create("/a", 0n, bytes("xyz"));
    const made = { czxid: 1n, mzxid: 1n, ctime: 1000n, mtime: 1000n, pzxid: 1n, ephemeralOwner: 0n };
    const versions = { version: 0, cversion: 0, aversion: 0 };
    expect(changes.stat("/a")).to.deep.equal({ ...made, ...versions, dataLength: 3, numChildren: 0 });
    changes.setData("/a", bytes("longer"), 1);
    const changed = { ...made, mzxid: 2n, mtime: 2000n };
    expect(changes.stat("/a")).to.deep.equal({
      ...changed,
      ...versions,
      version: 1,
      dataLength: 6,
      numChildren: 0,
    });
    changes.tree.setAcl("/a", openAcl, 7);
    const guarded = { ...changed, ...versions, version: 1, aversion: 7, dataLength: 6 };
    expect(changes.stat("/a")).to.deep.equal({ ...guarded, numChildren: 0 });
    changes.create("/a/b");
    expect(changes.stat("/a")).to.deep.equal({ ...guarded, cversion: 1, pzxid: 3n, numChildren: 1 });
    changes.delete("/a/b");
    // One for the create and one for the delete: 2 * creates - children.
    expect(changes.stat("/a")).to.deep.equal({ ...guarded, cversion: 2, pzxid: 4n, numChildren: 0 });
    changes.delete("/a");
    expect(changes.tree.find("/a")).to.equal(-1);
    expect(changes.tree.nodeCount).to.equal(5);
    expect(changes.tree.acls.size).to.equal(1);
  });

  it("answers for what is not there, and changes nothing", () => {
    const changes = new Changes();
    expect(changes.create("/a/b")).to.equal(ErrorCode.NONODE);
    expect(changes.delete("/a")).to.equal(ErrorCode.NONODE);
    expect(changes.delete("/a/b")).to.equal(ErrorCode.NONODE);
    expect(changes.setData("/a", null, 1)).to.equal(ErrorCode.NONODE);
    expect(changes.tree.setAcl("/a", openAcl, 1)).to.equal(ErrorCode.NONODE);
    expect(changes.tree.raiseCVersion("/a", 5, 9n)).to.equal(ErrorCode.NONODE);
    changes.create("/a");
    expect(changes.create("/a")).to.equal(ErrorCode.NODEEXISTS);
    expect(changes.stat("/a").czxid).to.equal(5n);
    expect(treeFaults(changes.tree)).to.deep.equal([]);
  });

  it("moves cversion and pzxid of a parent only forward", () => {
    const { tree } = new Changes();
    tree.create("/a", null, openAcl, 0n, 1, 1n, 0n);
    tree.create("/a/new", null, openAcl, 0n, 5, 20n, 0n);
    const digest = tree.digest();
    tree.raiseCVersion("/a", 4, 30n);
    tree.raiseCVersion("/a", 5, 30n);
    expect(tree.digest(), "an older or equal cversion").to.equal(digest);
    expect(tree.pzxid(tree.find("/a"))).to.equal(20n);
    tree.create("/a/old", null, openAcl, 0n, 2, 10n, 0n);
    expect(tree.pzxid(tree.find("/a")), "an older create").to.equal(20n);
    tree.delete("/a/old", 15n);
    expect(tree.pzxid(tree.find("/a")), "an older delete").to.equal(20n);
    tree.raiseCVersion("/a", 6, 40n);
    expect(tree.pzxid(tree.find("/a")), "a newer one").to.equal(40n);
    tree.delete("/a/gone", 50n);
    expect(tree.pzxid(tree.find("/a")), "the delete of a child that is gone").to.equal(50n);
    expect(tree.digest()).to.equal(digestFromScratch(tree));
  });

  it("tells kinds of owners apart by the rules in force", () => {
    const session = 0x1000_0000_0000_0001n;
    const old353 = containerOwner | 5000n;
    const owners: [bigint, string, string, string][] = [
      // owner, plain, extended, extended with emulate353TTLNodes
      [0n, "void", "void", "void"],
      [session, "normal", "normal", "normal"],
      [containerOwner, "container", "container", "container"],
      [ttlOwner(1n), "normal", "ttl", "ttl"],
      [ttlOwner(0xff_ffff_ffffn), "normal", "ttl", "ttl"],
      [old353, "normal", "normal", "ttl"],
      [-0x00ff_ff00_0000_0000n, "normal", "normal", "ttl"],
    ];
    const rules = [plain, extended, { ...extended, emulate353TTLNodes: true }];
    for (const [owner, ...kinds] of owners) {
      rules.forEach((rule, i) => {
        const changes = new Changes(rule);
        changes.create("/n", owner);
        const { tree } = changes;
        const ref = tree.find("/n");
        expect(tree.ownerKind(ref), `owner ${owner} under rules ${i}`).to.equal(kinds[i]);
        const shown = kinds[i] === "container" || kinds[i] === "ttl" ? 0n : owner;
        expect(changes.stat("/n").ephemeralOwner, `shown ${owner} under rules ${i}`).to.equal(shown);
        expect(tree.ephemeralsOf(owner)).to.deep.equal(kinds[i] === "normal" ? ["/n"] : []);
        expect(tree.ephemeralsCount).to.equal(kinds[i] === "normal" ? 1 : 0);
        changes.delete("/n");
        expect([...tree.ephemeralOwners()]).to.deep.equal([]);
        expect(tree.ephemeralsCount).to.equal(0);
        expect(tree.expiredContainers(Number.MAX_SAFE_INTEGER, 1)).to.deep.equal([]);
      });
    }
  });

  it("finds containers and TTL nodes whose time has come, in the order of a HashSet", () => {
    const changes = new Changes(extended);
    const { tree } = changes;
    changes.create("/unused", containerOwner); // mtime 1000
    changes.create("/used", containerOwner); // 2000
    changes.create("/used/child"); // 3000
    changes.create("/ttl", ttlOwner(5000n)); // 4000
    changes.create("/parent", ttlOwner(1n)); // 5000
    changes.create("/parent/child"); // 6000
    expect(tree.expiredContainers(9000, 0), "not yet: 5000 ms have passed, not more").to.deep.equal([]);
    expect(tree.expiredContainers(9001, 0)).to.deep.equal(["/ttl"]);
    changes.delete("/used/child");
    changes.delete("/parent/child");
    expect(tree.expiredContainers(9001, 0)).to.deep.equal(["/used", "/parent", "/ttl"]);
    expect(tree.expiredContainers(9001, 8001), "8001 ms unused").to.not.include("/unused");
    expect(tree.expiredContainers(9002, 8001), "8002 ms unused").to.include("/unused");
    changes.setData("/ttl", null, 1); // mtime 9000
    expect(tree.expiredContainers(9001, 0), "setData starts the time anew").to.not.include("/ttl");
  });

  it("counts sizes and descendants as Apache does", () => {
    const changes = new Changes();
    const { tree } = changes;
    const before = tree.approximateDataSize;
    changes.create("/a", 0n, bytes("12345"));
    changes.create("/a/b", 0n, null);
    changes.create("/a/b/c", 0n, bytes("1"));
    changes.create("/ab");
    expect(tree.approximateDataSize - before).to.equal(2 + 5 + 4 + 6 + 1 + 3);
    changes.setData("/a", bytes("1"), 1);
    expect(tree.approximateDataSize - before).to.equal(2 + 1 + 4 + 6 + 1 + 3);
    expect(tree.allChildrenNumber("/a")).to.equal(2);
    expect(tree.allChildrenNumber("/a/b/c")).to.equal(0);
    expect(tree.allChildrenNumber("/")).to.equal(7);
    expect(tree.allChildrenNumber(""), "the alias of the root counts the root too").to.equal(8);
    for (const path of ["/a/b/c", "/a/b", "/a", "/ab"]) changes.delete(path);
    expect(tree.approximateDataSize).to.equal(before);
  });

  it("tells null data from empty data", () => {
    const changes = new Changes();
    changes.create("/null", 0n, null);
    changes.create("/empty", 0n, new Uint8Array(0));
    const shown = (path: string): number => {
      const writer = new JuteWriter();
      changes.tree.writeData(changes.tree.find(path), writer);
      return new JuteReader(writer.view()).readInt();
    };
    expect([shown("/null"), shown("/empty")]).to.deep.equal([-1, 0]);
  });

  it("lists children in the order of a Java HashSet, whose table never shrinks", () => {
    const changes = new Changes();
    changes.create("/p");
    for (const name of ["c", "b", "a"]) changes.create(`/p/${name}`);
    expect(changes.childrenInOrder("/p")).to.deep.equal(["a", "b", "c"]);
    // Both fall into bucket 0 of 8, in order of arrival; of 16 they have 0 and 8.
    changes.create("/q");
    for (const name of ["h", "p"]) changes.create(`/q/${name}`);
    expect(changes.childrenInOrder("/q")).to.deep.equal(["h", "p"]);
    for (let i = 0; i < 8; i++) changes.create(`/q/${i}`);
    for (let i = 0; i < 8; i++) changes.delete(`/q/${i}`);
    expect(childrenOf(changes.tree, "/q")).to.deep.equal(["h", "p"]);
    expect(changes.childrenInOrder("/q")).to.deep.equal(["p", "h"]);
  });

  it("uses the slot of a deleted node again without a trace of it", () => {
    const changes = new Changes();
    changes.create("/a", 5n, bytes("old"), [{ perms: 1, id: { scheme: "ip", id: "1.2.3.4" } }]);
    changes.create("/keep");
    changes.delete("/a");
    changes.create("/b");
    expect(changes.stat("/b")).to.deep.include({ czxid: 4n, version: 0, ephemeralOwner: 0n, dataLength: 0 });
    expect(changes.tree.acl(changes.tree.find("/b"))).to.deep.equal(openAcl);
    expect(treeFaults(changes.tree)).to.deep.equal([]);
  });

  it("holds a stat of every 64-bit value", () => {
    for (const value of [1n << 31n, 1n << 32n, (1n << 53n) + 1n, (1n << 63n) - 1n, -1n, -(1n << 63n)]) {
      const changes = new Changes();
      changes.tree.create("/n", null, openAcl, 0n, -1, value, value);
      changes.tree.setData("/n", null, 3, value, value);
      expect(changes.stat("/n")).to.deep.include({ czxid: value, mzxid: value, ctime: value, mtime: value });
    }
  });

  it("compares zxids as signed 64 bits when pzxid moves", () => {
    const changes = new Changes();
    const { tree } = changes;
    tree.create("/n", null, openAcl, 0n, -1, 0x1_ffff_ffffn, 0n);
    tree.delete("/n/x", 0x2_0000_0000n);
    expect(tree.pzxid(tree.find("/n"))).to.equal(0x2_0000_0000n);
    tree.delete("/n/x", 0x1_ffff_ffffn);
    expect(tree.pzxid(tree.find("/n"))).to.equal(0x2_0000_0000n);
    tree.delete("/n/x", 0x2_8000_0000n);
    expect(tree.pzxid(tree.find("/n"))).to.equal(0x2_8000_0000n);
    tree.delete("/n/x", 0x2_7fff_ffffn);
    expect(tree.pzxid(tree.find("/n"))).to.equal(0x2_8000_0000n);
  });
});
