import { epochOf, formatHex } from "../../../protocol/longs.ts";
import { datasync } from "./datasync.ts";
import type { FileSystem } from "./fileSystem.ts";
import { damagedDataExitCode, StorageError } from "./storageError.ts";

/** Which of the two numbers, and the name of its file beside the snapshots. */
export type EpochKind = "accepted" | "current";

const nameByKind: Readonly<Record<EpochKind, string>> = {
  accepted: "acceptedEpoch",
  current: "currentEpoch",
};

/** More than any epoch, and less than a file that is none. */
const fileBytesMax = 64;

/**
 * The epochs of a member's folder. Those that are missing, as in the folder of a server that was alone, are written by
 * the newest transaction (QuorumPeer.loadDataBase). A learner that ends between the transactions of a new leader and
 * the note of its epoch has an older one beside them: whoever has one of an epoch's transactions has all before it, so
 * the epoch is noted now. DIFFERS: Apache does not start any more. Throws StorageError where the files contradict each
 * other.
 */
export async function loadEpochs(
  fileSystem: FileSystem,
  directory: string,
  lastZxid: bigint,
): Promise<{ accepted: number; current: number }> {
  // -1: nothing yet, not even the right to begin.
  const ofZxid = lastZxid < 0n ? 0 : epochOf(lastZxid);
  const load = async (kind: EpochKind): Promise<number> => {
    const found = await readEpoch(fileSystem, directory, kind);
    if (found !== null) return found;
    await writeEpoch(fileSystem, directory, kind, ofZxid);
    return ofZxid;
  };
  const current = await load("current");
  const accepted = await load("accepted");
  const place = `${directory}/${nameByKind.current}`;
  if (ofZxid > accepted)
    throw refusal(
      `${directory}/${nameByKind.accepted} says ${accepted}, and the newest transaction is ${formatHex(lastZxid)}`,
    );
  if (ofZxid > current) {
    await writeEpoch(fileSystem, directory, "current", ofZxid);
    return { accepted, current: ofZxid };
  }
  if (accepted < current)
    throw refusal(`${place} says ${current}, and ${nameByKind.accepted} beside it says ${accepted}`);
  return { accepted, current };
}

function refusal(what: string): StorageError {
  return new StorageError(
    "EPOCHS",
    damagedDataExitCode,
    `${what}: the files do not belong together. Restore the folder as one, or empty it to get everything from the leader`,
  );
}

async function readEpoch(fileSystem: FileSystem, directory: string, kind: EpochKind): Promise<number | null> {
  const name = nameByKind[kind];
  const entries = (await fileSystem.list(directory)) ?? [];
  if (!entries.some((entry) => entry.name === name)) return null;
  const file = await fileSystem.open(`${directory}/${name}`, "r");
  try {
    const bytes = new Uint8Array(fileBytesMax);
    const read = await file.read(bytes, fileBytesMax, 0);
    const text = String.fromCharCode(...bytes.subarray(0, read))
      .split(/[\r\n]/)[0]
      .trim();
    if (!/^\d{1,10}$/.test(text)) throw refusal(`${directory}/${name} holds "${text}", which is no epoch`);
    return Number(text);
  } finally {
    await file.close();
  }
}

/** Written beside its name, synced, renamed; the folder is synced, too, which Apache leaves out. */
export async function writeEpoch(
  fileSystem: FileSystem,
  directory: string,
  kind: EpochKind,
  epoch: number,
): Promise<void> {
  const path = `${directory}/${nameByKind[kind]}`;
  const digits = Uint8Array.from(String(epoch), (digit) => digit.charCodeAt(0));
  const file = await fileSystem.open(`${path}.tmp`, "w");
  try {
    await new Promise<void>((resolve, reject) => {
      file.write(digits, 0, (error) => (error === null ? resolve() : reject(error)));
    });
    await datasync(file);
  } finally {
    await file.close();
  }
  await fileSystem.rename(`${path}.tmp`, path);
  await fileSystem.syncDirectory(directory);
}
