import { adler32 } from "../../../protocol/checksums.ts";
import type { FileHandle, FileSystem } from "./fileSystem.ts";
import { logName } from "./fileNames.ts";
import { endOfRecord, logHeaderBytes, paddedSize, recordHeadBytes, writeLogHeader } from "./logFormat.ts";

/** What the writer tells its owner. */
export interface LogWriterEvents {
  /** Every transaction up to `lastZxid` is on disk. `elapsedMs` is what the write and the sync took. */
  onSynced(lastZxid: bigint, transactionCount: number, bytes: number): void;
  /** The log takes so many bytes more on disk, written or set aside. */
  onGrown?(bytes: number): void;
  /** The disk has failed; nothing was or will be acknowledged from here on. Called once. */
  onFatal(error: Error): void;
}

export interface LogWriterOptions {
  readonly directory: string;
  readonly preAllocBytes: number;
  /** False skips the sync (forceSync=no): an answer may then get ahead of the disk. */
  readonly forceSync: boolean;
  /** Size after which a new file is begun, or 0. */
  readonly sizeLimitBytes: number;
}

/** A block being filled or being written. */
class Block {
  bytes = new Uint8Array(64 * 1024);
  view = new DataView(this.bytes.buffer);
  length = 0;
  count = 0;
  firstZxid = 0n;
  lastZxid = 0n;

  reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.length + size, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  clear(): void {
    this.length = 0;
    this.count = 0;
    if (this.bytes.length > blockKeptBytes) {
      this.bytes = new Uint8Array(64 * 1024);
      this.view = new DataView(this.bytes.buffer);
    }
  }
}

/**
 * Transactions in one write at most (maxBatchSize of Apache). Recovery relies on it: no more than these can stand behind
 * a part of a write that a crash has lost.
 */
const blockTransactionsMax = 1000;

/** Fewer transactions never go to disk before their turn of the event loop is over: a sync has its price. */
const dueTransactionsMin = 64;

/** Each block lets the memory of the busiest moment fade by this part. */
const peakFadeShift = 5;

/** Blocks above this size are given back after use. */
const blockKeptBytes = 4 * 1024 * 1024;

/**
 * Group commit: transactions gather in one block while the block before is on its way to disk; each block costs one
 * write and one fdatasync. No promise and no closure per transaction or block; a new file's folder is synced before
 * anything in the file counts as on disk.
 *
 *     append append append | flush -> write + fdatasync -> onSynced | the next block goes at once
 */
export class LogWriter {
  readonly #fileSystem: FileSystem;
  readonly #options: LogWriterOptions;
  readonly #events: LogWriterEvents;
  #filling = new Block();
  #writing = new Block();
  /** Blocks that are full and wait for their turn, oldest first. */
  #full: Block[] = [];
  #busy = false;
  #failed = false;
  #rollRequested = false;
  /** The block that ends with or after this zxid is the last of its file. */
  #rollAfterZxid: bigint | null = null;
  #wantsFlush = false;
  /** Most transactions that were not on disk at a time, of late. */
  #peak = 0;
  #file: FileHandle | null = null;
  #position = 0;
  #fileSize = 0;
  /** Size that a new file gets once its first block is written; 0 otherwise. */
  #padTo = 0;
  /** Size that was reported by onGrown. */
  #reportedSize = 0;
  /** Kept so that the hot path allocates nothing. */
  readonly #onWritten = (error: Error | null): void => this.#written(error);
  readonly #onSynced = (error: Error | null): void => this.#synced(error);
  #idle: (() => void) | null = null;

  constructor(fileSystem: FileSystem, options: LogWriterOptions, events: LogWriterEvents) {
    this.#fileSystem = fileSystem;
    this.#options = options;
    this.#events = events;
  }

  /** Transactions that are not on disk yet. */
  get pendingCount(): number {
    const waiting = this.#full.reduce((sum, block) => sum + block.count, this.#filling.count);
    return waiting + (this.#busy ? this.#writing.count : 0);
  }

  /**
   * Whether half of what is usually under way has gathered while the disk rests. Written now, it keeps the disk at work
   * while the other half comes in; else each would wait for the other.
   */
  get isDue(): boolean {
    return !this.#busy && this.#filling.count >= Math.max(dueTransactionsMin, this.#peak >> 1);
  }

  /** Adds a transaction to the next block; `body` is copied. */
  append(zxid: bigint, body: Uint8Array): void {
    if (this.#failed) return;
    if (this.#filling.count >= blockTransactionsMax) {
      this.#full.push(this.#filling);
      this.#filling = new Block();
    }
    const block = this.#filling;
    const size = body.length;
    block.reserve(size + recordHeadBytes + 1);
    const at = block.length;
    const start = at + recordHeadBytes;
    block.bytes.set(body, start);
    block.view.setUint32(at, 0);
    block.view.setUint32(at + 4, adler32(block.bytes, start, start + size));
    block.view.setInt32(at + 8, size);
    block.bytes[start + size] = endOfRecord;
    block.length = start + size + 1;
    if (block.count === 0) block.firstZxid = zxid;
    block.count++;
    block.lastZxid = zxid;
  }

  /** Starts writing what has gathered, or lets it follow what is being written. */
  flush(): void {
    if (this.#filling.count === 0 || this.#failed) return;
    const pending = this.#filling.count + (this.#busy ? this.#writing.count : 0);
    if (pending > this.#peak) this.#peak = pending;
    if (this.#busy) {
      this.#wantsFlush = true;
      return;
    }
    const full = this.#full.shift();
    const block = full ?? this.#filling;
    if (full === undefined) this.#filling = this.#writing;
    this.#writing = block;
    this.#busy = true;
    this.#peak -= this.#peak >> peakFadeShift;
    this.#wantsFlush = this.#full.length > 0 || full !== undefined;
    if (this.#file === null || this.#rollRequested)
      this.#openThenWrite(block).catch((error: unknown) => this.#fail(error));
    else this.#write(block, this.#file);
  }

  /** What has gathered still goes to the present file; the block after it begins a new one. */
  rollAfterPending(): void {
    if (this.#filling.count > 0) this.#rollAfterZxid = this.#filling.lastZxid;
    else this.#rollRequested = true;
  }

  async #openThenWrite(block: Block): Promise<void> {
    const { directory } = this.#options;
    this.#rollRequested = false;
    const before = this.#file;
    this.#file = null;
    if (before !== null) await before.close();
    const path = `${directory}/${logName(block.firstZxid)}`;
    const file = await this.#fileSystem.open(path, "w");
    await this.#fileSystem.syncDirectory(directory);
    this.#file = file;
    this.#position = 0;
    this.#fileSize = logHeaderBytes;
    this.#reportedSize = 0;
    // The header goes out in one write with the first records, in front of them.
    block.reserve(logHeaderBytes);
    block.bytes.copyWithin(logHeaderBytes, 0, block.length);
    writeLogHeader(block.bytes);
    block.length += logHeaderBytes;
    this.#write(block, file);
  }

  #write(block: Block, file: FileHandle): void {
    const position = Math.max(this.#position, logHeaderBytes);
    const size = paddedSize(position, this.#fileSize, this.#options.preAllocBytes);
    const grown = Math.max(size, this.#position + block.length) - this.#reportedSize;
    if (grown > 0) {
      this.#reportedSize += grown;
      this.#events.onGrown?.(grown);
    }
    if (size > this.#fileSize) {
      this.#fileSize = size;
      // A new file begins with its header, whenever the process is killed: Apache does not start on zeros.
      if (this.#position === 0) {
        this.#padTo = size;
        file.write(block.bytes.subarray(0, block.length), 0, this.#onWritten);
        return;
      }
      file.truncate(size).then(
        () => file.write(block.bytes.subarray(0, block.length), this.#position, this.#onWritten),
        (error: unknown) => this.#fail(error),
      );
      return;
    }
    file.write(block.bytes.subarray(0, block.length), this.#position, this.#onWritten);
  }

  #written(error: Error | null): void {
    if (error !== null) return this.#fail(error);
    this.#position += this.#writing.length;
    const file = this.#file;
    const padTo = this.#padTo;
    this.#padTo = 0;
    if (file === null || padTo <= this.#position) return this.#sync();
    file.truncate(padTo).then(
      () => this.#sync(),
      (failure: unknown) => this.#fail(failure),
    );
  }

  #sync(): void {
    if (this.#file === null || !this.#options.forceSync) return this.#synced(null);
    this.#file.datasync(this.#onSynced);
  }

  #synced(error: Error | null): void {
    if (error !== null) return this.#fail(error);
    if (this.#failed) return;
    const { lastZxid, count, length } = this.#writing;
    const { sizeLimitBytes } = this.#options;
    if (sizeLimitBytes > 0 && this.#position > sizeLimitBytes) this.#rollRequested = true;
    if (this.#rollAfterZxid !== null && lastZxid >= this.#rollAfterZxid) {
      this.#rollRequested = true;
      this.#rollAfterZxid = null;
    }
    this.#writing.clear();
    this.#busy = false;
    if (this.#wantsFlush) this.flush();
    this.#events.onSynced(lastZxid, count, length);
    if (!this.#busy) this.#becomeIdle();
  }

  /** Whatever the disk did with the failed write is unknown, so nothing is tried again. */
  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#events.onFatal(error instanceof Error ? error : new Error(String(error)));
    this.#becomeIdle();
  }

  #becomeIdle(): void {
    const idle = this.#idle;
    this.#idle = null;
    idle?.();
  }

  /** Writes out what has gathered and closes the file. */
  async close(): Promise<void> {
    while (!this.#failed && (this.#busy || this.#filling.count > 0)) {
      const done = new Promise<void>((resolve) => (this.#idle = resolve));
      this.flush();
      await done;
    }
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }
}
