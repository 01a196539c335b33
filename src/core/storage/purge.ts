import { logZxid, snapshotZxid } from "./fileNames.ts";

/**
 * Files that may go when the `retain` newest snapshots are kept (PurgeTxnLog): older snapshots, and logs that end
 * before the oldest kept snapshot starts. The log whose first zxid is the last one at or below that snapshot may
 * hold transactions after it, so it stays. `whole` tells which snapshots can be loaded; others do not count.
 */
export function planPurge(
  snapshotNames: readonly string[],
  logNames: readonly string[],
  retain: number,
  whole: (name: string) => boolean,
): { readonly snapshots: string[]; readonly logs: string[] } {
  const snapshots: { name: string; zxid: bigint }[] = [];
  for (const name of snapshotNames) {
    const parsed = snapshotZxid(name);
    if (parsed !== null) snapshots.push({ name, zxid: parsed.zxid });
  }
  snapshots.sort((a, b) => (a.zxid < b.zxid ? 1 : -1));
  const kept = snapshots.filter(({ name }) => whole(name)).slice(0, retain);
  const oldest = kept.at(-1);
  if (oldest === undefined) return { snapshots: [], logs: [] };

  let keptFrom: bigint | null = null;
  const logs: { name: string; zxid: bigint }[] = [];
  for (const name of logNames) {
    const zxid = logZxid(name);
    if (zxid === null) continue;
    logs.push({ name, zxid });
    if (zxid <= oldest.zxid && (keptFrom === null || zxid > keptFrom)) keptFrom = zxid;
  }
  const logBound = keptFrom ?? oldest.zxid;
  return {
    snapshots: snapshots.filter(({ zxid }) => zxid < oldest.zxid).map(({ name }) => name),
    logs: logs.filter(({ zxid }) => zxid < logBound).map(({ name }) => name),
  };
}
