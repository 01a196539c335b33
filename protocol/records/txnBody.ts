import { JuteError } from "../jute/juteError.ts";
import type { JuteReader } from "../jute/reader.ts";
import { codec, type Codec, type JuteType } from "../jute/schema.ts";
import type { JuteWriter } from "../jute/writer.ts";
import { OpCode } from "../opcodes.ts";
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
  TxnDigest,
  txnDigestVersion,
  TxnHeader,
} from "./txn.ts";

/** Whole transactions: what stands between length and end byte in a log, and in PROPOSAL and INFORM. */

/**
 * What a transaction does: the type in its header (in a multi, in front of the operation) and the record of that
 * type. A null record of closeSession is the empty body of servers with closeSessionTxn.enabled=false.
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

/** A transaction as it is logged. `op.type` repeats `header.type`; buffers in it are views of the bytes read. */
export interface LoggedTxn {
  readonly header: TxnHeader;
  readonly op: TxnOp;
  /** Digest of the tree afterwards (signed, as any long here); null for errors and where digests are off. */
  readonly digest: TxnDigest | null;
}

const headerBytes = 32;
const digestBytes = 12;

/**
 * Header, record and digest (SerializeUtils.deserializeTxn; disk.md section 3). Fewer than 12 bytes behind the
 * record are no digest and are ignored, as everything behind a digest. A create of the oldest form reads as
 * parentCVersion -1 and is written in the newer form.
 */
export const LoggedTxn: Codec<LoggedTxn> = codec<LoggedTxn>(
  "LoggedTxn",
  headerBytes,
  (reader) => {
    const header = TxnHeader.read(reader);
    const op = readTxnOp(reader, header.type);
    return { header, op, digest: reader.remaining < digestBytes ? null : TxnDigest.read(reader) };
  },
  (writer, { header, op, digest }) => {
    TxnHeader.write(writer, header);
    writeTxnOp(writer, op);
    if (digest !== null) TxnDigest.write(writer, digest);
  },
);

/**
 * Reads the transaction in bytes[start, end). Throws JuteError; also for a buffer above `juteLengthMaxDefault`, for
 * which `LoggedTxn.read` takes a reader with another bound.
 */
export function decodeTxn(bytes: Uint8Array, start = 0, end = bytes.length): LoggedTxn {
  return LoggedTxn.decode(bytes, start, end);
}

/** A block of its own for the caller. */
export function encodeTxn(txn: LoggedTxn): Uint8Array {
  return LoggedTxn.encode(txn);
}

/** What DataTree.processTxn takes inside a multi. */
const multiTypes: ReadonlySet<number> = new Set([
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
      return writeMulti(writer, op.record);
  }
}

/**
 * Reads the record of an operation of this type and leaves the reader behind it. Throws JuteError, also for a type
 * that no log holds.
 */
export function readTxnOp(reader: JuteReader, type: number): TxnOp {
  switch (type) {
    case OpCode.create:
      return { type, record: readCreate(reader) };
    case OpCode.create2:
      return { type, record: named(CreateTxn, reader) };
    case OpCode.createTTL:
      return { type, record: named(CreateTTLTxn, reader) };
    case OpCode.createContainer:
      return { type, record: named(CreateContainerTxn, reader) };
    case OpCode.delete:
    case OpCode.deleteContainer:
      return { type, record: named(DeleteTxn, reader) };
    case OpCode.setData:
    case OpCode.reconfig:
      return { type, record: named(SetDataTxn, reader) };
    case OpCode.setACL:
      return { type, record: named(SetACLTxn, reader) };
    case OpCode.check:
      return { type, record: named(CheckVersionTxn, reader) };
    case OpCode.createSession:
      return { type, record: named(CreateSessionTxn, reader) };
    case OpCode.closeSession:
      return { type, record: hasClosePaths(reader) ? named(CloseSessionTxn, reader) : null };
    case OpCode.error:
      return { type, record: named(ErrorTxn, reader) };
    case OpCode.multi:
      return { type, record: readMulti(reader) };
    default:
      throw new JuteError("VALUE", reader.position, `transaction type ${type}`, "type");
  }
}

/** Reads a record, whose name an error then bears: which one it is depends on the type. */
function named<T>(record: JuteType<T>, reader: JuteReader): T {
  try {
    return record.read(reader);
  } catch (error) {
    throw error instanceof JuteError ? error.within(record.name) : error;
  }
}

/** Logs of 3.3 hold creates without parentCVersion, which then counts as "the parent's plus one". */
function readCreate(reader: JuteReader): CreateTxn {
  const start = reader.position;
  try {
    return named(CreateTxn, reader);
  } catch (error) {
    if (!(error instanceof JuteError) || error.code !== "EOF") throw error;
    reader.position = start;
    return { ...named(CreateTxnV0, reader), parentCVersion: -1 };
  }
}

/**
 * False for an empty body, also where the digest follows at once: 12 bytes that begin with its version, where a list
 * would have to be of two empty paths. Apache reads the digest as a list then; mostly that runs past the end, and
 * counts as an empty body as well (tried on 3.9.5).
 */
function hasClosePaths(reader: JuteReader): boolean {
  if (reader.remaining !== digestBytes) return reader.remaining > 0;
  const start = reader.position;
  const first = reader.readInt();
  reader.position = start;
  return first !== txnDigestVersion;
}

/** MultiTxn: a count, and for each operation its type, the length of its record, and the record. */
function writeMulti(writer: JuteWriter, ops: readonly TxnOp[]): void {
  writer.writeVectorCount(ops.length);
  for (const op of ops) {
    writer.writeInt(op.type);
    const mark = writer.beginFrame();
    writeTxnOp(writer, op);
    writer.endFrame(mark);
  }
}

function readMulti(reader: JuteReader): TxnOp[] {
  const ops: TxnOp[] = [];
  const count = reader.readVectorCount(8);
  for (let i = 0; i < count; i++) {
    try {
      ops.push(readMultiOp(reader));
    } catch (error) {
      throw error instanceof JuteError ? error.within(`MultiTxn.txns[${i}]`) : error;
    }
  }
  return ops;
}

/** Bytes behind the record, but within its length, are ignored. */
function readMultiOp(reader: JuteReader): TxnOp {
  const type = reader.readInt();
  // Without this a multi could hold a multi, and a nest of them would go as deep as its bytes reach.
  if (!multiTypes.has(type)) {
    throw new JuteError("VALUE", reader.position - 4, `operation type ${type}`, "type");
  }
  const length = reader.readInt();
  if (length < 0 || length > reader.remaining) {
    const detail = `length ${length} is not in 0..${reader.remaining}`;
    throw new JuteError("LENGTH", reader.position - 4, detail, "data");
  }
  const { end } = reader;
  const next = reader.position + length;
  reader.end = next;
  try {
    return readTxnOp(reader, type);
  } finally {
    reader.end = end;
    reader.position = next;
  }
}
