import type { FileHandle } from "./fileSystem.ts";

/** Settles once content and length of the file are safe. */
export function datasync(file: FileHandle): Promise<void> {
  return new Promise((resolve, reject) => {
    file.datasync((error) => (error === null ? resolve() : reject(error)));
  });
}
