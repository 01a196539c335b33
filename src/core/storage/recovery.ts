import { counterOf, formatHex } from "../../../protocol/longs.ts";
import type { RecoveryEvents, SnapshotSink, TxnSink } from "./contracts.ts";
import { datasync } from "./datasync.ts";
import type { FileSystem } from "./fileSystem.ts";
import { replayLogs } from "./logReplay.ts";
import { looksWhole, readSnapshot, SnapshotError, type Inflater } from "./snapshotReader.ts";
import { findFiles, type LogFile, type SnapshotFile, type StorageFolders } from "./storageFiles.ts";
import { damagedDataExitCode, StorageError } from "./storageError.ts";
import { recordZxid } from "./zxidOrder.ts";

export interface RecoveryOptions {
  readonly juteLengthMax: number;
  /** snapshot.trust.empty: logs without a snapshot are replayed onto an empty tree. */
  readonly trustEmptySnapshot: boolean;
  readonly datadirAutocreate: boolean;
  /** db.autocreate, true if absent: folders that hold nothing are a new database. */
  readonly dbAutocreate?: boolean;
  /**
   * Of a member of an ensemble: with db.autocreate=false folders that hold nothing may be filled by a leader, though not
   * be those of one. `lastZxid` is -1 then, which no election takes for a vote.
   */
  readonly mayBeFilled?: boolean;
}

export interface Recovered {
  /** Zxid of the newest transaction, 0 for an empty folder; -1: see `RecoveryOptions.mayBeFilled`. */
  readonly lastZxid: bigint;
  /** Zxid in the name of the snapshot that was used; null if there was none. */
  readonly snapshotZxid: bigint | null;
  /** Transactions that were replayed on top of the snapshot. */
  readonly txnCount: number;
}

/** Snapshots that are tried at most, newest first (FileSnap). */
const snapshotsTriedMax = 100;

/**
 * Brings back what the folders hold: the newest snapshot that is whole, then every transaction after it
 * (disk.md section 6). Only the end of the newest log may be torn, which is cut off with a warning; any other damage
 * refuses the start (StorageError), since it would lose transactions that clients were told of. When this returns, all
 * that was loaded is safe from a loss of power, also what a killed process had written and not yet synced.
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
  const files = await findFiles(fileSystem, folders, options.datadirAutocreate);
  for (const name of files.unfinished) await fileSystem.remove(`${folders.snapshots}/${name}`);
  const logs = await dropEmptyNewestLog(fileSystem, folders, files.logs, events);
  const { loaded, failed } = await loadNewest(
    fileSystem,
    folders,
    options,
    files.snapshots,
    snapshotSink,
    events,
    inflater,
  );
  if (loaded === null) {
    refuseWithoutSnapshot(folders, options, files.snapshots, logs);
    const isDatabase = logs.length > 0 || (await takeInitializeFile(fileSystem, folders, options));
    snapshotSink.reset();
    snapshotSink.snapshotLoaded(0n);
    if (!isDatabase) return { lastZxid: -1n, snapshotZxid: null, txnCount: 0 };
  }
  const fallback = new Fallback(failed, txnSink);
  const replayed = await replayLogs(
    fileSystem,
    folders,
    options.juteLengthMax,
    logs,
    loaded ?? 0n,
    failed.length === 0 ? txnSink : fallback,
    events,
  );
  fallback.check(folders, replayed.lastZxid);
  await fileSystem.syncDirectory(folders.snapshots);
  if (folders.logs !== folders.snapshots) await fileSystem.syncDirectory(folders.logs);
  return { ...replayed, snapshotZxid: loaded };
}

/**
 * What is replayed where newer snapshots could not be used. It must be all that they held: a snapshot that came from a
 * leader stands behind a hole in this server's logs, which no zxid shows where an epoch begins in it. A snapshot has the
 * name of a transaction, which must then be among those replayed; one named by the beginning of an epoch, as leaders of
 * Apache's send, has none, and the digests have to tell.
 */
class Fallback implements TxnSink {
  readonly #failed: readonly SnapshotFile[];
  readonly #sink: TxnSink;
  readonly #missing: Set<bigint>;

  constructor(failed: readonly SnapshotFile[], sink: TxnSink) {
    this.#failed = failed;
    this.#sink = sink;
    this.#missing = new Set(failed.map(({ zxid }) => zxid));
  }

  txn(bytes: Uint8Array, start: number, end: number): void {
    this.#missing.delete(recordZxid(bytes, start, end));
    this.#sink.txn(bytes, start, end);
  }

  check(folders: StorageFolders, lastZxid: bigint): void {
    for (const { name, zxid } of this.#failed) {
      const file = `${folders.snapshots}/${name}`;
      if (zxid > lastZxid)
        throw damagedSnapshot(
          file,
          `older files reach only to ${formatHex(lastZxid)}: transactions up to ${formatHex(zxid)} are at risk`,
        );
      if (this.#missing.has(zxid) && counterOf(zxid) !== 0)
        throw damagedSnapshot(
          file,
          `transactions up to ${formatHex(zxid)} stand in no log: a leader has sent it, or a log is missing`,
        );
      if ((this.#sink.mismatchCount ?? 0) > 0)
        throw damagedSnapshot(file, "what is made of older files has not the digests that stand in the logs");
    }
  }
}

function damagedSnapshot(file: string, why: string): StorageError {
  return new StorageError(
    "DAMAGED_SNAPSHOT",
    damagedDataExitCode,
    `snapshot ${file} cannot be used, and ${why}. Restore it from a backup or another server, or move it away to start ` +
      "from the older state",
  );
}

/** A newest log without content was created and never written: it goes. */
async function dropEmptyNewestLog(
  fileSystem: FileSystem,
  folders: StorageFolders,
  logs: readonly LogFile[],
  events: RecoveryEvents,
): Promise<LogFile[]> {
  const kept = [...logs];
  for (let newest = kept.at(-1); newest !== undefined && newest.size === 0; newest = kept.at(-1)) {
    events.warn(`log ${folders.logs}/${newest.name} is empty and is removed`);
    await fileSystem.remove(`${folders.logs}/${newest.name}`);
    await fileSystem.syncDirectory(folders.logs);
    kept.pop();
  }
  return kept;
}

/** Zxid of the newest snapshot that could be loaded, and those newer ones that could not be. */
async function loadNewest(
  fileSystem: FileSystem,
  folders: StorageFolders,
  options: RecoveryOptions,
  snapshots: readonly SnapshotFile[],
  sink: SnapshotSink,
  events: RecoveryEvents,
  inflater: () => Inflater,
): Promise<{ loaded: bigint | null; failed: readonly SnapshotFile[] }> {
  const failed: SnapshotFile[] = [];
  for (const snapshot of snapshots.slice(0, snapshotsTriedMax)) {
    const path = `${folders.snapshots}/${snapshot.name}`;
    const file = await fileSystem.open(path, "r");
    try {
      const wrong = await looksWhole(file, snapshot.compression);
      if (wrong !== null) throw new SnapshotError(wrong);
      events.progress(`loading snapshot ${snapshot.name}`);
      sink.reset();
      await readSnapshot(file, snapshot.compression, options.juteLengthMax, sink, inflater);
      await datasync(file);
      sink.snapshotLoaded(snapshot.zxid);
      return { loaded: snapshot.zxid, failed };
    } catch (error) {
      // For a fault of the content an older snapshot helps; a disk that cannot be read is another matter.
      if (!(error instanceof SnapshotError)) throw error;
      events.warn(`snapshot ${path} cannot be used, the one before it is tried: ${error.message}`);
      failed.push(snapshot);
    } finally {
      await file.close();
    }
  }
  return { loaded: null, failed };
}

function refuseWithoutSnapshot(
  folders: StorageFolders,
  options: RecoveryOptions,
  snapshots: readonly SnapshotFile[],
  logs: readonly LogFile[],
): void {
  if (snapshots.length > 0) {
    throw new StorageError(
      "DAMAGED_SNAPSHOT",
      damagedDataExitCode,
      `none of the ${snapshots.length} snapshots in ${folders.snapshots} can be used (newest: ${snapshots[0].name}); ` +
        "restore one from a backup or another server",
    );
  }
  if (logs.length > 0 && !options.trustEmptySnapshot) {
    throw new StorageError(
      "NO_SNAPSHOT",
      damagedDataExitCode,
      `No snapshot found, but there are log entries (${logs[0].name} in ${folders.logs}); restore the snapshot, ` +
        "or set snapshot.trust.empty=true once if there never was one",
    );
  }
}

/**
 * With db.autocreate=false a new database needs the file `initialize` next to version-2; it is used up (disk.md 7). False:
 * it is none yet, and a leader may fill it.
 */
async function takeInitializeFile(
  fileSystem: FileSystem,
  folders: StorageFolders,
  { dbAutocreate = true, mayBeFilled = false }: RecoveryOptions,
): Promise<boolean> {
  const slash = folders.logs.lastIndexOf("/");
  const parent = slash < 0 ? "." : folders.logs.slice(0, Math.max(slash, 1));
  const found = (await fileSystem.list(parent))?.some(({ name }) => name === "initialize") ?? false;
  if (found) await fileSystem.remove(`${parent}/initialize`);
  if (found || dbAutocreate) return true;
  if (mayBeFilled) return false;
  throw new StorageError(
    "NO_DATABASE",
    1,
    `no database in ${folders.snapshots}, and db.autocreate is false; if this server is to start empty, create the ` +
      `file ${parent}/initialize or set db.autocreate=true`,
  );
}
