import { expect } from "chai";
import { JuteError } from "../../../../protocol/jute/juteError.ts";
import { JuteReader } from "../../../../protocol/jute/reader.ts";
import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { TxnHeader } from "../../../../protocol/records/txn.ts";
import { readTxn, readTxnOp, type TxnOp, writeTxnOp } from "../../../../src/core/txns/txnOp.ts";
import { openAcl } from "../../../support/coreClient.ts";

const data = Uint8Array.of(1, 2, 3);
const node = { path: "/a", data, acl: openAcl, parentCVersion: 4 };

const ops: TxnOp[] = [
  { type: OpCode.create, record: { ...node, ephemeral: true } },
  { type: OpCode.create2, record: { ...node, data: null, ephemeral: false } },
  { type: OpCode.createTTL, record: { ...node, ttl: 1n << 39n } },
  { type: OpCode.createContainer, record: node },
  { type: OpCode.delete, record: { path: "/a" } },
  { type: OpCode.deleteContainer, record: { path: "/a" } },
  { type: OpCode.setData, record: { path: "/a", data: null, version: 7 } },
  { type: OpCode.reconfig, record: { path: "/zookeeper/config", data, version: -1 } },
  { type: OpCode.setACL, record: { path: "/a", acl: null, version: 1 } },
  { type: OpCode.check, record: { path: "/a", version: 2 } },
  { type: OpCode.createSession, record: { timeOut: 4000 } },
  { type: OpCode.closeSession, record: { paths2Delete: ["/a", "/b"] } },
  { type: OpCode.closeSession, record: { paths2Delete: [] } },
  { type: OpCode.closeSession, record: { paths2Delete: ["/abc"] } },
  { type: OpCode.closeSession, record: null },
  { type: OpCode.error, record: { err: -101 } },
];

/** Types that a multi may hold, as Apache's DataTree.processTxn has them. */
const multiTypes = new Set<number>([
  OpCode.create,
  OpCode.create2,
  OpCode.createTTL,
  OpCode.createContainer,
  OpCode.delete,
  OpCode.deleteContainer,
  OpCode.setData,
  OpCode.check,
  OpCode.error,
]);

function encoded(op: TxnOp, digest: bigint | null): Uint8Array {
  const writer = new JuteWriter();
  TxnHeader.write(writer, { clientId: 1n, cxid: 2, zxid: 3n, time: 4n, type: op.type });
  writeTxnOp(writer, op);
  if (digest !== null) {
    writer.writeInt(2);
    writer.writeLong(BigInt.asIntN(64, digest));
  }
  return new Uint8Array(writer.view());
}

/** Views of Node's buffers and plain arrays compare as equal. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

describe("readTxn", () => {
  const all: TxnOp[] = [
    ...ops,
    { type: OpCode.multi, record: [] },
    { type: OpCode.multi, record: ops.filter(({ type }) => multiTypes.has(type)) },
  ];

  it("reads back every operation, with and without a digest behind it", () => {
    for (const op of all) {
      for (const digest of [null, 0n, 0x51c6d660n, (1n << 64n) - 1n]) {
        const txn = readTxn(new JuteReader(encoded(op, digest)));
        expect(plain(txn.op), `type ${op.type}`).to.deep.equal(plain(op));
        expect(txn.digest, `type ${op.type}`).to.equal(digest);
        expect(txn.header.zxid).to.equal(3n);
      }
    }
  });

  it("reads creates of version 0, which know no parentCVersion", () => {
    const whole = encoded(ops[0], null);
    const { op } = readTxn(new JuteReader(whole.subarray(0, whole.length - 4)));
    expect(plain(op)).to.deep.equal(
      plain({ type: OpCode.create, record: { ...node, ephemeral: true, parentCVersion: -1 } }),
    );
  });

  it("refuses what no log holds, and lengths inside a multi that go beyond it", () => {
    const reader = (bytes: number[]): JuteReader => new JuteReader(Uint8Array.from(bytes));
    expect(() => readTxnOp(reader([]), 999)).to.throw(JuteError);
    const sub = [0, 0, 0, 1, 0, 0, 0, 2];
    for (const length of [
      [0xff, 0xff, 0xff, 0xff],
      [0, 0, 0, 9],
    ]) {
      expect(() => readTxnOp(reader([...sub, ...length, 0, 0, 0, 2]), OpCode.multi)).to.throw(
        JuteError,
        /length -?\d+ is not in/,
      );
    }
  });

  it("keeps an operation of a multi within its own bytes", () => {
    const writer = new JuteWriter();
    writeTxnOp(writer, { type: OpCode.multi, record: [ops[4], ops[5]] });
    const bytes = new Uint8Array(writer.view());
    // The first path claims the bytes of the second operation.
    bytes[15] = 12;
    expect(() => readTxnOp(new JuteReader(bytes), OpCode.multi)).to.throw(JuteError);
  });
});
