import { ErrorCode } from "../../../protocol/errors.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import {
  CheckVersionRequest,
  CreateRequest,
  CreateTTLRequest,
  DeleteRequest,
  GetChildrenRequest,
  GetDataRequest,
  SetDataRequest,
} from "../../../protocol/records/client.ts";
import type { PrepContext, PrepResult, WriteRequest } from "../prep/prepContext.ts";
import { errorOp, type TxnOp } from "../txns/txnOp.ts";
import { prepareCheck } from "./check.ts";
import { isCreateMode, prepareCreate } from "./create.ts";
import { prepareDelete } from "./delete.ts";
import { prepareSetData } from "./setData.ts";

/** One operation of a multi or multiRead, as it came. */
export type MultiOp =
  | {
      readonly type: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer;
      readonly request: CreateRequest;
    }
  | { readonly type: typeof OpCode.createTTL; readonly request: CreateTTLRequest }
  | { readonly type: typeof OpCode.delete; readonly request: DeleteRequest }
  | { readonly type: typeof OpCode.setData; readonly request: SetDataRequest }
  | { readonly type: typeof OpCode.check; readonly request: CheckVersionRequest }
  | { readonly type: typeof OpCode.getData; readonly request: GetDataRequest }
  | { readonly type: typeof OpCode.getChildren; readonly request: GetChildrenRequest };

/** Whether an operation belongs to multiRead. */
export function isRead(op: MultiOp): boolean {
  return op.type === OpCode.getData || op.type === OpCode.getChildren;
}

/**
 * The operations up to the end marker (MultiOperationRecord.deserialize). Null when the whole request is refused with
 * MARSHALLINGERROR: an operation that neither kind knows, reads and writes mixed, create flags outside 0..6.
 * Throws JuteError when the bytes end early.
 */
export function readMultiOps(reader: JuteReader): MultiOp[] | null {
  const ops: MultiOp[] = [];
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

function readOp(reader: JuteReader, type: number): MultiOp | null {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer: {
      const request = CreateRequest.read(reader);
      return isCreateMode(request.flags) ? { type, request } : null;
    }
    case OpCode.createTTL: {
      const request = CreateTTLRequest.read(reader);
      return isCreateMode(request.flags) ? { type, request } : null;
    }
    case OpCode.delete:
      return { type, request: DeleteRequest.read(reader) };
    case OpCode.setData:
      return { type, request: SetDataRequest.read(reader) };
    case OpCode.check:
      return { type, request: CheckVersionRequest.read(reader) };
    case OpCode.getData:
      return { type, request: GetDataRequest.read(reader) };
    case OpCode.getChildren:
      return { type, request: GetChildrenRequest.read(reader) };
    default:
      return null;
  }
}

/**
 * multi: each operation is prepared on top of the ones before it; the first refusal takes all of them back. As in
 * Apache the operations before the refused one stay as they were proposed in the logged transaction and become
 * errors when it is applied (disk.md section 3).
 */
export function prepareMulti(context: PrepContext, request: WriteRequest, reader: JuteReader): PrepResult {
  let ops: MultiOp[] | null;
  try {
    ops = readMultiOps(reader);
  } catch (error) {
    if (error instanceof JuteError) return ErrorCode.MARSHALLINGERROR;
    throw error;
  }
  if (ops === null || ops.some((op) => isRead(op) || op.request.path === null))
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

function prepareOp(context: PrepContext, request: WriteRequest, op: MultiOp): PrepResult {
  switch (op.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
      return prepareCreate(context, request, op.type, op.request, -1n);
    case OpCode.createTTL:
      return prepareCreate(context, request, op.type, op.request, op.request.ttl);
    case OpCode.delete:
      return prepareDelete(context, request, op.request);
    case OpCode.setData:
      return prepareSetData(context, request, op.request);
    case OpCode.check:
      return prepareCheck(context, request, op.request);
    default:
      return ErrorCode.MARSHALLINGERROR;
  }
}
