import { ErrorCode } from "../../../protocol/errors.ts";
import type { StatsTrack } from "../quota/statsTrack.ts";
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
  if (!stats.wellFormed) return ErrorCode.MARSHALLINGERROR;
  return fits(context, prefix, limits, stats, countMatters ? count : 0, bytesMatter ? bytes : 0)
    ? ErrorCode.OK
    : ErrorCode.QUOTAEXCEEDED;
}

function fits(
  context: PrepContext,
  prefix: string,
  limits: StatsTrack,
  stats: StatsTrack,
  count: number,
  bytes: number,
): boolean {
  return (
    (count === 0 ||
      within(context, prefix, "count", stats.count + BigInt(count), limits.countHardLimit, limits.count)) &&
    (bytes === 0 ||
      within(context, prefix, "byte", stats.bytes + BigInt(bytes), limits.byteHardLimit, limits.bytes))
  );
}

/** A hard limit, if there is one, stands in for the soft one. */
function within(
  context: PrepContext,
  prefix: string,
  what: string,
  value: bigint,
  hardLimit: bigint,
  softLimit: bigint,
): boolean {
  const hard = hardLimit > -1n;
  const limit = hard ? hardLimit : softLimit;
  if (value <= limit) return true;
  const text = `quota of ${prefix} exceeded: ${what} would be ${value}, ${hard ? "hard" : "soft"} limit is ${limit}`;
  context.quotaExceeded(prefix, text, hard);
  return !hard;
}
