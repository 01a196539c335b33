import { datasync } from "./datasync.ts";
import { logZxid, snapshotZxid } from "./fileNames.ts";
import type { FileSystem } from "./fileSystem.ts";
import { readLog } from "./logReader.ts";
import type { LogFile, StorageFolders } from "./storageFiles.ts";
import { recordZxid } from "./zxidOrder.ts";

/**
 * Takes back every transaction behind `zxid`, durably: snapshots that hold them, whole logs, the end of the log that
 * goes across. A snapshot that was left would bring them back at the next start (ZOOKEEPER-4837, open in Apache).
 */
export async function cutBehind(
  fileSystem: FileSystem,
  folders: StorageFolders,
  juteLengthMax: number,
  zxid: bigint,
): Promise<void> {
  for (const { name } of (await fileSystem.list(folders.snapshots)) ?? []) {
    const parsed = snapshotZxid(name);
    if (parsed !== null && parsed.zxid > zxid) await fileSystem.remove(`${folders.snapshots}/${name}`);
  }
  const logs: LogFile[] = [];
  for (const { name, size } of (await fileSystem.list(folders.logs)) ?? []) {
    const first = logZxid(name);
    if (first !== null) logs.push({ name, zxid: first, size });
  }
  logs.sort((a, b) => (a.zxid < b.zxid ? 1 : -1));
  for (const { name, zxid: first } of logs) {
    const path = `${folders.logs}/${name}`;
    if (first > zxid) await fileSystem.remove(path);
    else {
      await cutLog(fileSystem, path, juteLengthMax, zxid);
      break;
    }
  }
  await fileSystem.syncDirectory(folders.snapshots);
  if (folders.logs !== folders.snapshots) await fileSystem.syncDirectory(folders.logs);
}

async function cutLog(
  fileSystem: FileSystem,
  path: string,
  juteLengthMax: number,
  zxid: bigint,
): Promise<void> {
  const file = await fileSystem.open(path, "r+");
  try {
    let cutAt: number | null = null;
    await readLog(file, juteLengthMax, (bytes, start, end, offset) => {
      if (cutAt === null && recordZxid(bytes, start, end) > zxid) cutAt = offset;
    });
    if (cutAt === null) return;
    await file.truncate(cutAt);
    await datasync(file);
  } finally {
    await file.close();
  }
}
