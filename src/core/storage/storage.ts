import type { RecoveryEvents, SnapshotSink, SnapshotSource, TxnSink } from "./contracts.ts";
import { cutBehind } from "./cutBehind.ts";
import { logZxid, snapshotZxid } from "./fileNames.ts";
import type { FileSystem } from "./fileSystem.ts";
import { readHistory } from "./logHistory.ts";
import { LogWriter } from "./logWriter.ts";
import type { CommittedProposal } from "../zab/sync/committedLog.ts";
import { planPurge } from "./purge.ts";
import { recover, type Recovered } from "./recovery.ts";
import { looksWhole, type Inflater } from "./snapshotReader.ts";
import { writeSnapshot, type Deflater, type SnapshotOptions } from "./snapshotWriter.ts";
import { SnapshotTrigger } from "./snapshotTrigger.ts";
import { StorageError } from "./storageError.ts";
import type { StorageFolders } from "./storageFiles.ts";

/** Keys of zoo.cfg about the disk; sizes in bytes. */
export interface StorageOptions {
  readonly folders: StorageFolders;
  readonly juteLengthMax: number;
  readonly trustEmptySnapshot: boolean;
  readonly datadirAutocreate: boolean;
  readonly dbAutocreate?: boolean;
  /** As `RecoveryOptions` has it. */
  readonly mayBeFilled?: boolean;
  readonly preAllocBytes: number;
  readonly forceSync: boolean;
  readonly txnLogSizeLimitBytes: number;
  readonly snapCount: number;
  readonly snapSizeLimitBytes: number;
  readonly snapshot: SnapshotOptions;
}

/** What the outside world lends to the storage. */
export interface StorageTools {
  readonly fileSystem: FileSystem;
  readonly random: () => number;
  /** Resolves once other work has had its turn. */
  readonly nextSlice: () => Promise<void>;
  readonly deflater: () => Deflater;
  readonly inflater: () => Inflater;
}

/** What the storage tells the server. */
export interface StorageEvents extends RecoveryEvents {
  onSynced(lastZxid: bigint, transactionCount: number, bytes: number): void;
  onFatal(error: Error): void;
  /** Enough was logged since the last snapshot: `takeSnapshot` is due. */
  onSnapshotDue(): void;
}

/** The face of a server's disk, real or not. */
export interface ServerStorage {
  /** Adds a transaction to the log; `body` is copied. */
  append(zxid: bigint, body: Uint8Array): void;
  /** Starts writing what was added; `onSynced` follows. */
  flush(): void;
  /** Does so in the middle of a turn if the disk rests and enough was added; returns whether it did. */
  flushIfDue(): boolean;
  /** Writes a snapshot in slices; the log goes on in a new file. False if one is being written already. */
  takeSnapshot(source: SnapshotSource): Promise<boolean>;
  /** Keeps so many snapshots and the logs they need. Returns the names of what was removed. */
  purge(retain: number): Promise<string[]>;
  /** Bytes of the logs, and of all else; with two folders, of each. What is set aside counts, as for Apache. */
  sizes(): { readonly snapshots: number; readonly logs: number };
  /** Looks again how large the files are. */
  refreshSizes(): Promise<void>;
  close(): Promise<void>;
}

/** Apache's version-2 folders. */
export class Storage implements ServerStorage {
  readonly #options: StorageOptions;
  readonly #tools: StorageTools;
  readonly #events: StorageEvents;
  #log: LogWriter;
  readonly #trigger: SnapshotTrigger;
  #snapshotUnderWay: Promise<void> | null = null;
  #snapshotBytes = 0;
  #logBytes = 0;

  constructor(options: StorageOptions, tools: StorageTools, events: StorageEvents) {
    this.#options = options;
    this.#tools = tools;
    this.#events = events;
    this.#trigger = new SnapshotTrigger(options.snapCount, options.snapSizeLimitBytes, tools.random);
    this.#log = this.#newLog();
  }

  #newLog(): LogWriter {
    const events = this.#events;
    const options = this.#options;
    return new LogWriter(
      this.#tools.fileSystem,
      {
        directory: options.folders.logs,
        preAllocBytes: options.preAllocBytes,
        forceSync: options.forceSync,
        sizeLimitBytes: options.txnLogSizeLimitBytes,
      },
      {
        onSynced: (lastZxid, transactionCount, bytes) => events.onSynced(lastZxid, transactionCount, bytes),
        onFatal: (error) => events.onFatal(error),
        onGrown: (bytes) => void (this.#logBytes += bytes),
      },
    );
  }

  /** Settles when nothing is on its way to the disk any more, snapshots included; the log goes on in a new file. */
  async rest(): Promise<void> {
    while (this.#snapshotUnderWay !== null) await this.#snapshotUnderWay;
    await this.#log.close();
    this.#log = this.#newLog();
  }

  /** Takes back every transaction behind `zxid`, durably. `recover` is due next. */
  async cutBehind(zxid: bigint): Promise<void> {
    await this.rest();
    const { folders, juteLengthMax } = this.#options;
    await cutBehind(this.#tools.fileSystem, folders, juteLengthMax, zxid);
  }

  /** Transactions on disk, see `readHistory`. */
  async history(
    zxid: bigint,
    untilZxid: bigint,
    sizeFactor: number,
  ): Promise<readonly CommittedProposal[] | null> {
    const { folders, juteLengthMax } = this.#options;
    return readHistory(this.#tools.fileSystem, folders, juteLengthMax, sizeFactor, zxid, untilZxid);
  }

  /** Loads what is there; before anything is appended, or after `rest` or `cutBehind`. Throws StorageError. */
  async recover(snapshotSink: SnapshotSink, txnSink: TxnSink): Promise<Recovered> {
    const { fileSystem, inflater } = this.#tools;
    const options = this.#options;
    return recover(fileSystem, options.folders, options, snapshotSink, txnSink, this.#events, inflater);
  }

  append(zxid: bigint, body: Uint8Array): void {
    this.#log.append(zxid, body);
    if (this.#trigger.add(body.length) && this.#snapshotUnderWay === null) {
      this.#trigger.reset();
      // What was appended so far goes to the old file, as in Apache, where the roll follows the append.
      this.#log.rollAfterPending();
      this.#events.onSnapshotDue();
    }
  }

  flush(): void {
    this.#log.flush();
  }

  flushIfDue(): boolean {
    if (!this.#log.isDue) return false;
    this.#log.flush();
    return true;
  }

  async takeSnapshot(source: SnapshotSource): Promise<boolean> {
    if (this.#snapshotUnderWay !== null) {
      source.end();
      return false;
    }
    const { fileSystem, nextSlice, deflater } = this.#tools;
    const { folders, snapshot } = this.#options;
    const work = writeSnapshot(fileSystem, folders.snapshots, source, snapshot, nextSlice, deflater);
    this.#snapshotUnderWay = work.then(
      () => undefined,
      () => undefined,
    );
    try {
      await work;
      return true;
    } catch (error) {
      throw new StorageError(
        "WRITE_FAILED",
        10,
        `cannot write a snapshot to ${folders.snapshots}: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    } finally {
      this.#snapshotUnderWay = null;
      source.end();
      await this.refreshSizes().catch(() => undefined);
    }
  }

  async purge(retain: number): Promise<string[]> {
    const { fileSystem } = this.#tools;
    const { folders } = this.#options;
    const snapshots = (await fileSystem.list(folders.snapshots)) ?? [];
    const logs = (await fileSystem.list(folders.logs)) ?? [];
    const whole = new Set<string>();
    for (const { name } of snapshots) {
      const parsed = snapshotZxid(name);
      if (parsed === null) continue;
      const file = await fileSystem.open(`${folders.snapshots}/${name}`, "r");
      try {
        if ((await looksWhole(file, parsed.compression)) === null) whole.add(name);
      } finally {
        await file.close();
      }
    }
    const names = (entries: { name: string }[]): string[] => entries.map(({ name }) => name);
    const plan = planPurge(names(snapshots), names(logs), retain, (name) => whole.has(name));
    // Logs go first: a snapshot without its logs is of use, logs without theirs would refuse the start.
    for (const name of plan.logs) await fileSystem.remove(`${folders.logs}/${name}`);
    for (const name of plan.snapshots) await fileSystem.remove(`${folders.snapshots}/${name}`);
    await this.refreshSizes();
    return [...plan.logs, ...plan.snapshots];
  }

  sizes(): { readonly snapshots: number; readonly logs: number } {
    return { snapshots: this.#snapshotBytes, logs: this.#logBytes };
  }

  async refreshSizes(): Promise<void> {
    const { fileSystem } = this.#tools;
    const { folders } = this.#options;
    const apart = folders.logs !== folders.snapshots;
    let snapshotBytes = 0;
    let logBytes = 0;
    for (const { name, size } of (await fileSystem.list(folders.snapshots)) ?? []) {
      if (!apart && logZxid(name) !== null) logBytes += size;
      else snapshotBytes += size;
    }
    if (apart) for (const { size } of (await fileSystem.list(folders.logs)) ?? []) logBytes += size;
    this.#snapshotBytes = snapshotBytes;
    this.#logBytes = logBytes;
  }

  /** Finishes the snapshot under way, writes out the log and closes it. */
  async close(): Promise<void> {
    await this.#snapshotUnderWay;
    await this.#log.close();
  }
}
