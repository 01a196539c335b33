import { formatHex } from "../../../protocol/longs.ts";
import type { SnapshotSink, TxnSink } from "./contracts.ts";
import { logZxid, snapshotZxid, type SnapshotCompression } from "./fileNames.ts";
import type { DirectoryEntry, FileSystem } from "./fileSystem.ts";
import { readLog, type LogScan } from "./logReader.ts";
import { looksWhole, readSnapshot, SnapshotError, type Inflater } from "./snapshotReader.ts";
import { StorageError } from "./storageError.ts";

/** Where the files lie: the version-2 folders; both are the same when dataLogDir is not set. */
export interface StorageFolders {
  readonly snapshots: string;
  readonly logs: string;
}

export interface RecoveryOptions {
  readonly juteLengthMax: number;
  /** snapshot.trust.empty: logs without a snapshot are replayed onto an empty tree. */
  readonly trustEmptySnapshot: boolean;
  readonly datadirAutocreate: boolean;
}

/** What people are told while a start goes on. */
export interface RecoveryEvents {
  warn(message: string): void;
  progress(message: string): void;
}

export interface Recovered {
  /** Zxid of the newest transaction, 0 for an empty folder. */
  readonly lastZxid: bigint;
  /** Zxid in the name of the snapshot that was used; null if there was none. */
  readonly snapshotZxid: bigint | null;
  readonly txnCount: number;
}

/** Snapshots that are tried at most, newest first (FileSnap). */
const snapshotsTriedMax = 100;

interface SnapshotFile {
  readonly name: string;
  readonly zxid: bigint;
  readonly compression: SnapshotCompression;
}

interface LogFile {
  readonly name: string;
  readonly zxid: bigint;
  readonly size: number;
}

/**
 * Brings back what the folders hold: the newest snapshot that is whole, then every transaction after it
 * (disk.md section 6). Only the end of the newest log may be torn, which is cut off with a warning; any other damage
 * refuses the start, since it would lose transactions that clients were told of.
 */
export async function recover(
  fileSystem: FileSystem,
  folders: StorageFolders,
  options: RecoveryOptions,
  snapshotSink: SnapshotSink,
  txnSink: TxnSink,
  events: RecoveryEvents,
  inflater: () => Inflater,
): Promise<Recovered> {
  const { snapshots, logs } = await findFiles(fileSystem, folders, options);
  const usable = await dropEmptyNewestLog(fileSystem, folders, logs, events);
  const snapshot = await loadNewest(fileSystem, folders, options, snapshots, snapshotSink, events, inflater);
  if (snapshot === null) {
    if (snapshots.length > 0) {
      throw new StorageError(
        "DAMAGED_SNAPSHOT",
        1,
        `none of the ${snapshots.length} snapshots in ${folders.snapshots} can be used; restore one from a backup`,
      );
    }
    if (usable.length > 0 && !options.trustEmptySnapshot) {
      throw new StorageError(
        "NO_SNAPSHOT",
        1,
        `No snapshot found, but there are log entries (${usable[0].name} in ${folders.logs}); restore the snapshot, ` +
          "or set snapshot.trust.empty=true once if there never was one",
      );
    }
    snapshotSink.reset();
    snapshotSink.snapshotLoaded(0n);
  }
  const replayed = await replay(fileSystem, folders, options, usable, snapshot ?? 0n, txnSink, events);
  return { ...replayed, snapshotZxid: snapshot };
}

async function findFiles(
  fileSystem: FileSystem,
  folders: StorageFolders,
  options: RecoveryOptions,
): Promise<{ snapshots: SnapshotFile[]; logs: LogFile[] }> {
  const list = async (directory: string): Promise<DirectoryEntry[]> => {
    const entries = await fileSystem.list(directory);
    if (entries !== null) return entries;
    if (!options.datadirAutocreate) {
      throw new StorageError(
        "MISSING_FOLDER",
        3,
        `Missing data directory ${directory}, automatic data directory creation is disabled ` +
          "(zookeeper.datadir.autocreate is false); create this directory manually",
      );
    }
    await fileSystem.makeDirectory(directory);
    return [];
  };
  const snapshotEntries = await list(folders.snapshots);
  const apart = folders.logs !== folders.snapshots;
  const logEntries = apart ? await list(folders.logs) : snapshotEntries;
  if (apart) refuseMixed(snapshotEntries, logEntries, folders);
  const snapshots: SnapshotFile[] = [];
  for (const { name } of snapshotEntries) {
    const parsed = snapshotZxid(name);
    if (parsed !== null) snapshots.push({ name, ...parsed });
  }
  const logs: LogFile[] = [];
  for (const { name, size } of logEntries) {
    const zxid = logZxid(name);
    if (zxid !== null) logs.push({ name, zxid, size });
  }
  snapshots.sort((a, b) => (a.zxid < b.zxid ? 1 : -1));
  logs.sort((a, b) => (a.zxid < b.zxid ? -1 : 1));
  return { snapshots, logs };
}

/** Files of one kind in the other kind's folder mean that a key was changed without moving them (FileTxnSnapLog). */
function refuseMixed(snapshots: DirectoryEntry[], logs: DirectoryEntry[], folders: StorageFolders): void {
  const strayLog = snapshots.find(({ name }) => logZxid(name) !== null);
  if (strayLog !== undefined) {
    throw new StorageError(
      "MIXED_FOLDERS",
      3,
      `Snapshot directory has log files: ${strayLog.name} in ${folders.snapshots}; move the logs to ${folders.logs} ` +
        "or correct dataDir and dataLogDir",
    );
  }
  const straySnapshot = logs.find(({ name }) => snapshotZxid(name) !== null);
  if (straySnapshot !== undefined) {
    throw new StorageError(
      "MIXED_FOLDERS",
      3,
      `Log directory has snapshot files: ${straySnapshot.name} in ${folders.logs}; move the snapshots to ` +
        `${folders.snapshots} or correct dataDir and dataLogDir`,
    );
  }
}

/** A newest log of 0 bytes was created and never written: it goes. */
async function dropEmptyNewestLog(
  fileSystem: FileSystem,
  folders: StorageFolders,
  logs: LogFile[],
  events: RecoveryEvents,
): Promise<LogFile[]> {
  const newest = logs.at(-1);
  if (newest === undefined || newest.size > 0) return logs;
  events.warn(`log ${newest.name} in ${folders.logs} is empty and is removed`);
  await fileSystem.remove(`${folders.logs}/${newest.name}`);
  await fileSystem.syncDirectory(folders.logs);
  return dropEmptyNewestLog(fileSystem, folders, logs.slice(0, -1), events);
}

/** Zxid of the newest snapshot that could be loaded, null if none could. */
async function loadNewest(
  fileSystem: FileSystem,
  folders: StorageFolders,
  options: RecoveryOptions,
  snapshots: SnapshotFile[],
  sink: SnapshotSink,
  events: RecoveryEvents,
  inflater: () => Inflater,
): Promise<bigint | null> {
  for (const { name, zxid, compression } of snapshots.slice(0, snapshotsTriedMax)) {
    const path = `${folders.snapshots}/${name}`;
    const file = await fileSystem.open(path, "r");
    try {
      const wrong = await looksWhole(file, compression);
      if (wrong !== null) throw new SnapshotError(wrong);
      events.progress(`loading snapshot ${name}`);
      sink.reset();
      await readSnapshot(file, compression, options.juteLengthMax, sink, inflater);
      sink.snapshotLoaded(zxid);
      return zxid;
    } catch (error) {
      if (!isContentError(error)) throw error;
      events.warn(`snapshot ${path} cannot be used, the one before it is tried: ${error.message}`);
    } finally {
      await file.close();
    }
  }
  return null;
}

/** Faults of the content, for which an older snapshot helps; a disk that cannot be read is another matter. */
function isContentError(error: unknown): error is Error {
  return (
    error instanceof SnapshotError ||
    (error instanceof Error && (error.name === "SnapshotContentError" || /^Z_/.test(Reflect.get(error, "code") ?? "")))
  );
}

async function replay(
  fileSystem: FileSystem,
  folders: StorageFolders,
  options: RecoveryOptions,
  logs: LogFile[],
  snapshot: bigint,
  sink: TxnSink,
  events: RecoveryEvents,
): Promise<{ lastZxid: bigint; txnCount: number }> {
  // The log that holds the snapshot's next transaction is the last one whose name is not above it.
  let first = 0;
  while (first + 1 < logs.length && logs[first + 1].zxid <= snapshot + 1n) first++;
  const needed = logs.slice(first);
  const order = new ZxidOrder(snapshot);
  for (const [i, log] of needed.entries()) {
    const path = `${folders.logs}/${log.name}`;
    const newest = i === needed.length - 1;
    if (needed.length > 1 || log.size > 64 * 1024 * 1024) events.progress(`replaying log ${log.name}`);
    const file = await fileSystem.open(path, newest ? "r+" : "r");
    try {
      const scan = await readLog(file, options.juteLengthMax, (bytes, start, end, offset) => {
        if (order.isNew(bytes, start, path, offset)) sink.txn(bytes, start, end);
      });
      judge(scan, path, newest);
      if (scan.end.kind === "clean" || scan.end.kind === "empty") continue;
      events.warn(
        `log ${path} is torn at offset ${scan.goodEnd} (${scan.end.why}): ` +
          `${scan.fileBytes - scan.goodEnd} bytes that were never acknowledged are cut off`,
      );
      await file.truncate(scan.goodEnd);
      await new Promise<void>((resolve, reject) => {
        file.datasync((error) => (error === null ? resolve() : reject(error)));
      });
    } finally {
      await file.close();
    }
  }
  return { lastZxid: order.last, txnCount: order.count };
}

/** Throws unless the log ends as it should, or is the newest and merely torn. */
function judge(scan: LogScan, path: string, newest: boolean): void {
  const { end } = scan;
  if (end.kind === "clean") return;
  const where = `log ${path} at offset ${scan.goodEnd}`;
  if (end.kind === "empty") {
    throw damaged(`log ${path} has 0 bytes but is not the newest: transactions are missing`, path);
  }
  if (!newest) throw damaged(`${where}: ${end.why}; newer logs follow, so transactions are missing`, path);
  const behind =
    scan.recordBehind < 0 ? "" : ` and whole transactions stand behind it, from offset ${scan.recordBehind} on`;
  if (end.kind === "torn") {
    // Apache drops what stands behind a lost end mark in silence; a length past the end hides nothing of ours.
    if (scan.recordBehind >= 0 && end.why === "a record lacks its end mark") throw damaged(`${where}: ${end.why}${behind}`, path);
    return;
  }
  if (end.why === "a wrong checksum" && scan.recordBehind < 0) return;
  throw damaged(`${where}: ${end.why}${behind}`, path);
}

function damaged(what: string, path: string): StorageError {
  return new StorageError(
    "DAMAGED_LOG",
    1,
    `${what}; restore the file from a backup or another server, or look at it with zabra txnlog ${path}`,
  );
}

/**
 * Guards the order of what is replayed. Within an epoch each zxid is one more than the last; a gap means that a
 * transaction is lost. Apache may log the same zxid twice (a request that could not be read), which does no harm.
 */
class ZxidOrder {
  last: bigint;
  count = 0;
  readonly #snapshot: bigint;
  #seen: bigint | null = null;

  constructor(snapshot: bigint) {
    this.#snapshot = snapshot;
    this.last = snapshot;
  }

  /** Whether the record is newer than the snapshot. Throws where one is missing before it. */
  isNew(bytes: Uint8Array, start: number, path: string, offset: number): boolean {
    const zxid = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(start + 12);
    const before = this.#seen ?? (zxid > this.#snapshot ? this.#snapshot : null);
    if (before !== null && zxid > before + 1n && zxid >> 32n === before >> 32n) {
      throw new StorageError(
        "GAP",
        1,
        `log ${path} at offset ${offset}: transaction ${formatHex(zxid)} follows ${formatHex(before)}; those between ` +
          "are missing. Restore the missing log, or another server's folder",
      );
    }
    this.#seen = before !== null && zxid < before ? before : zxid;
    if (zxid <= this.last) return false;
    this.last = zxid;
    this.count++;
    return true;
  }
}
