import { ErrorCode } from "../../../protocol/errors.ts";
import { CreateMode } from "../../../protocol/flags.ts";
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
import { isCreateMode, isTtlMode, prepareCreate } from "./create.ts";
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
export function readMultiOps(reader: JuteReader): MultiOp[] | null {
  try {
    return readUntilDone(reader);
  } catch (error) {
    if (error instanceof JuteError && !(error instanceof MissingAcl)) return null;
    throw error;
  }
}

function readUntilDone(reader: JuteReader): MultiOp[] | null {
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
      if (!isCreateMode(request.flags)) return null;
      if (request.acl === null) throw new MissingAcl(reader.position);
      return isTtlMode(request.flags) ? null : createOp(type, request);
    }
    case OpCode.createTTL: {
      const request = CreateTTLRequest.read(reader);
      return isTtlMode(request.flags) ? { type, request } : createOp(OpCode.create, request);
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

/** In a multi the mode decides about the opcode, not the other way round (Op.Create.getOpcode). */
function createOp(
  type: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer,
  request: CreateRequest,
): MultiOp {
  return { type: request.flags === CreateMode.CONTAINER ? OpCode.createContainer : type, request };
}

/**
 * multi: each operation is prepared on top of the ones before it; the first refusal takes all of them back. As in
 * Apache the operations before the refused one stay as they were proposed in the logged transaction and become
 * errors when it is applied (disk.md section 3).
 */
export function prepareMulti(
  context: PrepContext,
  request: WriteRequest,
  ops: readonly MultiOp[] | null,
): PrepResult {
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
