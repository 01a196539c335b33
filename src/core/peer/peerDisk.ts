import { writeEpoch, type EpochKind } from "../storage/epochFiles.ts";
import type { FileSystem } from "../storage/fileSystem.ts";
import { readStreamedSnapshot } from "../storage/snapshotReader.ts";
import { streamSnapshot } from "../storage/snapshotWriter.ts";
import type { Storage } from "../storage/storage.ts";
import type { TreeLoader } from "../server/treeLoader.ts";
import { TreeSnapshot } from "../tree/treeSnapshot.ts";
import type { CommittedProposal } from "../zab/sync/committedLog.ts";
import type { PeerData } from "./peerData.ts";

/** What stands behind a snapshot on the wire. */
const signature = "BenWasHere";

export interface PeerDiskOptions {
  /** Of the snapshots and the epochs. */
  readonly folder: string;
  readonly juteLengthMax: number;
  readonly snapshotSizeFactor: number;
}

/** What a member's disk tells it. */
export interface PeerDiskHost {
  /** Something is done: `run` is an input of the member. */
  input(run: () => void): void;
  /** The disk has failed, or what is on it cannot be used. */
  failed(error: unknown): void;
  warn(message: string): void;
  /** Resolves once other work has had its turn. */
  nextSlice(): Promise<void>;
}

/** What a member asks of its disk besides the log: one thing after the other, in the order of the asking. */
export class PeerDisk {
  readonly #options: PeerDiskOptions;
  readonly #data: PeerData;
  readonly #storage: Storage;
  readonly #fileSystem: FileSystem;
  readonly #loader: TreeLoader;
  readonly #host: PeerDiskHost;
  /** The end of all that was asked. */
  #work: Promise<void> = Promise.resolve();

  constructor(
    options: PeerDiskOptions,
    data: PeerData,
    storage: Storage,
    fileSystem: FileSystem,
    loader: TreeLoader,
    host: PeerDiskHost,
  ) {
    this.#options = options;
    this.#data = data;
    this.#storage = storage;
    this.#fileSystem = fileSystem;
    this.#loader = loader;
    this.#host = host;
  }

  /** Settles when all that was asked is done. */
  get done(): Promise<void> {
    return this.#work;
  }

  append(zxid: bigint, data: Uint8Array): void {
    this.#storage.append(zxid, data);
  }

  writeEpoch(which: EpochKind, epoch: number, done: () => void): void {
    this.#ask(async () => {
      await writeEpoch(this.#fileSystem, this.#options.folder, which, epoch);
      this.#host.input(done);
    });
  }

  readHistory(
    zxid: bigint,
    untilZxid: bigint,
    done: (history: readonly CommittedProposal[] | null) => void,
  ): void {
    this.#storage.history(zxid, untilZxid, this.#options.snapshotSizeFactor).then(
      (history) => this.#host.input(() => done(history)),
      (error: unknown) => {
        this.#host.warn(`logs cannot be read for a learner, which gets a snapshot: ${String(error)}`);
        this.#host.input(() => done(null));
      },
    );
  }

  truncate(zxid: bigint, done: () => void): void {
    this.#ask(async () => {
      await this.#storage.cutBehind(zxid);
      await this.#recover();
      this.#host.input(done);
    });
  }

  saveSnapshot(zxid: bigint, done: () => void): void {
    this.#ask(async () => {
      const { tree, timeouts } = this.#data;
      await this.#storage.takeSnapshot(new TreeSnapshot(tree, zxid, timeouts));
      // What this server had logged behind it was never committed.
      await this.#storage.cutBehind(zxid);
      this.#host.input(done);
    });
  }

  reload(done: (lastZxid: bigint) => void): void {
    this.#ask(async () => {
      await this.#storage.rest();
      const lastZxid = await this.#recover();
      this.#host.input(() => done(lastZxid));
    });
  }

  whenIdle(done: () => void): void {
    this.#ask(async () => {
      // A snapshot under way would take in what an election may yet take back.
      await this.#storage.rest();
      this.#host.input(done);
    });
  }

  /**
   * Makes the tree of what a leader sends behind SNAP. `done` with what was read too much; `broken` where the stream
   * ends or is none: the tree is half of one then, and must be read anew.
   */
  receiveSnapshot(
    zxid: bigint,
    next: () => Promise<Uint8Array | null>,
    done: (rest: Uint8Array) => void,
    broken: (reason: string) => void,
  ): void {
    this.#ask(async () => {
      await this.#storage.rest();
      this.#loader.reset();
      let rest: Uint8Array;
      try {
        rest = await readStreamedSnapshot(next, this.#options.juteLengthMax, this.#loader, signature);
      } catch (error) {
        return broken(error instanceof Error ? error.message : String(error));
      }
      this.#loader.snapshotLoaded(zxid);
      done(rest);
    });
  }

  /** The state as it is now, on its way to a learner; `write` settles when there is room for more. */
  streamSnapshot(write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    const { tree, timeouts } = this.#data;
    return streamSnapshot(new TreeSnapshot(tree, 0n, timeouts), signature, write, () =>
      this.#host.nextSlice(),
    );
  }

  async #recover(): Promise<bigint> {
    const { lastZxid } = await this.#storage.recover(this.#loader, this.#loader);
    return lastZxid;
  }

  #ask(run: () => Promise<void>): void {
    this.#work = this.#work.then(run).catch((error: unknown) => this.#host.failed(error));
  }
}
