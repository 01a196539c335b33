import type { DirectoryEntry, FileHandle, FileSystem } from "../../src/core/storage/fileSystem.ts";
import type { SeededRandom } from "./random.ts";

const sectorBytes = 512;

type FileChange =
  | { readonly kind: "write"; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly length: number };

/** A change that is not safe yet, with what it takes to undo it: the length before, and what stood where it wrote. */
interface UnsafeChange {
  readonly made: FileChange;
  readonly lengthBefore: number;
  readonly overwritten: Uint8Array;
}

/** A file's content as programs see it, and what of it is not safe yet. */
class Inode {
  /** Has room behind the content; all of it is 0. */
  #room: Uint8Array;
  #length = 0;
  readonly #unsafe: UnsafeChange[];

  constructor(content: Uint8Array = new Uint8Array(0), unsafe: readonly UnsafeChange[] = []) {
    this.#room = content;
    this.#length = content.length;
    this.#unsafe = [...unsafe];
  }

  get content(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  change(made: FileChange): void {
    const lengthBefore = this.#length;
    const from = made.kind === "write" ? made.position : made.length;
    const until = made.kind === "write" ? made.position + made.bytes.length : Infinity;
    const overwritten = this.content.slice(from, until);
    this.#unsafe.push({ made, lengthBefore, overwritten });
    this.#apply(made);
  }

  sync(): void {
    this.#unsafe.length = 0;
  }

  /** Everything as it is, on another disk. */
  copy(): Inode {
    return new Inode(this.content.slice(), this.#unsafe);
  }

  /** What a loss of power may leave: each unsafe change is there, or not, or in part. */
  survivor(random: SeededRandom): Inode {
    const survivor = new Inode(this.content.slice());
    for (const { made, lengthBefore, overwritten } of this.#unsafe.toReversed())
      survivor.#undo(made, lengthBefore, overwritten);
    for (const { made } of this.#unsafe) {
      const fate = random.below(4);
      if (fate === 0) continue;
      const parts = made.kind === "truncate" || fate === 1 ? [made] : torn(made, random, fate === 2);
      for (const part of parts) survivor.#apply(part);
    }
    return survivor;
  }

  #apply(made: FileChange): void {
    if (made.kind === "truncate") {
      this.#resize(made.length);
      return;
    }
    this.#resize(Math.max(this.#length, made.position + made.bytes.length));
    this.#room.set(made.bytes, made.position);
  }

  #undo(made: FileChange, lengthBefore: number, overwritten: Uint8Array): void {
    this.#resize(lengthBefore);
    this.#room.set(overwritten, made.kind === "write" ? made.position : made.length);
  }

  #resize(length: number): void {
    if (length > this.#room.length) {
      const room = new Uint8Array(length * 2);
      room.set(this.content);
      this.#room = room;
    }
    if (length < this.#length) this.#room.fill(0, length, this.#length);
    this.#length = length;
  }
}

type FolderChange =
  | { readonly kind: "set"; readonly name: string; readonly inode: Inode }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string; readonly inode: Inode };

interface Folder {
  entries: Map<string, Inode>;
  synced: Map<string, Inode>;
  changes: FolderChange[];
}

/** What the disk is about to do; handed to `fault` and `onOperation`. */
export interface DiskOperation {
  readonly name: "open" | "read" | "write" | "datasync" | "truncate" | "rename" | "remove" | "syncDirectory";
  readonly path: string;
}

/**
 * A disk in memory that keeps its promises and no more: what was not synced may be there after a crash, or not, or in
 * part. `crash` gives one of the disks that may be found afterwards.
 */
export class SimulatedDisk implements FileSystem {
  /** Before each operation that changes the disk or makes it safe; the operation waits for it. */
  onOperation: ((operation: DiskOperation) => Promise<void> | void) | null = null;
  /** An error that an operation is to fail with, or null. */
  fault: ((operation: DiskOperation) => Error | null) | null = null;
  operationCount = 0;
  /** A disk that says that it has synced, and has not. */
  liesAboutSyncs = false;
  #folders = new Map<string, Folder>();

  /** What could be found after a loss of power now. Unsynced work is kept, dropped or torn by `random`. */
  crash(random: SeededRandom): SimulatedDisk {
    const after = new SimulatedDisk();
    const copies = new Map<Inode, Inode>();
    const survive = (inode: Inode): Inode => {
      const copy = copies.get(inode) ?? inode.survivor(random);
      copies.set(inode, copy);
      return copy;
    };
    // One time in four the machine lives and only the process dies: then nothing at all is lost.
    const processOnly = random.chance(0.25);
    for (const [path, folder] of this.#folders) {
      const entries = new Map<string, Inode>();
      if (processOnly) {
        for (const [name, inode] of folder.entries) entries.set(name, copyOnce(inode, copies));
        const synced = new Map<string, Inode>();
        for (const [name, inode] of folder.synced) synced.set(name, copyOnce(inode, copies));
        const changes = folder.changes.map((change) =>
          change.kind === "remove" ? change : { ...change, inode: copyOnce(change.inode, copies) },
        );
        after.#folders.set(path, { entries, synced, changes });
        continue;
      }
      for (const [name, inode] of folder.synced) entries.set(name, inode);
      for (const change of folder.changes) if (random.chance(0.5)) applyToFolder(entries, change);
      for (const [name, inode] of entries) entries.set(name, survive(inode));
      after.#folders.set(path, { entries, synced: new Map(entries), changes: [] });
    }
    return after;
  }

  /** One bit of what is safe in a log or snapshot is another one now. */
  flip(random: SeededRandom): void {
    const files = [...this.#folders.values()].flatMap(({ entries }) =>
      [...entries].filter(([name, { length }]) => /^(log|snapshot)\./.test(name) && length > 0),
    );
    if (files.length === 0) return;
    const [, inode] = files[random.below(files.length)];
    const position = random.below(inode.length);
    const bytes = Uint8Array.of(inode.content[position] ^ (1 << random.below(8)));
    inode.change({ kind: "write", position, bytes });
    inode.sync();
  }

  async open(path: string, mode: "r" | "r+" | "w"): Promise<FileHandle> {
    if (mode === "w") await this.#operate({ name: "open", path });
    const [folder, name] = this.#locate(path);
    let inode = folder.entries.get(name);
    if (inode === undefined) {
      if (mode !== "w") throw diskError("ENOENT", path);
      inode = new Inode();
      applyToFolder(folder.entries, { kind: "set", name, inode });
      folder.changes.push({ kind: "set", name, inode });
    } else if (mode === "w") {
      inode.change({ kind: "truncate", length: 0 });
    }
    const syncs = (): boolean => !this.liesAboutSyncs;
    return new SimulatedFile(inode, path, (operation) => this.#operate(operation), syncs);
  }

  async list(directory: string): Promise<DirectoryEntry[] | null> {
    const folder = this.#folders.get(directory);
    if (folder === undefined) return null;
    return [...folder.entries].map(([name, inode]) => ({ name, size: inode.length }));
  }

  async makeDirectory(directory: string): Promise<void> {
    if (this.#folders.has(directory)) return;
    this.#folders.set(directory, { entries: new Map(), synced: new Map(), changes: [] });
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#operate({ name: "rename", path: to });
    const [folder, name] = this.#locate(from);
    const [, target] = this.#locate(to);
    const inode = folder.entries.get(name);
    if (inode === undefined) throw diskError("ENOENT", from);
    const renamed: FolderChange = { kind: "rename", from: name, to: target, inode };
    applyToFolder(folder.entries, renamed);
    folder.changes.push(renamed);
  }

  async remove(path: string): Promise<void> {
    await this.#operate({ name: "remove", path });
    const [folder, name] = this.#locate(path);
    if (!folder.entries.has(name)) throw diskError("ENOENT", path);
    const removed: FolderChange = { kind: "remove", name };
    applyToFolder(folder.entries, removed);
    folder.changes.push(removed);
  }

  async syncDirectory(directory: string): Promise<void> {
    await this.#operate({ name: "syncDirectory", path: directory });
    const folder = this.#folders.get(directory);
    if (folder === undefined) throw diskError("ENOENT", directory);
    folder.synced = new Map(folder.entries);
    folder.changes = [];
  }

  async #operate(operation: DiskOperation): Promise<void> {
    this.operationCount++;
    await this.onOperation?.(operation);
    const error = this.fault?.(operation) ?? null;
    if (error !== null) throw error;
  }

  #locate(path: string): [folder: Folder, name: string] {
    const slash = path.lastIndexOf("/");
    const folder = this.#folders.get(path.slice(0, slash));
    if (folder === undefined) throw diskError("ENOENT", path);
    return [folder, path.slice(slash + 1)];
  }
}

class SimulatedFile implements FileHandle {
  readonly #inode: Inode;
  readonly #path: string;
  readonly #operate: (operation: DiskOperation) => Promise<void>;
  readonly #syncs: () => boolean;
  #writing = false;

  constructor(
    inode: Inode,
    path: string,
    operate: (operation: DiskOperation) => Promise<void>,
    syncs: () => boolean,
  ) {
    this.#syncs = syncs;
    this.#inode = inode;
    this.#path = path;
    this.#operate = operate;
  }

  async read(target: Uint8Array, length: number, position: number): Promise<number> {
    await this.#operate({ name: "read", path: this.#path });
    const part = this.#inode.content.subarray(position, position + length);
    target.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, position: number, done: (error: Error | null) => void): void {
    if (this.#writing) throw new Error(`two writes at once to ${this.#path}`);
    this.#writing = true;
    this.#operate({ name: "write", path: this.#path }).then(
      () => {
        this.#writing = false;
        // Copied here, not before the wait: a caller that touches its block too early is found out.
        this.#inode.change({ kind: "write", position, bytes: bytes.slice() });
        done(null);
      },
      (error: Error) => done(error),
    );
  }

  datasync(done: (error: Error | null) => void): void {
    this.#operate({ name: "datasync", path: this.#path }).then(
      () => {
        if (this.#syncs()) this.#inode.sync();
        done(null);
      },
      (error: Error) => done(error),
    );
  }

  async truncate(length: number): Promise<void> {
    await this.#operate({ name: "truncate", path: this.#path });
    this.#inode.change({ kind: "truncate", length });
  }

  async size(): Promise<number> {
    return this.#inode.length;
  }

  async close(): Promise<void> {
    // Closing makes nothing safe.
  }
}

/** An error as Node's file system throws it. */
export function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, '${path}'`), { code });
}

function applyToFolder(entries: Map<string, Inode>, made: FolderChange): void {
  if (made.kind === "set") entries.set(made.name, made.inode);
  else if (made.kind === "remove") entries.delete(made.name);
  else {
    if (entries.get(made.from) === made.inode) entries.delete(made.from);
    entries.set(made.to, made.inode);
  }
}

/** A part of a write: whole sectors of it, either those in front or any. */
function torn(made: FileChange & { kind: "write" }, random: SeededRandom, front: boolean): FileChange[] {
  const kept: FileChange[] = [];
  const end = made.position + made.bytes.length;
  for (let at = made.position; at < end;) {
    const next = Math.min(end, (Math.floor(at / sectorBytes) + 1) * sectorBytes);
    const bytes = made.bytes.subarray(at - made.position, next - made.position);
    if (random.chance(front ? 0.75 : 0.5)) kept.push({ kind: "write", position: at, bytes });
    else if (front) break;
    at = next;
  }
  return kept;
}

function copyOnce(inode: Inode, copies: Map<Inode, Inode>): Inode {
  const copy = copies.get(inode) ?? inode.copy();
  copies.set(inode, copy);
  return copy;
}
