import { expect } from "chai";
import fc from "fast-check";
import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import {
  AclEntry,
  SnapshotNode,
  SnapshotSession,
  StatPersisted,
} from "../../../../protocol/records/snapshot.ts";
import { vector } from "../../../../protocol/jute/schema.ts";
import { JuteReader } from "../../../../protocol/jute/reader.ts";
import { TreeLoader } from "../../../../src/core/server/treeLoader.ts";
import type { SnapshotSource } from "../../../../src/core/storage/contracts.ts";
import { DataTree } from "../../../../src/core/tree/dataTree.ts";
import { plainPrep } from "../../../support/coreHarness.ts";
import { RandomClients } from "../../../support/randomClients.ts";
import { dumpTree, treeFaults } from "../../../support/treeDump.ts";

const rules = { ...plainPrep, extendedTypesEnabled: true };

/** A snapshot in the making: some nodes at a time, while the history goes on. */
class SlowSnapshot {
  readonly source: SnapshotSource;
  readonly #head = new JuteWriter();
  readonly #nodes = new JuteWriter();
  #more = true;

  constructor(source: SnapshotSource) {
    this.source = source;
    source.writeSessions(this.#head);
    source.writeAcls(this.#head);
  }

  slice(maxNodes: number): void {
    if (this.#more) this.#more = this.source.writeNodes(this.#nodes, 1 << 20, maxNodes);
  }

  finish(): void {
    while (this.#more) this.slice(1);
  }

  loadInto(loader: TreeLoader): void {
    loader.reset();
    const head = new JuteReader(this.#head.copy());
    for (const { sessionId, timeout } of vector(SnapshotSession).read(head) ?? [])
      loader.session(sessionId, timeout);
    for (const { id, acl } of vector(AclEntry).read(head) ?? []) loader.acl(id, acl);
    const nodes = new JuteReader(this.#nodes.copy());
    while (nodes.remaining > 0) {
      const { path, data, acl, stat } = SnapshotNode.read(nodes);
      loader.node(path ?? "", data, acl, StatPersisted.encode(stat), 0);
    }
    const { zxid, digest } = this.source.digestAtEnd();
    loader.digest(zxid, 2, digest);
    loader.snapshotLoaded(this.source.zxid);
  }
}

function newLoader(): {
  tree: DataTree;
  loader: TreeLoader;
  timeouts: Map<bigint, number>;
  reports: string[];
} {
  const tree = new DataTree(rules);
  const timeouts = new Map<bigint, number>();
  const reports: string[] = [];
  const report = ({ message, details }: { message: string; details?: object }): void => {
    reports.push(`${message} ${JSON.stringify(details)}`);
  };
  return { tree, timeouts, reports, loader: new TreeLoader(tree, timeouts, true, 1 << 20, report) };
}

/** A random history with a snapshot that is written in small slices in its middle. */
function history(seed: number): { clients: RandomClients; snapshot: SlowSnapshot; atBegin: unknown } {
  const clients = new RandomClients(seed);
  const { harness, random } = clients;
  for (let i = 20 + random.below(80); i > 0; i--) clients.step();
  const snapshot = new SlowSnapshot(harness.server.snapshotSource());
  const atBegin = dumpTree(harness.server.tree);
  for (let i = 40; i > 0; i--) {
    clients.step();
    if (random.chance(0.4)) snapshot.slice(2);
  }
  snapshot.finish();
  for (let i = random.below(20); i > 0; i--) clients.step();
  harness.settle();
  return { clients, snapshot, atBegin };
}

describe("replay", () => {
  it("of a whole log makes the same tree, digests and sessions, and leaves nothing behind", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { clients } = history(seed);
        const { server, log } = clients.harness;
        const { tree, loader, timeouts } = newLoader();
        for (const { body } of log) loader.txn(body, 0, body.length);
        expect(loader.mismatchCount).to.equal(0);
        expect(loader.lastZxid).to.equal(server.lastProcessedZxid);
        expect(dumpTree(tree)).to.deep.equal(dumpTree(server.tree));
        expect(timeouts).to.deep.equal(server.timeouts);
        expect(treeFaults(tree)).to.deep.equal([]);
        expect(treeFaults(server.tree)).to.deep.equal([]);
      }),
      { numRuns: 60 },
    );
  });

  it("needs nothing behind a snapshot to make the tree of its zxid, whatever changed while it was written", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { snapshot, atBegin } = history(seed);
        const { tree, loader, reports } = newLoader();
        snapshot.loadInto(loader);
        expect(dumpTree(tree)).to.deep.equal(atBegin);
        expect(treeFaults(tree)).to.deep.equal([]);
        expect(reports).to.deep.equal([]);
      }),
      { numRuns: 300 },
    );
  });

  it("after a snapshot makes the same tree, from its zxid and from any before it", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(30), (seed, overlap) => {
        const { clients, snapshot } = history(seed);
        const { server, log } = clients.harness;
        for (const from of [snapshot.source.zxid, snapshot.source.zxid - BigInt(overlap)]) {
          const { tree, loader, reports } = newLoader();
          snapshot.loadInto(loader);
          for (const { zxid, body } of log) if (zxid > from) loader.txn(body, 0, body.length);
          expect(dumpTree(tree)).to.deep.equal(dumpTree(server.tree));
          expect(treeFaults(tree)).to.deep.equal([]);
          if (from === snapshot.source.zxid) expect(reports).to.deep.equal([]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("of transactions that the tree has seen already changes nothing", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(60), (seed, count) => {
        const { clients } = history(seed);
        const { server, log } = clients.harness;
        const { tree, loader } = newLoader();
        for (const { body } of log) loader.txn(body, 0, body.length);
        for (const { body } of log.slice(-count - 1)) loader.txn(body, 0, body.length);
        expect(dumpTree(tree)).to.deep.equal(dumpTree(server.tree));
        expect(treeFaults(tree)).to.deep.equal([]);
      }),
      { numRuns: 60 },
    );
  });
});
