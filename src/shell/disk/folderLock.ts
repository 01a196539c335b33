import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { StorageError } from "../../core/storage/storageError.ts";

/**
 * Keeps a second server of this machine off a data folder, whose recovery would cut and remove files under the first
 * one's hands. The lock is a name in the system's table of local sockets, which goes with its process however that
 * ends, so that nothing is left in the folder. Linux and Windows have such names; elsewhere there is no lock.
 */
export class FolderLock {
  readonly #holders: readonly Server[];

  private constructor(holders: readonly Server[]) {
    this.#holders = holders;
  }

  /** Locks the folders, of which two may be the same. Throws StorageError (exit code 3) if one is in use. */
  static async take(folders: readonly string[]): Promise<FolderLock> {
    const holders: Server[] = [];
    try {
      for (const folder of new Set(folders.map(realFolder))) {
        const name = lockName(folder);
        if (name !== null) holders.push(await hold(name, folder));
      }
    } catch (error) {
      for (const holder of holders) holder.close();
      throw error;
    }
    return new FolderLock(holders);
  }

  release(): void {
    for (const holder of this.#holders) holder.close();
  }
}

/** The folder without links: two ways to one folder are one folder. What is missing will be made below what is there. */
function realFolder(folder: string): string {
  const path = resolve(folder);
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realFolder(parent), basename(path));
  }
}

function lockName(folder: string): string | null {
  const hash = createHash("sha256").update(folder).digest("hex").slice(0, 40);
  if (process.platform === "linux") return `\0zabra-${hash}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\zabra-${hash}` : null;
}

function hold(name: string, folder: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.unref();
  return new Promise((done, reject) => {
    server.once("error", (error) => {
      const taken = "code" in error && error.code === "EADDRINUSE";
      const message = taken
        ? `data folder ${folder} is in use by another server of this machine; stop that one, ` +
          "or give each server a folder of its own"
        : `data folder ${folder} cannot be locked: ${error.message}`;
      reject(new StorageError("IN_USE", 3, message, error));
    });
    server.listen(name, () => done(server));
  });
}
