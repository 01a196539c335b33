import { ErrorCode } from "../../../protocol/errors.ts";
import { Perms } from "../../../protocol/flags.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { SetACLRequest } from "../../../protocol/records/client.ts";
import { validatePath } from "../paths/paths.ts";
import type { PrepContext, PrepResult, WriteRequest } from "../prep/prepContext.ts";
import { StatOffset, readInt32, writeInt32 } from "../tree/statLayout.ts";
import { versionFits } from "./version.ts";

/** setACL: the list is judged before the node is looked up (client.md section 7). */
export function prepareSetAcl(
  context: PrepContext,
  request: WriteRequest,
  change: SetACLRequest,
): PrepResult {
  if (request.sessionError !== 0) return request.sessionError as ErrorCode;
  if (change.path === null || !validatePath(change.path)) return ErrorCode.BADARGUMENTS;
  const acl = context.fixAcl(change.acl, request.authIds);
  if (typeof acl === "number") return acl as ErrorCode;
  const node = context.changes.find(change.path);
  if (node === null || node.stat === null) return ErrorCode.NONODE;
  if (!context.allows(node.acl, Perms.ADMIN, request.authIds)) return ErrorCode.NOAUTH;
  const current = readInt32(node.stat, StatOffset.aversion);
  if (!versionFits(change.version, current)) return ErrorCode.BADVERSION;

  const version = (current + 1) | 0;
  const changed = node.copyFor(request.zxid);
  // DIFFERS: in Apache what comes before this is applied may still be checked against the list before.
  changed.acl = acl;
  if (changed.stat !== null) writeInt32(changed.stat, StatOffset.aversion, version);
  context.changes.update(changed, node.digest);
  return { type: OpCode.setACL, record: { path: change.path, acl: [...acl], version } };
}
