import { logZxid, snapshotZxid, type SnapshotCompression } from "./fileNames.ts";
import type { DirectoryEntry, FileSystem } from "./fileSystem.ts";
import { StorageError } from "./storageError.ts";

/** Where the files lie: the version-2 folders; both are the same when dataLogDir is not set. */
export interface StorageFolders {
  readonly snapshots: string;
  readonly logs: string;
}

export interface SnapshotFile {
  readonly name: string;
  readonly zxid: bigint;
  readonly compression: SnapshotCompression;
}

export interface LogFile {
  readonly name: string;
  readonly zxid: bigint;
  readonly size: number;
}

/** What the folders hold: snapshots newest first, logs oldest first, and left-overs of unfinished snapshots. */
export interface StorageFiles {
  readonly snapshots: SnapshotFile[];
  readonly logs: LogFile[];
  readonly unfinished: string[];
}

/** Lists both folders and makes missing ones. Throws StorageError with exit code 3 for folders that cannot be used. */
export async function findFiles(
  fileSystem: FileSystem,
  folders: StorageFolders,
  datadirAutocreate: boolean,
): Promise<StorageFiles> {
  const snapshotEntries = await listOrMake(fileSystem, folders.snapshots, datadirAutocreate);
  const apart = folders.logs !== folders.snapshots;
  const logEntries = apart ? await listOrMake(fileSystem, folders.logs, datadirAutocreate) : snapshotEntries;
  if (apart) refuseMixed(snapshotEntries, logEntries, folders);
  const snapshots: SnapshotFile[] = [];
  const unfinished: string[] = [];
  for (const { name } of snapshotEntries) {
    if (/^snapshot\.[0-9a-f]+(\.gz|\.snappy)?\.tmp$/.test(name)) unfinished.push(name);
    const parsed = snapshotZxid(name);
    // Apache cannot read the name snapshot.ffffffffffffffff either, which it gives to an empty tree (disk.md section 7).
    if (parsed !== null && parsed.zxid >= 0n) snapshots.push({ name, ...parsed });
  }
  const logs: LogFile[] = [];
  for (const { name, size } of logEntries) {
    const zxid = logZxid(name);
    if (zxid !== null) logs.push({ name, zxid, size });
  }
  snapshots.sort((a, b) => (a.zxid < b.zxid ? 1 : -1));
  logs.sort((a, b) => (a.zxid < b.zxid ? -1 : 1));
  return { snapshots, logs, unfinished };
}

async function listOrMake(
  fileSystem: FileSystem,
  directory: string,
  datadirAutocreate: boolean,
): Promise<DirectoryEntry[]> {
  let entries: DirectoryEntry[] | null;
  try {
    entries = await fileSystem.list(directory);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StorageError("MISSING_FOLDER", 3, `cannot read the data directory ${directory}: ${why}`, error);
  }
  if (entries !== null) return entries;
  if (!datadirAutocreate) {
    throw new StorageError(
      "MISSING_FOLDER",
      3,
      `Missing data directory ${directory}, automatic data directory creation is disabled ` +
        "(zookeeper.datadir.autocreate is false); create this directory manually",
    );
  }
  try {
    await fileSystem.makeDirectory(directory);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StorageError(
      "MISSING_FOLDER",
      3,
      `cannot create the data directory ${directory}: ${why}`,
      error,
    );
  }
  return [];
}

/** Files of one kind in the other kind's folder mean that a key was changed without moving them (FileTxnSnapLog). */
function refuseMixed(snapshots: DirectoryEntry[], logs: DirectoryEntry[], folders: StorageFolders): void {
  const strayLog = snapshots.find(({ name }) => name.startsWith("log."));
  if (strayLog !== undefined) {
    throw new StorageError(
      "MIXED_FOLDERS",
      3,
      `Snapshot directory has log files: ${strayLog.name} in ${folders.snapshots}; move the logs to ${folders.logs} ` +
        "or correct dataDir and dataLogDir",
    );
  }
  const straySnapshot = logs.find(({ name }) => name.startsWith("snapshot."));
  if (straySnapshot !== undefined) {
    throw new StorageError(
      "MIXED_FOLDERS",
      3,
      `Log directory has snapshot files: ${straySnapshot.name} in ${folders.logs}; move the snapshots to ` +
        `${folders.snapshots} or correct dataDir and dataLogDir`,
    );
  }
}
