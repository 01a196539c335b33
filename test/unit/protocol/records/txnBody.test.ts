import { expect } from "chai";
import { JuteError } from "../../../../protocol/jute/juteError.ts";
import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { CreateTxn, CreateTxnV0, MultiTxn, TxnHeader } from "../../../../protocol/records/txn.ts";
import {
  decodeTxn,
  encodeTxn,
  LoggedTxn,
  type TxnOp,
  writeTxnOp,
} from "../../../../protocol/records/txnBody.ts";
import { plain } from "../arbitraries.ts";
import { fromHex, roundTrip, same } from "../roundTrip.ts";

const acl = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];
const node = { path: "/a", data: Uint8Array.of(1), acl };

/** A header of this type in front of a body. */
function txn(type: number, ...body: Uint8Array[]): Uint8Array {
  const header = TxnHeader.encode({ clientId: 0x100000000000000n, cxid: 2, zxid: 3n, time: 4n, type });
  return new Uint8Array(Buffer.concat([header, ...body]));
}

const digest = fromHex("00000002fffffffffffffffe");

describe("decodeTxn", () => {
  it("takes a create without parentCVersion for the oldest form, and for that type only", () => {
    const v0 = CreateTxnV0.encode({ ...node, ephemeral: true });
    const { op } = decodeTxn(txn(OpCode.create, v0));
    expect(plain(op)).to.equal(plain({ type: 1, record: { ...node, ephemeral: true, parentCVersion: -1 } }));
    expect(() => decodeTxn(txn(OpCode.create2, v0))).to.throw(
      JuteError,
      "LoggedTxn.CreateTxn.parentCVersion: needs 4 bytes, 0 left at offset 71",
    );
    expect(() => decodeTxn(txn(OpCode.create, v0.subarray(0, 20)))).to.throw(JuteError, "CreateTxnV0.acl");
  });

  it("takes a closeSession without paths, with a digest behind it or not", () => {
    const empty = decodeTxn(txn(OpCode.closeSession));
    expect([empty.op, empty.digest]).to.deep.equal([{ type: -11, record: null }, null]);
    const bare = decodeTxn(txn(OpCode.closeSession, digest));
    expect([bare.op, bare.digest]).to.deep.equal([
      { type: -11, record: null },
      { version: 2, treeDigest: -2n },
    ]);
    for (const bytes of [txn(OpCode.closeSession), txn(OpCode.closeSession, digest)]) {
      expect(roundTrip(bytes, [LoggedTxn])).to.equal(same);
    }
  });

  it("reads paths of a closeSession that take as many bytes as a digest", () => {
    const paths = fromHex("00000001000000042f616263");
    const { op, digest: none } = decodeTxn(txn(OpCode.closeSession, paths));
    expect([op, none]).to.deep.equal([{ type: -11, record: { paths2Delete: ["/abc"] } }, null]);
    expect(decodeTxn(txn(OpCode.closeSession, fromHex("00000000"), digest))).to.deep.include({
      op: { type: -11, record: { paths2Delete: [] } },
      digest: { version: 2, treeDigest: -2n },
    });
  });

  it("ignores what is too short for a digest, and what stands behind one", () => {
    const error = fromHex("ffffff9b");
    expect(decodeTxn(txn(OpCode.error, error, digest.subarray(0, 11))).digest).to.equal(null);
    const longer = txn(OpCode.error, error, digest, digest);
    expect(decodeTxn(longer).digest).to.deep.equal({ version: 2, treeDigest: -2n });
    expect(decodeTxn(longer, 0, 36).digest).to.equal(null);
  });

  it("refuses types that no log holds", () => {
    for (const type of [0, 3, 9, 12, 22, 100, -2, -12]) {
      expect(() => decodeTxn(txn(type, digest))).to.throw(JuteError, `transaction type ${type}`);
    }
    expect(() => decodeTxn(new Uint8Array(31))).to.throw(JuteError, "LoggedTxn.type: needs 4 bytes");
  });
});

describe("a multi in a log", () => {
  const ops: TxnOp[] = [
    { type: OpCode.create, record: { ...node, ephemeral: false, parentCVersion: 1 } },
    { type: OpCode.error, record: { err: -103 } },
    { type: OpCode.error, record: { err: -2 } },
  ];
  const multi = {
    header: TxnHeader.decode(txn(OpCode.multi)),
    op: { type: 14, record: ops },
    digest: null,
  } as const;

  it("is MultiTxn with the records inside decoded", () => {
    const bytes = encodeTxn(multi);
    const txns = [
      { type: 1, data: CreateTxn.encode({ ...node, ephemeral: false, parentCVersion: 1 }) },
      { type: -1, data: fromHex("ffffff99") },
      { type: -1, data: fromHex("fffffffe") },
    ];
    expect(bytes).to.deep.equal(txn(OpCode.multi, MultiTxn.encode({ txns })));
    expect(plain(decodeTxn(bytes))).to.equal(plain(multi));
  });

  it("keeps every operation within its own length, and skips what its record leaves of that", () => {
    const tooShort = MultiTxn.encode({
      txns: [
        { type: 2, data: fromHex("000000022f") },
        { type: -1, data: digest },
      ],
    });
    expect(() => decodeTxn(txn(OpCode.multi, tooShort))).to.throw(
      JuteError,
      "LoggedTxn.MultiTxn.txns[0].DeleteTxn.path: length 2 goes past the end, 1 bytes left at offset 44",
    );
    const spare = MultiTxn.encode({
      txns: [
        { type: -1, data: fromHex("ffffff9900") },
        { type: 2, data: fromHex("000000012f") },
      ],
    });
    expect(decodeTxn(txn(OpCode.multi, spare, digest))).to.deep.include({
      op: {
        type: 14,
        record: [
          { type: -1, record: { err: -103 } },
          { type: 2, record: { path: "/" } },
        ],
      },
      digest: { version: 2, treeDigest: -2n },
    });
  });

  it("holds nothing but what Apache applies", () => {
    for (const type of [3, 7, 14, 16, -10, -11]) {
      const bytes = MultiTxn.encode({
        txns: [
          { type: -1, data: digest },
          { type, data: digest },
        ],
      });
      expect(() => decodeTxn(txn(OpCode.multi, bytes)), `${type}`).to.throw(
        JuteError,
        `LoggedTxn.MultiTxn.txns[1].type: operation type ${type} at offset 56`,
      );
    }
  });

  it("refuses lengths that are negative or go past the end", () => {
    for (const length of [-1, 1, 2 ** 31 - 1]) {
      const writer = new JuteWriter();
      writer.writeInt(1);
      writer.writeInt(OpCode.delete);
      writer.writeInt(length);
      expect(() => decodeTxn(txn(OpCode.multi, writer.copy()))).to.throw(
        JuteError,
        `LoggedTxn.MultiTxn.txns[0].data: length ${length} is not in 0..0 at offset 40`,
      );
    }
  });

  it("of no operations, or of null, is empty", () => {
    for (const count of ["00000000", "ffffffff", "fffffffe"]) {
      expect(decodeTxn(txn(OpCode.multi, fromHex(count))).op).to.deep.equal({ type: 14, record: [] });
    }
  });

  it("appends behind what a writer holds", () => {
    const writer = new JuteWriter(1);
    writer.writeByte(7);
    writeTxnOp(writer, { type: OpCode.multi, record: [{ type: OpCode.delete, record: { path: "/" } }] });
    expect(Buffer.from(writer.view()).toString("hex")).to.equal("0700000001000000020000000500000001" + "2f");
  });
});
