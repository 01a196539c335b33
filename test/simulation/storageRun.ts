import { Storage, type StorageOptions } from "../../src/core/storage/storage.ts";
import { gzipDeflater, gzipInflater } from "../../src/shell/disk/gzip.ts";
import { SeededRandom } from "./random.ts";
import { diskError, SimulatedDisk, type DiskOperation } from "./simulatedDisk.ts";
import { keyCount, makeBody, ModelSource, StorageModel } from "./storageModel.ts";

const folder = "/data/version-2";

/** What a run did; shown so that a test can tell that it did enough. */
export interface RunCounts {
  txns: number;
  crashPoints: number;
  restarts: number;
  snapshots: number;
  purged: number;
  tornTails: number;
  faults: number;
}

/**
 * One long random life of a storage on a disk that loses what was not synced. At every operation on the disk some of
 * the disks that a crash could leave are recovered and compared with what was acknowledged; now and then the run goes
 * on from one of them.
 */
export class StorageRun {
  readonly counts: RunCounts = {
    txns: 0,
    crashPoints: 0,
    restarts: 0,
    snapshots: 0,
    purged: 0,
    tornTails: 0,
    faults: 0,
  };
  readonly #random: SeededRandom;
  readonly #options: StorageOptions;
  #disk = new SimulatedDisk();
  #storage: Storage | null = null;
  #model = new StorageModel();
  /** Bodies by zxid, of everything handed to the storage in this life or inherited by it. Each life has its own map. */
  #issued: Map<bigint, Uint8Array> = new Map();
  #lastIssued = 0n;
  #acked = 0n;
  #snapshotDue = false;
  #snapshotting = false;
  /** Counts the crashes: events of a life that is over are not heard. */
  #life = 0;
  #failed = false;
  #die: () => void = () => undefined;
  #wrong: (error: unknown) => void = () => undefined;
  /** Settles when this life is over. */
  #died: Promise<void> = Promise.resolve();

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#options = {
      folders: { snapshots: folder, logs: this.#random.chance(0.3) ? "/log/version-2" : folder },
      juteLengthMax: 1 << 20,
      trustEmptySnapshot: false,
      datadirAutocreate: true,
      preAllocBytes: this.#random.chance(0.7) ? 3072 : 0,
      forceSync: true,
      txnLogSizeLimitBytes: this.#random.chance(0.3) ? 5000 : 0,
      snapCount: 30,
      snapSizeLimitBytes: 0,
      snapshot: {
        compression: this.#random.chance(0.2) ? "snappy" : "none",
        withDigest: this.#random.chance(0.8),
        withLastZxid: this.#random.chance(0.8),
      },
    };
  }

  async run(steps: number): Promise<RunCounts> {
    await this.#start();
    for (let step = 0; step < steps; step++) {
      if (!this.#failed) await Promise.race([this.#step(), this.#died]);
      if (this.#failed) await this.#restart(this.#disk.crash(this.#random));
    }
    while (this.#failed) await this.#restart(this.#disk.crash(this.#random));
    this.#disk.onOperation = null;
    this.#disk.fault = null;
    await this.#storage?.close();
    await this.#check(this.#disk.crash(this.#random), this.#lastIssued, this.#lastIssued);
    return this.counts;
  }

  async #step(): Promise<void> {
    const life = this.#life;
    const storage = this.#storage;
    if (storage === null) throw new Error("no storage");
    for (let rounds = 1 + this.#random.below(4); rounds > 0; rounds--) {
      for (let count = this.#random.below(8); count > 0; count--) this.#append(storage);
      storage.flush();
      for (let turns = this.#random.below(12); turns > 0; turns--) await Promise.resolve();
      if (this.#life !== life || this.#failed) return;
    }
    if (this.#snapshotDue) {
      this.#snapshotDue = false;
      this.#snapshot(storage, life);
    }
    if (this.#random.chance(0.15)) await this.#purge(storage, life);
    if (this.#random.chance(0.5)) await this.#settle(life);
  }

  #append(storage: Storage): void {
    const zxid = ++this.#lastIssued;
    const fillBytes = this.#random.chance(0.2) ? this.#random.below(1500) : this.#random.below(90);
    const body = makeBody(zxid, this.#random.below(keyCount), fillBytes, 1 + this.#random.below(255));
    this.#issued.set(zxid, body);
    this.counts.txns++;
    storage.append(zxid, body);
  }

  /** Waits, with a bound, until all that was handed over is on disk. */
  async #settle(life: number): Promise<void> {
    for (let turns = 0; this.#acked < this.#lastIssued; turns++) {
      if (this.#life !== life || this.#failed) return;
      if (turns > 1000) throw new Error(`nothing was synced for ${turns} turns`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #snapshot(storage: Storage, life: number): void {
    if (this.#snapshotting) return;
    this.#snapshotting = true;
    storage.takeSnapshot(new ModelSource(this.#model)).then(
      () => {
        if (this.#life !== life) return;
        this.#snapshotting = false;
        this.counts.snapshots++;
      },
      () => this.#fail(life),
    );
  }

  async #purge(storage: Storage, life: number): Promise<void> {
    try {
      this.counts.purged += (await storage.purge(3)).length;
    } catch {
      this.#fail(life);
    }
  }

  /** A disk that has failed ends the process, as a crash does. */
  #fail(life: number): void {
    if (this.#life !== life) return;
    this.#failed = true;
    this.#die();
  }

  /** Each operation on the disk: it may fail, the process may die here, and other crashes are looked at. */
  async #onOperation(life: number): Promise<void> {
    if (this.#life !== life || this.#failed) return;
    this.counts.crashPoints++;
    const acked = this.#acked;
    const issued = this.#lastIssued;
    const image = this.#disk.crash(this.#random);
    if (this.#random.chance(0.01)) {
      this.#failed = true;
      this.#die();
      return new Promise(() => undefined);
    }
    try {
      await this.#check(image, acked, issued);
    } catch (error) {
      // Not to be taken for a fault of the disk: it ends the run.
      this.#wrong(error);
    }
  }

  #fault(operation: DiskOperation): Error | null {
    if (!this.#random.chance(0.004)) return null;
    this.counts.faults++;
    return diskError(this.#random.chance(0.5) ? "ENOSPC" : "EIO", operation.path);
  }

  async #restart(disk: SimulatedDisk): Promise<void> {
    this.#life++;
    this.counts.restarts++;
    this.#disk = disk;
    await this.#start();
  }

  async #start(): Promise<void> {
    const life = this.#life;
    this.#failed = false;
    this.#snapshotDue = false;
    this.#snapshotting = false;
    const { storage, model } = await this.#open(this.#disk, life);
    this.#compare(model, this.#acked, this.#lastIssued, this.#issued);
    // What is served now counts as acknowledged; what was lost was never heard of, and its zxids are used again.
    this.#acked = model.lastZxid;
    this.#lastIssued = model.lastZxid;
    this.#issued = new Map([...this.#issued].filter(([zxid]) => zxid <= model.lastZxid));
    this.#model = model;
    this.#storage = storage;
    this.#died = new Promise((resolve, reject) => {
      this.#die = resolve;
      this.#wrong = reject;
    });
    this.#died.catch(() => undefined);
    this.#disk.onOperation = () => this.#onOperation(life);
    this.#disk.fault = (operation) => this.#fault(operation);
    if (model.lastZxid > 0n) return;
    const written = storage.takeSnapshot(new ModelSource(model)).then(
      () => undefined,
      () => this.#fail(life),
    );
    await Promise.race([written, this.#died]);
  }

  async #open(disk: SimulatedDisk, life: number): Promise<{ storage: Storage; model: StorageModel }> {
    const model = new StorageModel();
    const storage = new Storage(
      this.#options,
      {
        fileSystem: disk,
        random: () => this.#random.next(),
        nextSlice: () => Promise.resolve(),
        deflater: gzipDeflater,
        inflater: gzipInflater,
      },
      {
        onSynced: (lastZxid) => this.#synced(life, lastZxid),
        onFatal: () => this.#fail(life),
        onSnapshotDue: () => (this.#snapshotDue = true),
        warn: (message) => void (this.counts.tornTails += message.includes("cut off") ? 1 : 0),
        progress: () => undefined,
      },
    );
    await storage.recover(model, model);
    return { storage, model };
  }

  #synced(life: number, lastZxid: bigint): void {
    if (this.#life !== life) return;
    if (this.#failed) throw new Error("acknowledged after the disk had failed");
    for (let zxid = this.#acked + 1n; zxid <= lastZxid; zxid++) {
      const body = this.#issued.get(zxid);
      if (body !== undefined) this.#model.apply(zxid, body);
    }
    this.#acked = lastZxid;
  }

  /** Recovers a disk as a crash left it; sometimes crashes again on the way, and always once it serves. */
  async #check(image: SimulatedDisk, acked: bigint, issued: bigint): Promise<void> {
    const bodies = this.#issued;
    if (this.#random.chance(0.1)) {
      image.onOperation = async () => {
        const again = image.crash(this.#random);
        this.#compare((await this.#open(again, -1)).model, acked, issued, bodies);
      };
    }
    if (this.#random.chance(0.05)) await this.#refuseUnreadable(image);
    const { model } = await this.#open(image, -1);
    this.#compare(model, acked, issued, bodies);
    if (this.#random.chance(0.3)) {
      const later = await this.#open(image.crash(this.#random), -1);
      this.#compare(later.model, model.lastZxid, model.lastZxid, bodies);
    }
  }

  /** A disk that cannot be read must end the start; an older state would be served otherwise. */
  async #refuseUnreadable(image: SimulatedDisk): Promise<void> {
    let reads = this.#random.below(6);
    let hit = false;
    image.fault = ({ name, path }) => {
      hit ||= name === "read" && reads-- === 0;
      return hit ? diskError("EIO", path) : null;
    };
    const outcome = await this.#open(image, -1).then(
      () => "started",
      (error: Error) => error.message,
    );
    image.fault = null;
    if (hit && !outcome.startsWith("EIO")) throw new Error(`with an unreadable file: ${outcome}`);
  }

  /** Nothing acknowledged is lost and nothing is invented. */
  #compare(model: StorageModel, acked: bigint, issued: bigint, bodies: Map<bigint, Uint8Array>): void {
    const { lastZxid } = model;
    if (lastZxid < acked) throw new Error(`recovered up to ${lastZxid}, acknowledged were ${acked}`);
    if (lastZxid > issued) throw new Error(`recovered up to ${lastZxid}, written were ${issued}`);
    for (const [zxid, body] of model.replayed) {
      const wanted = bodies.get(zxid);
      if (wanted === undefined || Buffer.compare(wanted, body) !== 0)
        throw new Error(`transaction ${zxid} is another`);
    }
    const expected = new StorageModel();
    for (let zxid = 1n; zxid <= lastZxid; zxid++) {
      const body = bodies.get(zxid);
      if (body !== undefined) expected.apply(zxid, body);
    }
    for (let key = 0; key < keyCount; key++) {
      if (expected.writtenBy[key] !== model.writtenBy[key]) {
        throw new Error(
          `key ${key} was last written by ${expected.writtenBy[key]}, recovered is ${model.writtenBy[key]}`,
        );
      }
    }
  }
}
