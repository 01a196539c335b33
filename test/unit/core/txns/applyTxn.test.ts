import { expect } from "chai";
import { ErrorCode } from "../../../../protocol/errors.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { applyTxn } from "../../../../src/core/txns/applyTxn.ts";
import type { TxnOp } from "../../../../src/core/txns/txnOp.ts";
import { DataTree } from "../../../../src/core/tree/dataTree.ts";
import { openAcl } from "../../../support/coreClient.ts";
import { plainPrep } from "../../../support/coreHarness.ts";
import { dumpTree } from "../../../support/treeDump.ts";

const node = { path: "/p/c", data: null, acl: openAcl, parentCVersion: 4 };
const creates: TxnOp[] = [
  { type: OpCode.create, record: { ...node, ephemeral: true } },
  { type: OpCode.create2, record: { ...node, ephemeral: true } },
  { type: OpCode.createContainer, record: node },
  { type: OpCode.createTTL, record: { ...node, ttl: 5n } },
];

/** /p with cversion 3, and /p/c made by zxid 3. */
function treeWithChild(): DataTree {
  const tree = new DataTree({ ...plainPrep, extendedTypesEnabled: true });
  tree.create("/p", null, openAcl, 0n, -1, 1n, 0n);
  tree.create("/p/c", null, openAcl, 0n, 3, 3n, 0n);
  return tree;
}

describe("applyTxn", () => {
  it("moves the parent's counter when replay finds the node that is to be made, however it is made", () => {
    for (const create of creates) {
      for (const op of [create, { type: OpCode.multi, record: [create] } as const]) {
        const tree = treeWithChild();
        const result = applyTxn(tree, { clientId: 9n, zxid: 20n, time: 0n }, op, null);
        expect(result).to.equal(ErrorCode.NODEEXISTS);
        expect(tree.pzxid(tree.find("/p")), `type ${op.type} with ${create.type}`).to.equal(20n);
        expect(tree.find("/p/c"), "the node stays").to.be.greaterThan(-1);
      }
    }
  });

  it("changes nothing for a multi that holds an error, an error, or a createTTL without a ttl", () => {
    const refused: TxnOp = { type: OpCode.error, record: { err: ErrorCode.NONODE } };
    const remove: TxnOp = { type: OpCode.delete, record: { path: "/p/c" } };
    const withoutTtl: TxnOp = { type: OpCode.createTTL, record: { ...node, path: "/p/new", ttl: -1n } };
    for (const op of [{ type: OpCode.multi, record: [remove, refused] } as const, refused, withoutTtl]) {
      const tree = treeWithChild();
      const before = dumpTree(tree);
      applyTxn(tree, { clientId: 9n, zxid: 20n, time: 0n }, op, null);
      expect(dumpTree(tree)).to.deep.equal(before);
    }
  });

  it("closes a session with the paths of the transaction and whatever else it still owns", () => {
    const tree = treeWithChild();
    tree.create("/mine", null, openAcl, 9n, -1, 4n, 0n);
    tree.create("/other", null, openAcl, 8n, -1, 5n, 0n);
    const close: TxnOp = { type: OpCode.closeSession, record: { paths2Delete: ["/p/c", "/gone", null] } };
    applyTxn(tree, { clientId: 9n, zxid: 20n, time: 0n }, close, null);
    const there = ["/p/c", "/mine", "/other"].map((path) => tree.find(path) >= 0);
    expect(there).to.deep.equal([false, false, true]);
    expect(tree.pzxid(tree.find("/p"))).to.equal(20n);
  });
});
