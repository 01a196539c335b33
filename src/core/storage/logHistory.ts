import { copyOf } from "../requests/keep.ts";
import type { CommittedProposal } from "../zab/sync/committedLog.ts";
import { snapshotZxid } from "./fileNames.ts";
import type { FileSystem } from "./fileSystem.ts";
import { readLog } from "./logReader.ts";
import { findFiles, type StorageFolders } from "./storageFiles.ts";
import { follows, recordZxid } from "./zxidOrder.ts";

/** What stops a read that has all that it needs. */
class Enough extends Error {}

/** Transactions are missing: nothing can be told from here on. */
class Hole extends Error {}

/**
 * Transactions of the logs, from the last that is not above `zxid`, up to `untilZxid`, for a learner that was away for
 * longer than the memory goes back. Null where the logs do not reach back so far, or where a snapshot is less work:
 * their files together are larger than `sizeFactor` times the newest snapshot (zookeeper.snapshotSizeFactor).
 */
export async function readHistory(
  fileSystem: FileSystem,
  folders: StorageFolders,
  juteLengthMax: number,
  sizeFactor: number,
  zxid: bigint,
  untilZxid: bigint,
): Promise<CommittedProposal[] | null> {
  if (sizeFactor < 0) return null;
  const { logs } = await findFiles(fileSystem, folders, false);
  let first = logs.length - 1;
  while (first > 0 && logs[first].zxid > zxid) first--;
  const needed = logs.slice(Math.max(first, 0));
  if (needed.length === 0 || needed[0].zxid > zxid) return null;
  const bytes = needed.reduce((sum, { size }) => sum + size, 0);
  if (bytes > sizeFactor * (await newestSnapshotBytes(fileSystem, folders))) return null;
  const history: CommittedProposal[] = [];
  for (const { name } of needed) {
    const file = await fileSystem.open(`${folders.logs}/${name}`, "r");
    try {
      await readLog(file, juteLengthMax, (record, start, end) => {
        const at = recordZxid(record, start, end);
        if (at > untilZxid) throw new Enough();
        const last = history.at(-1)?.zxid ?? -1n;
        if (at <= last) return;
        // A snapshot from a leader leaves a hole in the log before it.
        if (last !== -1n && !follows(last, at)) throw new Hole();
        // Of those that the learner has, the last is enough to find its place.
        if (at <= zxid) history.length = 0;
        history.push({ zxid: at, data: copyOf(record.subarray(start, end)) });
      });
    } catch (error) {
      if (error instanceof Enough) break;
      if (error instanceof Hole) return null;
      throw error;
    } finally {
      await file.close();
    }
  }
  return history.length === 0 || history[0].zxid > zxid ? null : history;
}

async function newestSnapshotBytes(fileSystem: FileSystem, folders: StorageFolders): Promise<number> {
  let newest = -1n;
  let bytes = 0;
  for (const { name, size } of (await fileSystem.list(folders.snapshots)) ?? []) {
    const parsed = snapshotZxid(name);
    if (parsed === null || parsed.zxid <= newest) continue;
    newest = parsed.zxid;
    bytes = size;
  }
  return bytes;
}
