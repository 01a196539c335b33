import { ErrorCode } from "../../../protocol/errors.ts";
import { Perms } from "../../../protocol/flags.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { CheckVersionRequest } from "../../../protocol/records/client.ts";
import { validatePath } from "../paths/paths.ts";
import type { PrepContext, PrepResult, WriteRequest } from "../prep/prepContext.ts";
import { StatOffset, readInt32 } from "../tree/statLayout.ts";
import { versionFits } from "./version.ts";

/** check, which exists inside a multi only. It is logged with the version that a change would have made. */
export function prepareCheck(
  context: PrepContext,
  request: WriteRequest,
  check: CheckVersionRequest,
): PrepResult {
  if (request.sessionError !== 0) return request.sessionError as ErrorCode;
  if (check.path === null || !validatePath(check.path)) return ErrorCode.BADARGUMENTS;
  const node = context.changes.find(check.path);
  if (node === null || node.stat === null) return ErrorCode.NONODE;
  if (!context.allows(node.acl, Perms.READ, request.authIds)) return ErrorCode.NOAUTH;
  const current = readInt32(node.stat, StatOffset.version);
  if (!versionFits(check.version, current)) return ErrorCode.BADVERSION;
  return { type: OpCode.check, record: { path: check.path, version: (current + 1) | 0 } };
}
