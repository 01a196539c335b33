import { fdatasync, write, writeSync, read, ftruncate, close, open, fstat } from "node:fs";
import { mkdir, readdir, rename, rm, stat, open as openFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import type { DirectoryEntry, FileHandle, FileSystem } from "../../core/storage/fileSystem.ts";

const openFd = promisify(open);
const closeFd = promisify(close);
const truncateFd = promisify(ftruncate);
const statFd = promisify(fstat);
const readFd = promisify(read);
const modes = { r: "r", "r+": "r+", w: "w" } as const;

/** The real disk. */
export const nodeFileSystem: FileSystem = {
  async open(path, mode) {
    return new NodeFile(await openFd(path, modes[mode]));
  },

  async list(directory) {
    let names: string[];
    try {
      names = await readdir(directory);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw error;
    }
    const entries: DirectoryEntry[] = [];
    for (const name of names) {
      // A file may be purged or renamed between the two calls.
      const info = await stat(join(directory, name)).catch(() => null);
      if (info?.isFile() === true) entries.push({ name, size: info.size });
    }
    return entries;
  },

  async makeDirectory(directory) {
    await makeFolder(resolve(directory));
  },

  rename,

  async remove(path) {
    await rm(path, { force: true });
  },

  syncDirectory: syncFolder,
};

/**
 * Makes a folder and those above it that are missing, and syncs every folder that got a new entry. Step by step, since
 * Node's recursive mkdir never returns where a missing entry cannot be made below a folder that is there, as in /proc.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (!(await isMissing(path))) return checkIsFolder(path, error);
    const parent = dirname(path);
    if (parent === path || !(await isMissing(parent))) throw error;
    await makeFolder(parent);
    return makeFolder(path);
  }
  await syncFolder(dirname(path));
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT";
  }
}

/** Another process may have made the folder in the meantime; anything but a folder is the fault that mkdir told of. */
async function checkIsFolder(path: string, fault: unknown): Promise<void> {
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory() !== true) throw fault;
}

async function syncFolder(directory: string): Promise<void> {
  const handle = await openFile(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * So few bytes are written without a thread of the pool: they only go to the memory of the kernel, in less time than it
 * takes to wake a thread, and wake this one again. Not behind a sync that has taken long: a busy disk can hold up even that.
 */
const writtenAtOnceMax = 64 * 1024;
const quickSyncMs = 5;

class NodeFile implements FileHandle {
  readonly #fd: number;
  #syncStartedMs = 0;
  /** What the last sync took. */
  #syncMs = Infinity;
  #synced: (error: Error | null) => void = () => undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #written = 0;
  #position = 0;
  #done: (error: Error | null) => void = () => undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  async read(target: Uint8Array, length: number, position: number): Promise<number> {
    let total = 0;
    while (total < length) {
      const { bytesRead } = await readFd(this.#fd, target, total, length - total, position + total);
      if (bytesRead === 0) break;
      total += bytesRead;
    }
    return total;
  }

  /** One write at a time, as the callers of FileHandle do. `done` may be called at once. */
  write(bytes: Uint8Array, position: number, done: (error: Error | null) => void): void {
    if (bytes.length <= writtenAtOnceMax && this.#syncMs <= quickSyncMs) {
      return this.#writeNow(bytes, position, done);
    }
    this.#bytes = bytes;
    this.#written = 0;
    this.#position = position;
    this.#done = done;
    write(this.#fd, bytes, 0, bytes.length, position, this.#onWritten);
  }

  #writeNow(bytes: Uint8Array, position: number, done: (error: Error | null) => void): void {
    try {
      let written = 0;
      while (written < bytes.length)
        written += writeSync(this.#fd, bytes, written, bytes.length - written, position + written);
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)));
    }
    done(null);
  }

  /** A disk that is nearly full may take a part of the bytes; the rest is asked for again, which then tells why. */
  readonly #onWritten = (error: NodeJS.ErrnoException | null, count: number): void => {
    if (error !== null) return this.#done(error);
    this.#written += count;
    if (this.#written >= this.#bytes.length) return this.#done(null);
    const left = this.#bytes.length - this.#written;
    write(this.#fd, this.#bytes, this.#written, left, this.#position + this.#written, this.#onWritten);
  };

  datasync(done: (error: Error | null) => void): void {
    this.#synced = done;
    this.#syncStartedMs = performance.now();
    fdatasync(this.#fd, this.#onSynced);
  }

  readonly #onSynced = (error: Error | null): void => {
    this.#syncMs = performance.now() - this.#syncStartedMs;
    this.#synced(error);
  };

  async truncate(length: number): Promise<void> {
    await truncateFd(this.#fd, length);
  }

  async size(): Promise<number> {
    return (await statFd(this.#fd)).size;
  }

  async close(): Promise<void> {
    await closeFd(this.#fd);
  }
}
