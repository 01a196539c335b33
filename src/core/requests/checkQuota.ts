import { ErrorCode } from "../../../protocol/errors.ts";
import type { PrepContext } from "../prep/prepContext.ts";

/**
 * Whether a write that adds `bytes` and `count` below a quota may go on (ZooKeeperServer.checkQuota): OK,
 * QUOTAEXCEEDED, or MARSHALLINGERROR where Apache fails to read limits or counts that a client wrote. Counts are
 * those of the applied tree, so two creates of one multi can both fit into room for one, as in Apache. While memory is
 * short every growth is over quota: that is the one error by which clients know that a server has no room.
 */
export function checkQuota(context: PrepContext, path: string, bytes: number, count: number): ErrorCode {
  if (context.memoryShort && (count > 0 || bytes > 0)) return ErrorCode.QUOTAEXCEEDED;
  if (!context.settings.enforceQuota) return ErrorCode.OK;
  const prefix = context.tree.quotaPrefix(path);
  if (prefix === null) return ErrorCode.OK;
  const quota = context.tree.quotaOf(prefix);
  if (quota === null) return ErrorCode.OK;
  const { limits, stats } = quota;
  if (!limits.wellFormed) return ErrorCode.MARSHALLINGERROR;
  const countMatters = count !== 0 && (limits.count > -1n || limits.countHardLimit > -1n);
  const bytesMatter = bytes !== 0 && (limits.bytes > -1n || limits.byteHardLimit > -1n);
  if (!countMatters && !bytesMatter) return ErrorCode.OK;
  if (stats === null) return ErrorCode.OK;
  if (!stats.wellFormed) return ErrorCode.MARSHALLINGERROR;
  // The count is asked first, and where it refuses the bytes are not looked at.
  if (countMatters) {
    const change: QuotaChange = { path, prefix, what: "count", value: stats.count + BigInt(count) };
    if (!within(context, change, limits.countHardLimit, limits.count)) return ErrorCode.QUOTAEXCEEDED;
  }
  if (bytesMatter) {
    const change: QuotaChange = { path, prefix, what: "byte", value: stats.bytes + BigInt(bytes) };
    if (!within(context, change, limits.byteHardLimit, limits.bytes)) return ErrorCode.QUOTAEXCEEDED;
  }
  return ErrorCode.OK;
}

/** What the write to `path` would make of the count or bytes of the quota on `prefix`. */
interface QuotaChange {
  readonly path: string;
  readonly prefix: string;
  readonly what: "count" | "byte";
  readonly value: bigint;
}

/** A hard limit, if there is one, stands in for the soft one. */
function within(context: PrepContext, change: QuotaChange, hardLimit: bigint, softLimit: bigint): boolean {
  const { path, prefix, what, value } = change;
  const hard = hardLimit > -1n;
  const limit = hard ? hardLimit : softLimit;
  if (value <= limit) return true;
  const message = `quota of ${prefix} exceeded: ${what} would be ${value}, ${hard ? "hard" : "soft"} limit is ${limit}`;
  context.quotaExceeded(path, prefix, message, hard);
  return !hard;
}
