import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { keep } from "../requests/keep.ts";
import type { TxnHeader } from "../../../protocol/records/txn.ts";
import { LoggedTxn, readTxnOp, writeTxnOp, type TxnOp } from "../../../protocol/records/txnBody.ts";

export { readTxnOp, writeTxnOp, type TxnOp };

/** An operation that prep has made: it has `contentDigest` of path and data already, which apply would sum up again. */
export type PreparedOp = TxnOp & { readonly content?: number };

/** An error transaction: a refused write, or one operation of a refused multi. */
export function errorOp(err: number): TxnOp {
  return { type: OpCode.error, record: { err } };
}

/** A transaction read back: header, operation, and the tree digest behind it if there is one (unsigned). */
export interface DecodedTxn {
  readonly header: TxnHeader;
  readonly op: TxnOp;
  readonly digest: bigint | null;
}

/** Reads header, record and optional digest; buffers are views of the reader's bytes. Throws JuteError. */
export function readTxn(reader: JuteReader): DecodedTxn {
  const { header, op, digest } = LoggedTxn.read(reader);
  return { header, op, digest: digest === null ? null : BigInt.asUintN(64, digest.treeDigest) };
}

/** Copies data out of the bytes that it was read from, which are used again. */
export function ownBytes(op: TxnOp): void {
  switch (op.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createTTL:
    case OpCode.createContainer:
    case OpCode.setData:
    case OpCode.reconfig:
      op.record.data = keep(op.record.data);
      return;
    case OpCode.multi:
      for (const sub of op.record) ownBytes(sub);
      return;
    default:
  }
}
