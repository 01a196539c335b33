import { ErrorCode } from "../../../protocol/errors.ts";
import { Perms } from "../../../protocol/flags.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { SetDataRequest } from "../../../protocol/records/client.ts";
import { validatePath } from "../paths/paths.ts";
import type { PrepContext, PrepResult, WriteRequest } from "../prep/prepContext.ts";
import { StatOffset, readInt32, writeInt32, writeInt64 } from "../tree/statLayout.ts";
import { checkQuota } from "./checkQuota.ts";
import { keep } from "./keep.ts";
import { versionFits } from "./version.ts";

/** setData: the quota is asked before the version (client.md section 7). */
export function prepareSetData(
  context: PrepContext,
  request: WriteRequest,
  change: SetDataRequest,
): PrepResult {
  if (request.sessionError !== 0) return request.sessionError as ErrorCode;
  if (change.path === null || !validatePath(change.path)) return ErrorCode.BADARGUMENTS;
  const node = context.changes.find(change.path);
  if (node === null || node.stat === null) return ErrorCode.NONODE;
  if (!context.allows(node.acl, Perms.WRITE, request.authIds)) return ErrorCode.NOAUTH;
  const growth = (change.data?.length ?? 0) - node.dataLength;
  const overQuota = checkQuota(context, change.path, growth, 0);
  if (overQuota !== ErrorCode.OK) return overQuota;
  const current = readInt32(node.stat, StatOffset.version);
  if (!versionFits(change.version, current)) return ErrorCode.BADVERSION;

  const version = (current + 1) | 0;
  const data = keep(change.data);
  const changed = node.copyFor(request.zxid);
  context.changes.setData(changed, data);
  if (changed.stat !== null) {
    writeInt32(changed.stat, StatOffset.version, version);
    writeInt64(changed.stat, StatOffset.mtime, request.time);
    writeInt64(changed.stat, StatOffset.mzxid, request.zxid);
  }
  context.changes.update(changed, node.digest);
  return { type: OpCode.setData, record: { path: change.path, data, version }, content: changed.content };
}
