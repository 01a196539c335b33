import { expect } from "chai";
import { MemoryStorage } from "../../../../src/core/storage/memoryStorage.ts";
import { SnapshotTrigger } from "../../../../src/core/storage/snapshotTrigger.ts";
import { Storage, type StorageOptions } from "../../../../src/core/storage/storage.ts";
import { gzipDeflater, gzipInflater } from "../../../../src/shell/disk/gzip.ts";
import { diskError, SimulatedDisk } from "../../../simulation/simulatedDisk.ts";
import { makeBody, ModelSource, StorageModel } from "../../../simulation/storageModel.ts";

const folder = "/data/version-2";

const options: StorageOptions = {
  folders: { snapshots: folder, logs: folder },
  juteLengthMax: 1 << 20,
  trustEmptySnapshot: false,
  datadirAutocreate: true,
  preAllocBytes: 0,
  forceSync: true,
  txnLogSizeLimitBytes: 0,
  snapCount: 10,
  snapSizeLimitBytes: 0,
  snapshot: { compression: "none", withDigest: true, withLastZxid: true },
};

interface Bench {
  readonly disk: SimulatedDisk;
  readonly storage: Storage;
  readonly model: StorageModel;
  readonly said: string[];
  /** Lets slices of a snapshot go on; there is none while it is held. */
  release(): void;
  append(zxid: bigint): void;
}

async function bench(
  disk = new SimulatedDisk(),
  held = false,
  changed: Partial<StorageOptions> = {},
): Promise<Bench> {
  const model = new StorageModel();
  const said: string[] = [];
  let release = (): void => undefined;
  const gate = held ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve();
  const storage = new Storage(
    { ...options, ...changed },
    {
      fileSystem: disk,
      random: () => 0,
      nextSlice: () => gate,
      deflater: gzipDeflater,
      inflater: gzipInflater,
    },
    {
      onSynced: (lastZxid) => void said.push(`synced ${lastZxid}`),
      onFatal: (error) => void said.push(`fatal ${error.message}`),
      onSnapshotDue: () => void said.push("due"),
      warn: (message) => void said.push(`warn ${message}`),
      progress: () => undefined,
    },
  );
  await storage.recover(model, model);
  const append = (zxid: bigint): void => {
    const body = makeBody(zxid, 1, 10, 1);
    storage.append(zxid, body);
    model.apply(zxid, body);
  };
  return { disk, storage, model, said, release, append };
}

const names = async (disk: SimulatedDisk): Promise<string[]> =>
  ((await disk.list(folder)) ?? []).map(({ name }) => name).sort();

describe("Storage", () => {
  it("asks for a snapshot after half of snapCount and rolls the log there", async () => {
    const { storage, said, append, disk, model } = await bench();
    for (let zxid = 1n; zxid <= 5n; zxid++) append(zxid);
    expect(said).to.deep.equal([]);
    append(6n);
    expect(said).to.deep.equal(["due"]);
    storage.flush();
    append(7n);
    storage.flush();
    expect(await storage.takeSnapshot(new ModelSource(model))).to.equal(true);
    await storage.close();
    expect(await names(disk)).to.deep.equal(["log.1", "log.7", "snapshot.7"]);
  });

  it("writes one snapshot at a time, asks for none meanwhile, and closes behind it", async () => {
    const { storage, said, append, disk, model, release } = await bench(new SimulatedDisk(), true);
    append(1n);
    const first = storage.takeSnapshot(new ModelSource(model));
    expect(await storage.takeSnapshot(new ModelSource(model))).to.equal(false);
    for (let zxid = 2n; zxid <= 20n; zxid++) append(zxid);
    expect(said).to.not.include("due");
    let closed = false;
    const closing = storage.close().then(() => (closed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).to.equal(false);
    release();
    expect(await first).to.equal(true);
    await closing;
    expect(await names(disk)).to.include("snapshot.1");
    expect(said.at(-1)).to.equal("synced 20");
  });

  it("counts what the log takes without asking the disk", async () => {
    for (const preAllocBytes of [0, 4096]) {
      const { storage, append, disk } = await bench(new SimulatedDisk(), false, { preAllocBytes });
      for (let zxid = 1n; zxid <= 30n; zxid++) {
        append(zxid);
        storage.flush();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await storage.close();
      const logBytes = (await disk.list(folder))?.reduce((sum, { size }) => sum + size, 0);
      expect(storage.sizes().logs).to.equal(logBytes);
    }
  });

  it("reports a snapshot that cannot be written with exit code 10", async () => {
    const { storage, disk, model } = await bench();
    disk.fault = ({ name, path }) => (name === "rename" ? diskError("ENOSPC", path) : null);
    const error: unknown = await storage
      .takeSnapshot(new ModelSource(model))
      .catch((reason: unknown) => reason);
    expect(error).to.include({ code: "WRITE_FAILED", exitCode: 10 });
    disk.fault = null;
    expect(await storage.takeSnapshot(new ModelSource(model))).to.equal(true);
  });

  it("purges, tells the sizes, and starts again on what is left", async () => {
    const { storage, append, disk, model, said } = await bench();
    for (let zxid = 1n; zxid <= 40n; zxid++) {
      append(zxid);
      storage.flush();
      if (said.includes("due")) {
        said.length = 0;
        await storage.takeSnapshot(new ModelSource(model));
      }
    }
    await storage.close();
    const before = await names(disk);
    expect(before.filter((name) => name.startsWith("snapshot."))).to.have.lengthOf.above(3);
    const removed = await storage.purge(3);
    const left = await names(disk);
    expect([...left, ...removed].sort()).to.deep.equal(before);
    expect(left.filter((name) => name.startsWith("snapshot."))).to.have.lengthOf(3);
    const sizeOf = async (kind: string): Promise<number> =>
      ((await disk.list(folder)) ?? []).reduce(
        (sum, { name, size }) => sum + (name.startsWith(kind) ? size : 0),
        0,
      );
    const sizes = { snapshots: await sizeOf("snapshot."), logs: await sizeOf("log.") };
    expect(storage.sizes()).to.deep.equal(sizes);
    const again = await bench(disk);
    expect(again.model.lastZxid).to.equal(40n);
    expect(again.said).to.deep.equal([]);
  });
});

describe("SnapshotTrigger", () => {
  it("waits for half of the count and a random part of the other half", () => {
    for (const [random, due] of [
      [0, 51],
      [0.5, 76],
      [0.999, 100],
    ]) {
      const trigger = new SnapshotTrigger(100, 0, () => random);
      let count = 1;
      while (!trigger.add(1_000_000)) count++;
      expect(count).to.equal(due);
    }
  });

  it("heeds the limit in bytes", () => {
    const trigger = new SnapshotTrigger(100_000, 1000, () => 0);
    expect([trigger.add(400), trigger.add(100), trigger.add(1)]).to.deep.equal([false, false, true]);
    trigger.reset();
    expect(trigger.add(500)).to.equal(false);
  });
});

describe("MemoryStorage", () => {
  it("counts what is flushed as synced", async () => {
    const synced: [bigint, number, number][] = [];
    const storage = new MemoryStorage({ onSynced: (...told) => void synced.push(told) });
    storage.append(1n, new Uint8Array(10));
    storage.append(2n, new Uint8Array(5));
    expect(synced).to.deep.equal([]);
    storage.flush();
    storage.flush();
    storage.append(3n, new Uint8Array(1));
    await storage.close();
    expect(synced).to.deep.equal([
      [2n, 2, 15],
      [3n, 1, 1],
    ]);
  });
});
