import type { PrepContext } from "../prep/prepContext.ts";

/**
 * Whether a write that adds `bytes` and `count` below a quota may go on (ZooKeeperServer.checkQuota). Counts are
 * those of the applied tree, so two creates of one multi can both fit into room for one, as in Apache. While memory is
 * short every growth is over quota: that is the one error by which clients know that a server has no room.
 */
export function checkQuota(context: PrepContext, path: string, bytes: number, count: number): boolean {
  if (context.memoryShort && (count > 0 || bytes > 0)) return false;
  if (!context.settings.enforceQuota) return true;
  const prefix = context.tree.quotaPrefix(path);
  if (prefix === null) return true;
  const quota = context.tree.quotaOf(prefix);
  if (quota === null) return true;
  const { limits, stats } = quota;
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
  if (limit === -1n || value <= limit) return true;
  const text = `quota of ${prefix} exceeded: ${what} would be ${value}, ${hard ? "hard" : "soft"} limit is ${limit}`;
  context.quotaExceeded(prefix, text, hard);
  return !hard;
}
