/** What a reader needs of an open file. Positions and lengths are bytes. */
export interface ReadableFile {
  /** Bytes read; less than asked for only at the end of the file. */
  read(target: Uint8Array, length: number, position: number): Promise<number>;
  size(): Promise<number>;
}

/** An open file. */
export interface FileHandle extends ReadableFile {
  /** Writes all of `bytes`, which stay untouched until `done`. */
  write(bytes: Uint8Array, position: number, done: (error: Error | null) => void): void;
  /** Data and length reach the disk. */
  datasync(done: (error: Error | null) => void): void;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** One file of a folder. */
export interface DirectoryEntry {
  readonly name: string;
  readonly size: number;
}

/**
 * All that this server does to disks. The real one, and the simulated one of the tests, which loses whatever was not
 * synced, stand behind it.
 */
export interface FileSystem {
  /** "r" reads, "r+" also writes an existing file, "w" starts an empty one. */
  open(path: string, mode: "r" | "r+" | "w"): Promise<FileHandle>;
  /** Files of a folder; null if there is no such folder. */
  list(directory: string): Promise<DirectoryEntry[] | null>;
  makeDirectory(directory: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Creations, renames and removals in the folder reach the disk. */
  syncDirectory(directory: string): Promise<void>;
}
