import { ErrorCode } from "../../../protocol/errors.ts";
import { CreateMode } from "../../../protocol/flags.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { CreateRequest } from "../../../protocol/records/client.ts";
import { readMultiRequestOp, type MultiRequestOp } from "../../../protocol/records/multi.ts";
import type { PrepContext, PrepResult, WriteRequest } from "../prep/prepContext.ts";
import { errorOp, type TxnOp } from "../txns/txnOp.ts";
import { prepareCheck } from "./check.ts";
import { isCreateMode, isTtlMode, prepareCreate } from "./create.ts";
import { prepareDelete } from "./delete.ts";
import { prepareSetData } from "./setData.ts";

/** Whether an operation belongs to multiRead. */
export function isRead(op: MultiRequestOp): boolean {
  return op.type === OpCode.getData || op.type === OpCode.getChildren;
}

/** A create without an ACL list in a multi: Apache stumbles over it before it has taken a zxid. */
class MissingAcl extends JuteError {
  constructor(offset: number) {
    super("VALUE", offset, "null", "MultiRequest.acl");
    this.name = "MissingAcl";
  }
}

/**
 * The operations up to the end marker (MultiOperationRecord.deserialize). Null when the whole request is refused with
 * MARSHALLINGERROR: bytes that end early, an operation that neither kind knows, reads and writes mixed, a create whose
 * flags are outside 0..6 or want a ttl. Throws JuteError for a create without an ACL list, which is refused too and
 * takes no zxid.
 */
export function readMultiOps(reader: JuteReader): MultiRequestOp[] | null {
  try {
    return readUntilDone(reader);
  } catch (error) {
    if (error instanceof JuteError && !(error instanceof MissingAcl)) return null;
    throw error;
  }
}

function readUntilDone(reader: JuteReader): MultiRequestOp[] | null {
  const ops: MultiRequestOp[] = [];
  for (;;) {
    const type = reader.readInt();
    const done = reader.readBoolean();
    reader.readInt();
    if (done) return ops;
    const op = readOp(reader, type);
    if (op === null || (ops.length > 0 && isRead(ops[0]) !== isRead(op))) return null;
    ops.push(op);
  }
}

function readOp(reader: JuteReader, type: number): MultiRequestOp | null {
  const op = readMultiRequestOp(reader, type);
  switch (op.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      if (!isCreateMode(op.record.flags)) return null;
      if (op.record.acl === null) throw new MissingAcl(reader.position);
      return isTtlMode(op.record.flags) ? null : createOp(op.type, op.record);
    case OpCode.createTTL:
      return isTtlMode(op.record.flags) ? op : createOp(OpCode.create, op.record);
    default:
      return op;
  }
}

/** In a multi the mode decides about the opcode, not the other way round (Op.Create.getOpcode). */
function createOp(
  type: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer,
  record: CreateRequest,
): MultiRequestOp {
  return { type: record.flags === CreateMode.CONTAINER ? OpCode.createContainer : type, record };
}

/**
 * multi: each operation is prepared on top of the ones before it; the first refusal takes all of them back. As in
 * Apache the operations before the refused one stay as they were proposed in the logged transaction and become
 * errors when it is applied (disk.md section 3).
 */
export function prepareMulti(
  context: PrepContext,
  request: WriteRequest,
  ops: readonly MultiRequestOp[] | null,
): PrepResult {
  if (ops === null || ops.some((op) => isRead(op) || op.record.path === null))
    return ErrorCode.MARSHALLINGERROR;
  const mark = context.changes.mark();
  const txns: TxnOp[] = [];
  let failed = false;
  for (const op of ops) {
    if (failed) {
      txns.push(errorOp(ErrorCode.RUNTIMEINCONSISTENCY));
      continue;
    }
    const prepared = prepareOp(context, request, op);
    if (typeof prepared === "number") {
      // An unexpected failure inside an operation, such as a null id in an ACL, refuses the whole request.
      if (prepared === ErrorCode.MARSHALLINGERROR) {
        context.changes.rollBack(mark);
        return prepared;
      }
      failed = true;
      context.changes.rollBack(mark);
      txns.push(errorOp(prepared));
    } else {
      txns.push(prepared);
    }
  }
  return { type: OpCode.multi, record: txns };
}

function prepareOp(context: PrepContext, request: WriteRequest, op: MultiRequestOp): PrepResult {
  switch (op.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      return prepareCreate(context, request, op.type, op.record, -1n);
    case OpCode.createTTL:
      return prepareCreate(context, request, op.type, op.record, op.record.ttl);
    case OpCode.delete:
      return prepareDelete(context, request, op.record);
    case OpCode.setData:
      return prepareSetData(context, request, op.record);
    case OpCode.check:
      return prepareCheck(context, request, op.record);
    default:
      return ErrorCode.MARSHALLINGERROR;
  }
}
