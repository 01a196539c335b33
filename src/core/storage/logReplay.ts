import { formatHex } from "../../../protocol/longs.ts";
import type { RecoveryEvents, TxnSink } from "./contracts.ts";
import { datasync } from "./datasync.ts";
import type { FileHandle, FileSystem } from "./fileSystem.ts";
import { describeEnd } from "./logFormat.ts";
import { readLog, type LogScan } from "./logReader.ts";
import type { LogFile, StorageFolders } from "./storageFiles.ts";
import { damagedDataExitCode, StorageError } from "./storageError.ts";
import { judgeTail } from "./tailDamage.ts";
import { ZxidOrder } from "./zxidOrder.ts";

/** Logs larger than this, in bytes, are worth a line about progress. */
const largeLogBytes = 64 * 1024 * 1024;

/**
 * Hands every transaction after zxid `snapshot` to the sink, in order. The torn end of the newest log is cut off and
 * the log synced. Throws StorageError for damage that lost what was acknowledged.
 */
export async function replayLogs(
  fileSystem: FileSystem,
  folders: StorageFolders,
  juteLengthMax: number,
  logs: readonly LogFile[],
  snapshot: bigint,
  sink: TxnSink,
  events: RecoveryEvents,
): Promise<{ lastZxid: bigint; txnCount: number }> {
  // The log that holds the snapshot's next transaction is the last one whose name is not above it.
  let first = 0;
  while (first + 1 < logs.length && logs[first + 1].zxid <= snapshot + 1n) first++;
  const needed = logs.slice(first);
  const order = new ZxidOrder(snapshot, events.warn.bind(events));
  for (const [i, log] of needed.entries()) {
    const path = `${folders.logs}/${log.name}`;
    const newest = i === needed.length - 1;
    if (needed.length > 1 || log.size > largeLogBytes) events.progress(`replaying log ${log.name}`);
    const file = await fileSystem.open(path, newest ? "r+" : "r");
    let scan: LogScan;
    try {
      scan = await readLog(file, juteLengthMax, (bytes, start, end, offset) => {
        if (order.isNew(bytes, start, end, path, offset)) sink.txn(bytes, start, end);
      });
      judge(scan, path, newest, order.last, events);
      if (newest) await secure(file, scan);
    } finally {
      await file.close();
    }
    if (newest && neverWritten(scan)) await fileSystem.remove(path);
  }
  return { lastZxid: order.last, txnCount: order.count };
}

/** Not even its header reached the disk; the folder is synced once recovery is done. */
function neverWritten(scan: LogScan): boolean {
  return scan.end.kind === "empty" || scan.end.kind === "lostHeader";
}

/** Cuts a torn end off; then makes safe what a killed process had written and not yet synced. */
async function secure(file: FileHandle, scan: LogScan): Promise<void> {
  if (neverWritten(scan)) return;
  if (scan.end.kind !== "end") await file.truncate(scan.goodEnd);
  await datasync(file);
}

/** Throws unless the log ends as it should, or is torn where nothing acknowledged can have stood. */
function judge(scan: LogScan, path: string, newest: boolean, lastZxid: bigint, events: RecoveryEvents): void {
  const verdict = judgeTail(scan.end, scan.tail);
  if (verdict === "clean") return;
  const where = `log ${path} at offset ${scan.goodEnd} ${describeEnd(scan.end)}`;
  // A hole behind a tear in an older log shows itself by the next zxid. Apache goes on in a new log after a tear.
  const older = !newest && neverWritten(scan);
  if (verdict === "damaged" || older) throw damaged(where, path, scan, lastZxid);
  const bytes = scan.fileBytes - scan.goodEnd;
  const cut = newest ? `${bytes} bytes that were never acknowledged are cut off` : "its end is left out";
  events.warn(`${where}, behind transaction ${formatHex(lastZxid)}: torn by a crash, ${cut}`);
}

function damaged(where: string, path: string, scan: LogScan, lastZxid: bigint): StorageError {
  const { recordsBehind, firstZxidBehind, lastZxidBehind } = scan.tail;
  const behind =
    recordsBehind === 0
      ? ""
      : `, among them ${formatHex(firstZxidBehind)} to ${formatHex(lastZxidBehind)}, which are whole`;
  return new StorageError(
    "DAMAGED_LOG",
    damagedDataExitCode,
    `${where}; the transactions after ${formatHex(lastZxid)} are at risk${behind}. Restore the file from a backup or ` +
      `another server, or look at it with: zabra txnlog ${path}`,
  );
}
