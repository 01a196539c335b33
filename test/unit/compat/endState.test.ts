import { expect } from "chai";
import { compareNodes } from "../../../compat/diff/endState.ts";
import type { ZnodeDump, ZnodeStat } from "../../../compat/folders/dumpTree.ts";

const plain: ZnodeStat = {
  czxid: 2n,
  mzxid: 2n,
  ctime: 1000n,
  mtime: 1000n,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 1,
  numChildren: 0,
  pzxid: 2n,
};

function node(change: Partial<ZnodeStat> = {}, content: Partial<ZnodeDump> = {}): ZnodeDump {
  const stat = { ...plain, ...change };
  const bytes = Buffer.from("x");
  const { ephemeralOwner } = stat;
  return { data: "x", bytes, acl: Buffer.alloc(4), stat, children: [], ephemeralOwner, ...content };
}

const tree = (nodes: Record<string, ZnodeDump>): Map<string, ZnodeDump> => new Map(Object.entries(nodes));

describe("compareNodes", () => {
  it("sees no difference in zxids of equal rank, times and session ids", () => {
    const left = { czxid: 3n, mzxid: 7n, pzxid: 3n, version: 1 };
    const right = { czxid: 5n, mzxid: 8n, pzxid: 5n, version: 1, ctime: 5n, mtime: 7n };
    const trees = [
      tree({ "/a": node(left), "/b": node({ ...plain, ephemeralOwner: 5n }) }),
      tree({ "/a": node(right), "/b": node({ ...plain, ephemeralOwner: 9n }) }),
    ] as const;
    expect(compareNodes(trees)).to.deep.equal([]);
  });

  it("leaves out the length of data that are left out, and nothing else", () => {
    const [count9, count10] = ["count=9", "count=10"].map((text) =>
      node({ dataLength: text.length }, { bytes: Buffer.from(text) }),
    );
    const trees = [tree({ "/a": count9 }), tree({ "/a": count10 })] as const;
    expect(compareNodes(trees, { data: () => null })).to.deep.equal([]);
    expect(compareNodes(trees).length).to.equal(2);
    const longer = [
      tree({ "/a": count9 }),
      tree({ "/a": node({ dataLength: 99 }, { bytes: count9.bytes }) }),
    ] as const;
    expect(compareNodes(longer, { data: () => null }).join()).to.include("dataLength");
  });

  it("names every field that differs", () => {
    const changes: [Partial<ZnodeDump>, Partial<ZnodeStat>, RegExp][] = [
      [{}, { mzxid: 9n }, /^\/a: mzxid is #0 at apache, #1 at zabra$/],
      [{}, { version: 1 }, /^\/a: version is 0 at apache, 1 at zabra$/],
      [{}, { cversion: 1 }, /cversion/],
      [{}, { aversion: 1 }, /aversion/],
      [{}, { mtime: 1001n }, /mtime is set at apache, after ctime at zabra/],
      [{}, { ctime: 0n }, /ctime/],
      [{}, { ephemeralOwner: 5n }, /ephemeralOwner is 0 at apache, the session of \/a at zabra/],
      [{}, { numChildren: 1 }, /numChildren/],
      [{}, { dataLength: 2 }, /dataLength/],
      [{ bytes: null }, {}, /data is "x" at apache, null at zabra/],
      [{ bytes: Buffer.alloc(0) }, {}, /data is "x" at apache, "" at zabra/],
      [{ acl: Buffer.alloc(5) }, {}, /acl/],
      [{ children: ["b"] }, {}, /children/],
    ];
    for (const [content, stat, expected] of changes) {
      const found = compareNodes([tree({ "/a": node() }), tree({ "/a": node(stat, content) })], {
        names: ["apache", "zabra"],
      });
      expect(
        found.some((line) => expected.test(line)),
        `${expected} in ${found.join("\n")}`,
      ).to.equal(true);
    }
  });

  it("names nodes that one side lacks, and ranks zxids without them", () => {
    const one = tree({ "/a": node({ czxid: 4n, mzxid: 4n, pzxid: 4n }), "/extra": node() });
    expect(compareNodes([one, tree({ "/a": node() })])).to.deep.equal(["/extra: only first has it"]);
  });

  it("tells owners apart by what they own, and children by order or as sets", () => {
    const owned = (a: bigint, b: bigint): Map<string, ZnodeDump> =>
      tree({ "/a": node({ ephemeralOwner: a }), "/b": node({ ephemeralOwner: b }) });
    expect(compareNodes([owned(1n, 1n), owned(1n, 2n)])).to.deep.equal([
      "/b: ephemeralOwner is the session of /a at first, the session of /b at second",
    ]);
    const children = (...names: string[]): Map<string, ZnodeDump> =>
      tree({ "/": node({}, { children: names }) });
    expect(compareNodes([children("a", "b"), children("b", "a")])).to.have.lengthOf(1);
    expect(compareNodes([children("a", "b"), children("b", "a")], { childrenAsSets: true })).to.deep.equal(
      [],
    );
  });

  it("leaves out what it is told, with everything below", () => {
    const trees = [tree({ "/a": node(), "/q": node(), "/q/r": node() }), tree({ "/a": node() })] as const;
    expect(compareNodes(trees, { leaveOut: (path) => path === "/q" })).to.deep.equal([]);
  });
});
