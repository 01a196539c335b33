import { ErrorCode } from "../../../protocol/errors.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { ACL } from "../../../protocol/records/client.ts";
import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import { containerOwner, ttlOwner } from "../tree/ephemeralOwner.ts";
import { noNode, type Tree, type TreeResult } from "../tree/tree.ts";
import type { PreparedOp, TxnOp } from "./txnOp.ts";

/** Where a transaction stands in history: the fields of its header that apply looks at. */
export interface TxnPlace {
  readonly clientId: bigint;
  readonly zxid: bigint;
  readonly time: bigint;
}

/** Where dataLength stands in a Stat on the wire: behind czxid to mtime, three versions and ephemeralOwner. */
const dataLengthOffset = 52;

/**
 * Applies a transaction to the tree (DataTree.processTxn) and returns 0 or the first error. Runs for new proposals,
 * for replay and for learners alike, so it must not depend on anything but the tree and the transaction; replay may
 * meet a tree that has seen it already. `results` receives the body of a multi's reply.
 */
export function applyTxn(tree: Tree, place: TxnPlace, op: TxnOp, results: JuteWriter | null): TreeResult {
  if (op.type === OpCode.multi) return applyMulti(tree, place, op.record, results);
  return applyOp(tree, place, op);
}

function applyOp(tree: Tree, place: TxnPlace, op: PreparedOp): TreeResult {
  const { zxid, time } = place;
  switch (op.type) {
    case OpCode.create:
    case OpCode.create2: {
      const { path, data, acl, ephemeral, parentCVersion } = op.record;
      return create(
        tree,
        place,
        path,
        data,
        acl,
        ephemeral ? place.clientId : 0n,
        parentCVersion,
        op.content,
      );
    }
    case OpCode.createTTL: {
      const { path, data, acl, parentCVersion, ttl } = op.record;
      // A log of Apache may hold the transaction that Apache itself cannot replay (client.md section 21).
      if (ttl <= 0n) return ErrorCode.BADARGUMENTS;
      return create(tree, place, path, data, acl, ttlOwner(ttl), parentCVersion, op.content);
    }
    case OpCode.createContainer: {
      const { path, data, acl, parentCVersion } = op.record;
      return create(tree, place, path, data, acl, containerOwner, parentCVersion, op.content);
    }
    case OpCode.delete:
    case OpCode.deleteContainer:
      return tree.delete(op.record.path ?? "", zxid);
    case OpCode.setData:
    case OpCode.reconfig: {
      const { path, data, version } = op.record;
      return tree.setData(path ?? "", data, version, zxid, time, op.content);
    }
    case OpCode.setACL:
      return tree.setAcl(op.record.path ?? "", op.record.acl, op.record.version);
    case OpCode.closeSession:
      return killSession(tree, place, op.record?.paths2Delete ?? null);
    case OpCode.error:
      return op.record.err;
    default:
      return ErrorCode.OK;
  }
}

/**
 * Replay may find the node: a snapshot that was written meanwhile can hold it though its parent stands there as it was
 * before. The parent's counter then moves all the same. DIFFERS: Apache does so for plain creates outside a multi only.
 */
function create(
  tree: Tree,
  place: TxnPlace,
  path: string | null,
  data: Uint8Array | null,
  acl: readonly ACL[] | null,
  owner: bigint,
  parentCVersion: number,
  content: number | undefined,
): TreeResult {
  const { zxid, time } = place;
  const at = path ?? "";
  const result = tree.create(at, data, acl, owner, parentCVersion, zxid, time, content);
  if (result === ErrorCode.NODEEXISTS)
    tree.raiseCVersion(at.slice(0, at.lastIndexOf("/")), parentCVersion, zxid);
  return result;
}

/** Paths of the transaction first, then whatever else the session still owns (DataTree.killSession). */
function killSession(tree: Tree, place: TxnPlace, paths: readonly (string | null)[] | null): TreeResult {
  for (const path of paths ?? []) if (path !== null) tree.delete(path, place.zxid);
  for (const path of tree.ephemeralsOf(place.clientId)) tree.delete(path, place.zxid);
  return ErrorCode.OK;
}

/**
 * A multi holds an error exactly when it was refused: nothing of it is applied then, operations before the error
 * answer 0 and those after it RUNTIMEINCONSISTENCY.
 */
function applyMulti(
  tree: Tree,
  place: TxnPlace,
  ops: readonly TxnOp[],
  results: JuteWriter | null,
): TreeResult {
  const failedAt = ops.findIndex((op) => op.type === OpCode.error);
  let first: TreeResult = ErrorCode.OK;
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i];
    let result: TreeResult;
    if (failedAt < 0) result = applyOp(tree, place, op);
    else if (op.type === OpCode.error) result = op.record.err;
    else result = i < failedAt ? ErrorCode.OK : ErrorCode.RUNTIMEINCONSISTENCY;
    if (result !== ErrorCode.OK && first === ErrorCode.OK) first = result;
    if (results !== null) writeResult(tree, results, op, failedAt < 0, result);
  }
  if (results !== null) writeMultiHeader(results, -1, true, -1);
  return first;
}

function writeResult(tree: Tree, out: JuteWriter, op: TxnOp, applied: boolean, result: TreeResult): void {
  if (!applied) {
    writeMultiHeader(out, OpCode.error, false, result);
    out.writeInt(result);
    return;
  }
  switch (op.type) {
    case OpCode.create:
      writeMultiHeader(out, OpCode.create, false, 0);
      return out.writeString(op.record.path);
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      // Apache answers all three as create2 (client.md section 15).
      writeMultiHeader(out, OpCode.create2, false, 0);
      out.writeString(op.record.path);
      return writeCreatedStat(out, tree, op.record.path, op.record.data);
    case OpCode.setData:
      writeMultiHeader(out, OpCode.setData, false, 0);
      return writeStatOf(out, tree, op.record.path);
    default:
      writeMultiHeader(out, op.type, false, 0);
  }
}

/** Stat of the node at `path`, if there is one. */
export function writeStatOf(out: JuteWriter, tree: Tree, path: string | null): void {
  const ref = tree.find(path ?? "");
  if (ref !== noNode) tree.writeStat(ref, out);
}

/** Stat of a node that was just created: dataLength is that of the request, also where a quota's counts took its place. */
export function writeCreatedStat(
  out: JuteWriter,
  tree: Tree,
  path: string | null,
  data: Uint8Array | null,
): void {
  const at = out.length;
  writeStatOf(out, tree, path);
  if (out.length > at) out.patchInt(at + dataLengthOffset, data?.length ?? 0);
}

/** MultiHeader: type, done, err. */
export function writeMultiHeader(out: JuteWriter, type: number, done: boolean, err: number): void {
  out.writeInt(type);
  out.writeBoolean(done);
  out.writeInt(err);
}
