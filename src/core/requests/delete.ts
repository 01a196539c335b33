import { ErrorCode } from "../../../protocol/errors.ts";
import { Perms } from "../../../protocol/flags.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { DeleteRequest } from "../../../protocol/records/client.ts";
import type { ChangeRecord } from "../prep/changeRecord.ts";
import type { PrepContext, PrepResult, WriteRequest } from "../prep/prepContext.ts";
import { ownerKindAt } from "../tree/ephemeralOwner.ts";
import { StatOffset, readInt32, writeInt64 } from "../tree/statLayout.ts";
import { versionFits } from "./version.ts";

const specialPaths = new Set(["/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"]);

/** The parent of a path that may be deleted, or the error; the full path rule is not applied here (client.md 7). */
function parentOf(path: string | null): string | ErrorCode {
  if (path === null) return ErrorCode.MARSHALLINGERROR;
  const slash = path.lastIndexOf("/");
  if (slash === -1 || path.includes("\0") || specialPaths.has(path)) return ErrorCode.BADARGUMENTS;
  return path.slice(0, slash);
}

/** delete (PrepRequestProcessor.pRequest2Txn): DELETE is a right on the parent, asked before the node is looked up. */
export function prepareDelete(
  context: PrepContext,
  request: WriteRequest,
  deletion: DeleteRequest,
): PrepResult {
  if (request.sessionError !== 0) return request.sessionError as ErrorCode;
  const parentPath = parentOf(deletion.path);
  if (typeof parentPath === "number" || deletion.path === null) return parentPath as ErrorCode;
  const parent = context.changes.find(parentPath);
  if (parent === null) return ErrorCode.NONODE;
  if (!context.allows(parent.acl, Perms.DELETE, request.authIds)) return ErrorCode.NOAUTH;
  const node = context.changes.find(deletion.path);
  if (node === null || node.stat === null) return ErrorCode.NONODE;
  if (!versionFits(deletion.version, readInt32(node.stat, StatOffset.version))) return ErrorCode.BADVERSION;
  if (node.childCount > 0) return ErrorCode.NOTEMPTY;
  addRemoval(context, request.zxid, parent, node);
  return { type: OpCode.delete, record: { path: deletion.path } };
}

/**
 * deleteContainer: the server's own request for containers and TTL nodes whose time has come, with `fromClient`
 * false. DIFFERS: Apache lets any client send it and asks for no permission; here a client needs the DELETE right
 * that delete needs (client.md section 21).
 */
export function prepareDeleteContainer(
  context: PrepContext,
  request: WriteRequest,
  path: string | null,
  fromClient: boolean,
): PrepResult {
  const parentPath = parentOf(path);
  if (typeof parentPath === "number" || path === null) return parentPath as ErrorCode;
  if (fromClient) {
    const parent = context.changes.find(parentPath);
    if (parent !== null && !context.allows(parent.acl, Perms.DELETE, request.authIds))
      return ErrorCode.NOAUTH;
  }
  const node = context.changes.find(path);
  if (node === null || node.stat === null) return ErrorCode.NONODE;
  if (node.childCount > 0) return ErrorCode.NOTEMPTY;
  if (ownerKindAt(node.stat, StatOffset.ephemeralOwner, context.settings) === "normal")
    return ErrorCode.BADVERSION;
  const parent = context.changes.find(parentPath);
  if (parent === null) return ErrorCode.NONODE;
  addRemoval(context, request.zxid, parent, node);
  return { type: OpCode.deleteContainer, record: { path } };
}

/** The deletion of a node as the next requests will see it: the parent loses a child and gets a new pzxid. */
export function addRemoval(
  context: PrepContext,
  zxid: bigint,
  parent: ChangeRecord,
  node: ChangeRecord,
): void {
  const changedParent = parent.copyFor(zxid);
  changedParent.childCount--;
  if (changedParent.stat !== null) writeInt64(changedParent.stat, StatOffset.pzxid, zxid);
  context.changes.update(changedParent, parent.digest);
  context.changes.remove(zxid, node);
}
