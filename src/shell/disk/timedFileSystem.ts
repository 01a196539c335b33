import { basename } from "node:path";
import { performance } from "node:perf_hooks";
import { logZxid } from "../../core/storage/fileNames.ts";
import type { FileHandle, FileSystem } from "../../core/storage/fileSystem.ts";

/** The same file system, with every datasync of a log timed: `onSync` hears its duration in ms. */
export function timedFileSystem(fileSystem: FileSystem, onSync: (elapsedMs: number) => void): FileSystem {
  return {
    ...fileSystem,
    open: async (path, mode) => {
      const file = await fileSystem.open(path, mode);
      return logZxid(basename(path)) === null ? file : new TimedFile(file, onSync);
    },
  };
}

class TimedFile implements FileHandle {
  readonly #file: FileHandle;
  readonly #onSync: (elapsedMs: number) => void;
  #startedMs = 0;
  #done: (error: Error | null) => void = () => undefined;

  constructor(file: FileHandle, onSync: (elapsedMs: number) => void) {
    this.#file = file;
    this.#onSync = onSync;
  }

  /** Kept, so that a sync costs no closure. */
  readonly #synced = (error: Error | null): void => {
    this.#onSync(performance.now() - this.#startedMs);
    this.#done(error);
  };

  read(target: Uint8Array, length: number, position: number): Promise<number> {
    return this.#file.read(target, length, position);
  }

  write(bytes: Uint8Array, position: number, done: (error: Error | null) => void): void {
    this.#file.write(bytes, position, done);
  }

  datasync(done: (error: Error | null) => void): void {
    this.#startedMs = performance.now();
    this.#done = done;
    this.#file.datasync(this.#synced);
  }

  truncate(length: number): Promise<void> {
    return this.#file.truncate(length);
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
