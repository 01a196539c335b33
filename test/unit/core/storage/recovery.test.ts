import { expect } from "chai";
import { existsSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatHex, zxidOf } from "../../../../protocol/longs.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import { encodeTxn } from "../../../../protocol/records/txnBody.ts";
import { LogWriter } from "../../../../src/core/storage/logWriter.ts";
import { recover, type RecoveryOptions } from "../../../../src/core/storage/recovery.ts";
import { StorageError } from "../../../../src/core/storage/storageError.ts";
import { gzipInflater } from "../../../../src/shell/disk/gzip.ts";
import { nodeFileSystem } from "../../../../src/shell/disk/nodeFileSystem.ts";
import { withCopy } from "../../../support/goldenDisk.ts";
import { RecordingSink } from "../../../support/recordingSink.ts";

const options: RecoveryOptions = {
  juteLengthMax: 2 * 0xfffff,
  trustEmptySnapshot: false,
  datadirAutocreate: true,
};

interface Outcome {
  readonly sink: RecordingSink;
  readonly warnings: string[];
  readonly lastZxid: string | null;
  readonly snapshotZxid: string | null;
  readonly error: StorageError | null;
}

async function start(
  snapshots: string,
  logs = snapshots,
  changed: Partial<RecoveryOptions> = {},
  mismatchCount = 0,
): Promise<Outcome> {
  const sink = Object.assign(new RecordingSink(), { mismatchCount });
  const warnings: string[] = [];
  const events = { warn: (message: string) => void warnings.push(message), progress: () => undefined };
  const folders = { snapshots, logs };
  try {
    const found = await recover(
      nodeFileSystem,
      folders,
      { ...options, ...changed },
      sink,
      sink,
      events,
      gzipInflater,
    );
    const snapshotZxid = found.snapshotZxid === null ? null : formatHex(found.snapshotZxid);
    return { sink, warnings, lastZxid: formatHex(found.lastZxid), snapshotZxid, error: null };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { sink, warnings, lastZxid: null, snapshotZxid: null, error };
  }
}

const startCopy = (set: string, changed: Partial<RecoveryOptions> = {}): Promise<Outcome> =>
  withCopy(`${set}/data/version-2`, (folder) => start(folder, folder, changed));

/** A log of one refused request. */
async function logOf(folder: string, zxid: bigint): Promise<void> {
  const header = { clientId: 1n, cxid: 1, zxid, time: 1n, type: OpCode.error };
  const body = encodeTxn({ header, op: { type: OpCode.error, record: { err: -101 } }, digest: null });
  await new Promise<void>((resolve, reject) => {
    const log = new LogWriter(
      nodeFileSystem,
      { directory: folder, preAllocBytes: 0, forceSync: true, sizeLimitBytes: 0 },
      { onSynced: () => void log.close().then(resolve, reject), onFatal: reject },
    );
    log.append(zxid, body);
    log.flush();
  });
}

describe("recovery of folders that Apache wrote", () => {
  const whole: [set: string, snapshot: string, last: string][] = [
    ["all_txns", "0x0", "0x39"],
    ["legacy_flags", "0x31", "0x33"],
    ["snap_checked", "0x59", "0x5d"],
    ["snap_gz", "0x59", "0x5d"],
    ["snap_snappy", "0x59", "0x5d"],
    ["fuzzy", "0x17d7", "0x322b"],
    ["damaged_no_padding", "0x0", "0x7"],
    ["snapbad_cut", "0x0", "0xb"],
    ["snapbad_flip", "0x0", "0xb"],
  ];
  for (const [set, snapshot, last] of whole) {
    it(`${set}: snapshot ${snapshot}, then up to ${last}`, async () => {
      const { error, snapshotZxid, lastZxid, sink } = await startCopy(set);
      expect(error).to.equal(null);
      expect([snapshotZxid, lastZxid]).to.deep.equal([snapshot, last]);
      expect(sink.loaded).to.equal(BigInt(snapshot));
      const zxids = sink.txnZxids();
      expect(zxids).to.deep.equal(zxids.map((_, i) => BigInt(snapshot) + BigInt(i) + 1n));
    });
  }

  for (const set of ["damaged_torn_cut", "damaged_torn_head", "damaged_torn_padded", "damaged_len_beyond"]) {
    it(`${set}: the torn end is cut off with a warning, and gone at the next start`, () =>
      withCopy(`${set}/data/version-2`, async (folder) => {
        const log = join(folder, "log.1");
        const before = readFileSync(log);
        const first = await start(folder);
        expect(first.lastZxid).to.equal("0x6");
        expect(first.warnings).to.have.lengthOf(1);
        expect(first.warnings[0])
          .to.include(`log ${log} at offset 777 `)
          .and.include(`${before.length - 777} bytes`);
        expect(readFileSync(log)).to.deep.equal(before.subarray(0, 777));
        const second = await start(folder);
        expect([second.lastZxid, second.warnings]).to.deep.equal(["0x6", []]);
      }));
  }

  const refused: [set: string, offset: number, last: string][] = [
    ["damaged_bad_crc_mid", 497, "0x4"],
    ["damaged_bad_len_huge", 777, "0x6"],
    ["damaged_bad_len_neg", 777, "0x6"],
    ["damaged_bad_magic", 0, "0x0"],
    ["damaged_cut_header", 0, "0x0"],
    ["damaged_no_eor", 777, "0x6"],
  ];
  for (const [set, offset, last] of refused) {
    it(`${set}: refused, and nothing is changed`, () =>
      withCopy(`${set}/data/version-2`, async (folder) => {
        const log = join(folder, "log.1");
        const before = readFileSync(log);
        const { error } = await start(folder);
        expect([error?.code, error?.exitCode]).to.deep.equal(["DAMAGED_LOG", 21]);
        expect(error?.message)
          .to.include(`log ${log} at offset ${offset} `)
          .and.include(`after ${last} are at risk`);
        expect(readFileSync(log)).to.deep.equal(before);
      }));
  }

  it("names the whole transactions behind the damage", async () => {
    const { error } = await startCopy("damaged_bad_crc_mid");
    expect(error?.message).to.include("0x6 to 0x9, which are whole");
  });

  it("removes an empty newest log", () =>
    withCopy("damaged_empty_file/data/version-2", async (folder) => {
      const { lastZxid, warnings } = await start(folder);
      expect([lastZxid, warnings.length]).to.deep.equal(["0x0", 1]);
      expect(existsSync(join(folder, "log.1"))).to.equal(false);
    }));

  it("removes a newest log that was set aside and never written", () =>
    withCopy("damaged_empty_file/data/version-2", async (folder) => {
      truncateSync(join(folder, "log.1"), 16400);
      expect((await start(folder)).lastZxid).to.equal("0x0");
      expect(existsSync(join(folder, "log.1"))).to.equal(false);
    }));

  it("refuses an empty log that is not the newest", () =>
    withCopy("snapbad_cut/data/version-2", async (folder) => {
      writeFileSync(join(folder, "log.1"), "");
      const { error } = await start(folder);
      expect([error?.code, error?.exitCode]).to.deep.equal(["DAMAGED_LOG", 21]);
    }));

  it("reads on behind a tear in an older log when no transaction is missing", () =>
    withCopy("snapbad_cut/data/version-2", async (folder) => {
      truncateSync(join(folder, "log.1"), statSync(join(folder, "log.1")).size);
      const log = readFileSync(join(folder, "log.1"));
      // A torn record behind the last one, as Apache leaves it.
      let end = log.length;
      while (log[end - 1] === 0) end--;
      writeFileSync(
        join(folder, "log.1"),
        Buffer.concat([log.subarray(0, end), Buffer.from([0, 0, 0, 0, 9, 9, 9])]),
      );
      const { lastZxid, warnings } = await start(folder);
      expect(lastZxid).to.equal("0xb");
      expect(warnings.some((text) => text.includes("its end is left out"))).to.equal(true);
    }));

  it("refuses a hole between two logs", () =>
    withCopy("snapbad_cut/data/version-2", async (folder) => {
      const log = readFileSync(join(folder, "log.1"));
      writeFileSync(join(folder, "log.1"), log.subarray(0, 777));
      const { error } = await start(folder);
      expect([error?.code, error?.exitCode]).to.deep.equal(["GAP", 21]);
      expect(error?.message).to.include("log.8 at offset 16: transaction 0x8 follows 0x6");
    }));

  it("refuses when a bad snapshot is newer than all that older files hold", () =>
    withCopy("snapbad_cut/data/version-2", async (folder) => {
      renameSync(join(folder, "snapshot.7"), join(folder, "snapshot.c"));
      const { error } = await start(folder);
      expect([error?.code, error?.exitCode]).to.deep.equal(["DAMAGED_SNAPSHOT", 21]);
      expect(error?.message).to.include("snapshot.c").and.include("up to 0xc are at risk");
    }));

  it("refuses when a bad snapshot has covered a hole in the logs that no zxid shows", () =>
    withCopy("snapbad_cut/data/version-2", async (folder) => {
      // As where a leader sent the snapshot to a server that had less, and went on in a new epoch.
      const log = readFileSync(join(folder, "log.1"));
      writeFileSync(join(folder, "log.1"), log.subarray(0, 777));
      rmSync(join(folder, "log.8"));
      await logOf(folder, zxidOf(1, 1));
      const { error } = await start(folder);
      expect([error?.code, error?.exitCode]).to.deep.equal(["DAMAGED_SNAPSHOT", 21]);
      expect(error?.message).to.include("snapshot.7").and.include("up to 0x7 stand in no log");
    }));

  it("lets digests tell about a bad snapshot that is named by the beginning of an epoch", () =>
    withCopy("snapbad_cut/data/version-2", async (folder) => {
      renameSync(join(folder, "snapshot.7"), join(folder, "snapshot.100000000"));
      rmSync(join(folder, "log.8"));
      await logOf(folder, zxidOf(1, 1));
      const fine = await start(folder);
      expect([fine.error, fine.lastZxid]).to.deep.equal([null, "0x100000001"]);
      const { error } = await start(folder, folder, {}, 1);
      expect(error?.message).to.include("has not the digests that stand in the logs");
    }));

  it("goes back to an older snapshot when a gz is cut", () =>
    withCopy("snap_gz/data/version-2", async (folder) => {
      truncateSync(join(folder, "snapshot.59.gz"), 1500);
      const { error, snapshotZxid, lastZxid, warnings } = await start(folder);
      expect([error, snapshotZxid, lastZxid, warnings.length]).to.deep.equal([null, "0x0", "0x5d", 1]);
    }));

  it("refuses logs without a snapshot, unless told to trust them", async () => {
    const { error } = await startCopy("snapbad_no_snapshot");
    expect([error?.code, error?.exitCode]).to.deep.equal(["NO_SNAPSHOT", 21]);
    const trusted = await startCopy("snapbad_no_snapshot_trusted", { trustEmptySnapshot: true });
    expect([trusted.lastZxid, trusted.snapshotZxid, trusted.sink.loaded]).to.deep.equal(["0xb", null, 0n]);
  });

  it("loads each server of an ensemble", async () => {
    const last: string[] = [];
    for (const server of ["server1", "server2", "server3"]) {
      const { lastZxid, error } = await withCopy(`ensemble_reconfig/${server}/version-2`, (folder) =>
        start(folder),
      );
      last.push(lastZxid ?? String(error));
    }
    expect(last).to.deep.equal(["0x200000004", "0x200000004", "0x200000004"]);
  });
});

describe("recovery and its folders", () => {
  const split = (use: (data: string, log: string) => Promise<void>): Promise<void> =>
    withCopy("split_dirs", (folder) => use(join(folder, "data/version-2"), join(folder, "log/version-2")));

  it("reads logs and snapshots from two folders", () =>
    split(async (data, log) => {
      const { lastZxid, snapshotZxid } = await start(data, log);
      expect([snapshotZxid, lastZxid]).to.deep.equal(["0x7a", "0x9a"]);
    }));

  it("refuses logs among the snapshots, and snapshots among the logs", () =>
    split(async (data, log) => {
      renameSync(join(log, "log.1"), join(data, "log.1"));
      expect((await start(data, log)).error).to.include({ code: "MIXED_FOLDERS", exitCode: 3 });
      renameSync(join(data, "log.1"), join(log, "log.1"));
      renameSync(join(data, "snapshot.0"), join(log, "snapshot.0"));
      expect((await start(data, log)).error).to.include({ code: "MIXED_FOLDERS", exitCode: 3 });
    }));

  it("makes missing folders, or refuses with datadir.autocreate=false", () =>
    split(async (data) => {
      const missing = join(data, "../new/version-2");
      const refused = await start(missing, missing, { datadirAutocreate: false });
      expect(refused.error).to.include({ code: "MISSING_FOLDER", exitCode: 3 });
      expect(existsSync(missing)).to.equal(false);
      expect((await start(missing)).lastZxid).to.equal("0x0");
      expect(existsSync(missing)).to.equal(true);
    }));

  it("refuses a folder that is none", () =>
    split(async (data) => {
      const file = join(data, "snapshot.0");
      expect((await start(file)).error).to.include({ code: "MISSING_FOLDER", exitCode: 3 });
      expect((await start(join(file, "version-2"))).error).to.include({
        code: "MISSING_FOLDER",
        exitCode: 3,
      });
    }));

  it("starts an empty database only if allowed by db.autocreate or the file initialize, which it uses up", () =>
    split(async (data) => {
      const empty = join(data, "../new/version-2");
      expect((await start(empty, empty, { dbAutocreate: false })).error).to.include({
        code: "NO_DATABASE",
        exitCode: 1,
      });
      writeFileSync(join(empty, "../initialize"), "");
      expect((await start(empty, empty, { dbAutocreate: false })).lastZxid).to.equal("0x0");
      expect(existsSync(join(empty, "../initialize"))).to.equal(false);
    }));

  it("removes snapshots that were never finished", () =>
    split(async (data, log) => {
      writeFileSync(join(data, "snapshot.7d.tmp"), "x");
      await start(data, log);
      expect(existsSync(join(data, "snapshot.7d.tmp"))).to.equal(false);
    }));
});
