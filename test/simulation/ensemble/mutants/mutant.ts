import type { PeerData } from "../../../../src/core/peer/peerData.ts";
import type { PeerEffects } from "../../../../src/core/peer/peerEffects.ts";
import type { QuorumPeer } from "../../../../src/core/peer/quorumPeer.ts";
import type { QuorumConfig } from "../../../../src/core/quorum/quorumConfig.ts";
import type { ZooKeeperServer } from "../../../../src/core/server/zooKeeperServer.ts";
import type { FileSystem } from "../../../../src/core/storage/fileSystem.ts";

/** What a mutant may get at beside the effects that it changes. */
export interface MutantTools {
  /** Later, as an input of the member; after so many milliseconds, none by default. */
  soon(run: () => void, ms?: number): void;
  /** Tells the member that its disk has everything up to `zxid`. */
  logged(zxid: bigint): void;
  readonly data: PeerData;
}

/** A server with one fault. Only the simulator can make one. */
export interface Mutant {
  /** Some of its effects are others. */
  effects?(effects: PeerEffects, tools: MutantTools): Partial<PeerEffects>;
  /** Faults that bring it out; sudden deaths and all others in turns by default. */
  readonly kinds?: readonly string[];
  /** It goes by another configuration. */
  config?(config: QuorumConfig): QuorumConfig;
  /** Its files do not do what they say. */
  disk?(disk: FileSystem): FileSystem;
  /** Its part in the ensemble is another one. */
  peer?(peer: QuorumPeer): void;
  /** What serves its clients, in each role, is another one. */
  served?(server: ZooKeeperServer): void;
}

export type Mutants = Readonly<Record<string, Mutant>>;

/** Replaces a method of an object that is built anew for each role or life. */
export function replace<T extends object, K extends keyof T>(target: T, name: K, method: T[K]): void {
  Reflect.set(target, name, method);
}

/** A file system of which some calls are others. */
export function changed(disk: FileSystem, calls: Partial<FileSystem>): FileSystem {
  return {
    open: (path, mode) => disk.open(path, mode),
    list: (directory) => disk.list(directory),
    makeDirectory: (directory) => disk.makeDirectory(directory),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (directory) => disk.syncDirectory(directory),
    ...calls,
  };
}
