import type { JuteReader } from "../../../protocol/jute/reader.ts";
import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import {
  CheckVersionTxn,
  CloseSessionTxn,
  CreateContainerTxn,
  CreateSessionTxn,
  CreateTTLTxn,
  CreateTxn,
  CreateTxnV0,
  DeleteTxn,
  ErrorTxn,
  SetACLTxn,
  SetDataTxn,
  TxnHeader,
} from "../../../protocol/records/txn.ts";
import { digestVersion } from "../tree/nodeDigest.ts";

/** TxnDigest behind a record: int version, long digest. */
const digestBytes = 12;

/**
 * What a transaction does, decoded: the type in its header and the record of that type. `prep` makes it, the log
 * and the peers carry its bytes, `applyTxn` applies it. A null record of closeSession is the empty body of servers
 * with closeSessionTxn.enabled=false.
 */
export type TxnOp =
  | { readonly type: typeof OpCode.create | typeof OpCode.create2; readonly record: CreateTxn }
  | { readonly type: typeof OpCode.createTTL; readonly record: CreateTTLTxn }
  | { readonly type: typeof OpCode.createContainer; readonly record: CreateContainerTxn }
  | { readonly type: typeof OpCode.delete | typeof OpCode.deleteContainer; readonly record: DeleteTxn }
  | { readonly type: typeof OpCode.setData | typeof OpCode.reconfig; readonly record: SetDataTxn }
  | { readonly type: typeof OpCode.setACL; readonly record: SetACLTxn }
  | { readonly type: typeof OpCode.check; readonly record: CheckVersionTxn }
  | { readonly type: typeof OpCode.createSession; readonly record: CreateSessionTxn }
  | { readonly type: typeof OpCode.closeSession; readonly record: CloseSessionTxn | null }
  | { readonly type: typeof OpCode.error; readonly record: ErrorTxn }
  | { readonly type: typeof OpCode.multi; readonly record: readonly TxnOp[] };

/** An error transaction: a refused write, or one operation of a refused multi. */
export function errorOp(err: number): TxnOp {
  return { type: OpCode.error, record: { err } };
}

/** Appends the record of an operation, without its type. */
export function writeTxnOp(writer: JuteWriter, op: TxnOp): void {
  switch (op.type) {
    case OpCode.create:
    case OpCode.create2:
      return CreateTxn.write(writer, op.record);
    case OpCode.createTTL:
      return CreateTTLTxn.write(writer, op.record);
    case OpCode.createContainer:
      return CreateContainerTxn.write(writer, op.record);
    case OpCode.delete:
    case OpCode.deleteContainer:
      return DeleteTxn.write(writer, op.record);
    case OpCode.setData:
    case OpCode.reconfig:
      return SetDataTxn.write(writer, op.record);
    case OpCode.setACL:
      return SetACLTxn.write(writer, op.record);
    case OpCode.check:
      return CheckVersionTxn.write(writer, op.record);
    case OpCode.createSession:
      return CreateSessionTxn.write(writer, op.record);
    case OpCode.closeSession:
      return op.record === null ? undefined : CloseSessionTxn.write(writer, op.record);
    case OpCode.error:
      return ErrorTxn.write(writer, op.record);
    case OpCode.multi:
      writer.writeVectorCount(op.record.length);
      for (const sub of op.record) {
        writer.writeInt(sub.type);
        const mark = writer.beginFrame();
        writeTxnOp(writer, sub);
        writer.endFrame(mark);
      }
  }
}

/**
 * Reads the record of an operation of this type. Leaves the reader behind it, so that a digest may follow.
 * Buffers are views of the reader's bytes. Throws JuteError for a type that no log holds.
 */
export function readTxnOp(reader: JuteReader, type: number): TxnOp {
  switch (type) {
    case OpCode.create:
      return { type, record: readCreate(reader) };
    case OpCode.create2:
      return { type, record: CreateTxn.read(reader) };
    case OpCode.createTTL:
      return { type, record: CreateTTLTxn.read(reader) };
    case OpCode.createContainer:
      return { type, record: CreateContainerTxn.read(reader) };
    case OpCode.delete:
    case OpCode.deleteContainer:
      return { type, record: DeleteTxn.read(reader) };
    case OpCode.setData:
    case OpCode.reconfig:
      return { type, record: SetDataTxn.read(reader) };
    case OpCode.setACL:
      return { type, record: SetACLTxn.read(reader) };
    case OpCode.check:
      return { type, record: CheckVersionTxn.read(reader) };
    case OpCode.createSession:
      return { type, record: CreateSessionTxn.read(reader) };
    case OpCode.closeSession:
      return { type, record: hasClosePaths(reader) ? CloseSessionTxn.read(reader) : null };
    case OpCode.error:
      return { type, record: ErrorTxn.read(reader) };
    case OpCode.multi:
      return { type, record: readMulti(reader) };
    default:
      throw new JuteError("VALUE", reader.position, `transaction type ${type}`);
  }
}

/**
 * False for the empty closeSession of closeSessionTxn.enabled=false, also when the digest follows it straight away:
 * 12 bytes that start with its version, where a list of so few bytes could only hold two empty paths. Apache goes by
 * its own setting instead and stumbles over logs that were written with the other one.
 */
function hasClosePaths(reader: JuteReader): boolean {
  if (reader.remaining !== digestBytes) return reader.remaining > 0;
  const start = reader.position;
  const first = reader.readInt();
  reader.position = start;
  return first !== digestVersion;
}

/** Logs of 3.3 hold creates without parentCVersion, which then counts as "the parent's plus one". */
function readCreate(reader: JuteReader): CreateTxn {
  const start = reader.position;
  try {
    return CreateTxn.read(reader);
  } catch (error) {
    if (!(error instanceof JuteError) || error.code !== "EOF") throw error;
    reader.position = start;
    return { ...CreateTxnV0.read(reader), parentCVersion: -1 };
  }
}

function readMulti(reader: JuteReader): TxnOp[] {
  const ops: TxnOp[] = [];
  const count = reader.readVectorCount(8);
  for (let i = 0; i < count; i++) {
    const type = reader.readInt();
    // DataTree.processTxn refuses it as well; here, a nest of them would go as deep as its bytes reach.
    if (type === OpCode.multi)
      throw new JuteError("VALUE", reader.position - 4, "multi inside a multi", `MultiTxn.txns[${i}]`);
    const length = reader.readInt();
    if (length < 0 || length > reader.remaining) {
      throw new JuteError(
        "LENGTH",
        reader.position - 4,
        `operation of ${length} bytes`,
        `MultiTxn.txns[${i}]`,
      );
    }
    const end = reader.end;
    const next = reader.position + length;
    reader.end = next;
    ops.push(readTxnOp(reader, type));
    reader.end = end;
    reader.position = next;
  }
  return ops;
}

/** A transaction read back: header, operation, and the tree digest behind it if there is one (unsigned). */
export interface DecodedTxn {
  readonly header: TxnHeader;
  readonly op: TxnOp;
  readonly digest: bigint | null;
}

/** Reads header, record and optional digest (disk.md section 3). */
export function readTxn(reader: JuteReader): DecodedTxn {
  const header = TxnHeader.read(reader);
  const op = readTxnOp(reader, header.type);
  let digest: bigint | null = null;
  if (reader.remaining >= digestBytes) {
    reader.readInt();
    digest = BigInt.asUintN(64, reader.readLong());
  }
  return { header, op, digest };
}
