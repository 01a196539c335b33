import type { EventType } from "../../../protocol/flags.ts";
import { inJavaMapOrder } from "../java/javaMapOrder.ts";
import type { Watcher, WatchPath, WatchSink } from "./watcher.ts";
import { WatcherMode } from "./watcherMode.ts";

/** The watchers of one path when there are several, or one with more than a standard watch. */
class SharedPath<W extends Watcher> {
  /** One string for all later watchers of the path: each request brings its own copy. */
  readonly path: WatchPath;
  readonly modesByWatcher = new Map<W, number>();

  constructor(path: WatchPath) {
    this.path = path;
  }
}

/** The paths of one connection; `peakCount` is the largest count since it was made (for the order of dumps). */
class WatchedPaths {
  readonly paths = new Set<WatchPath>();
  peakCount = 0;
}

function isShared<W extends Watcher>(entry: W | SharedPath<W>): entry is SharedPath<W> {
  return entry instanceof SharedPath;
}

/**
 * One table of watches (the server has two, see `WatchTables`): who watches a path, and which paths a connection
 * watches (WatchManager).
 *
 *   path --> connection                       the usual case, one standard watch: no object of its own
 *        \-> SharedPath --> connection, modes
 *   connection --> its paths
 *
 * Invariant: a path is in a connection's set exactly if the connection is in the path's entry.
 */
export class WatchManager<W extends Watcher> {
  readonly #entryByPath = new Map<WatchPath, W | SharedPath<W>>();
  readonly #pathsByWatcher = new Map<W, WatchedPaths>();
  #peakPathCount = 0;
  #watchCount = 0;
  #recursiveCount = 0;

  /** Pairs of path and connection; several modes of one connection on one path count once. */
  get watchCount(): number {
    return this.#watchCount;
  }

  /** Paths with at least one watch. */
  get pathCount(): number {
    return this.#entryByPath.size;
  }

  /** As in Apache, a connection whose last watch fired still counts; one that removed its last watch does not. */
  get watcherCount(): number {
    return this.#pathsByWatcher.size;
  }

  /** Sets a watch; false if it was set already or the connection is closed. */
  add(path: WatchPath, watcher: W, mode: WatcherMode): boolean {
    if (watcher.stale) return false;
    const entry = this.#entryByPath.get(path);
    if (entry === undefined && mode === WatcherMode.STANDARD) {
      this.#setEntry(path, watcher);
      this.#link(watcher, path);
      return true;
    }
    if (entry === watcher && mode === WatcherMode.STANDARD) return false;
    const shared = this.#shared(path, entry);
    const modes = shared.modesByWatcher.get(watcher) ?? 0;
    if ((modes & mode) !== 0) return false;
    shared.modesByWatcher.set(watcher, modes | mode);
    if (modes === 0) this.#link(watcher, shared.path);
    if (mode === WatcherMode.PERSISTENT_RECURSIVE) this.#recursiveCount++;
    return true;
  }

  /** Whether the connection has a watch of that mode, or of any (null), on exactly this path. */
  contains(path: WatchPath, watcher: W, mode: WatcherMode | null): boolean {
    const modes = this.#modes(this.#entryByPath.get(path), watcher);
    return mode === null ? modes !== 0 : (modes & mode) !== 0;
  }

  /** Takes away one mode, or all of them (null), of the connection's watch on this path; false if there was none. */
  remove(path: WatchPath, watcher: W, mode: WatcherMode | null): boolean {
    const entry = this.#entryByPath.get(path);
    const modes = this.#modes(entry, watcher);
    const left = mode === null ? 0 : modes & ~mode;
    if (entry === undefined || left === modes) return false;
    if ((modes & ~left & WatcherMode.PERSISTENT_RECURSIVE) !== 0) this.#recursiveCount--;
    if (left !== 0) {
      if (isShared(entry)) entry.modesByWatcher.set(watcher, left);
      return true;
    }
    this.#dropFromEntry(path, entry, watcher);
    const watched = this.#unlink(watcher, path);
    if (watched !== undefined && watched.paths.size === 0) this.#pathsByWatcher.delete(watcher);
    return true;
  }

  /** Forgets a connection with all its watches. */
  removeWatcher(watcher: W): void {
    const watched = this.#pathsByWatcher.get(watcher);
    if (watched === undefined) return;
    this.#pathsByWatcher.delete(watcher);
    this.#watchCount -= watched.paths.size;
    for (const path of watched.paths) {
      const entry = this.#entryByPath.get(path);
      if (entry === undefined) continue;
      if ((this.#modes(entry, watcher) & WatcherMode.PERSISTENT_RECURSIVE) !== 0) this.#recursiveCount--;
      this.#dropFromEntry(path, entry, watcher);
    }
  }

  /**
   * Tells everyone whom a change of `path` concerns: the watches on the path itself, of which standard ones are used
   * up, and the recursive ones on its ancestors up to `/`. A connection that carries `triggerNumber` already has
   * been told and is only counted. Answers how many connections were reached (WatchManager.triggerWatch).
   */
  collect<Acl>(
    path: string,
    triggerNumber: number,
    type: EventType,
    acl: Acl,
    sink: WatchSink<W, Acl>,
  ): number {
    // The read alias "" of the root is a key of its own that no change ever names (PathParentIterator.hasNext).
    if (path === "") return 0;
    let count = this.#collectOn(path, triggerNumber, type, acl, sink);
    if (this.#recursiveCount === 0) return count;
    let ancestor = path;
    while (ancestor !== "/") {
      const slash = ancestor.lastIndexOf("/");
      ancestor = slash <= 0 ? "/" : ancestor.slice(0, slash);
      const entry = this.#entryByPath.get(ancestor);
      if (entry === undefined || !isShared(entry)) continue;
      for (const [watcher, modes] of entry.modesByWatcher) {
        if ((modes & WatcherMode.PERSISTENT_RECURSIVE) === 0) continue;
        if (watcher.lastTriggerNumber === triggerNumber) continue;
        watcher.lastTriggerNumber = triggerNumber;
        count++;
        sink.notify(watcher, type, path, acl);
      }
    }
    return count;
  }

  /** Every path with its connections, paths in Java's order (wchp). Not to be held over a change of the table. */
  *byPath(): Generator<[path: WatchPath, watchers: Iterable<W>]> {
    for (const path of inJavaMapOrder(this.#entryByPath.keys(), "HashMap", this.#peakPathCount)) {
      const entry = this.#entryByPath.get(path);
      if (entry !== undefined) yield [path, isShared(entry) ? entry.modesByWatcher.keys() : [entry]];
    }
  }

  /** Every connection with its paths in Java's order, none if all have fired (wchc). Not to be held either. */
  *byWatcher(): Generator<[watcher: W, paths: readonly WatchPath[]]> {
    for (const [watcher, watched] of this.#pathsByWatcher) {
      yield [watcher, inJavaMapOrder(watched.paths, "HashMap", watched.peakCount)];
    }
  }

  #collectOn<Acl>(
    path: string,
    triggerNumber: number,
    type: EventType,
    acl: Acl,
    sink: WatchSink<W, Acl>,
  ): number {
    const entry = this.#entryByPath.get(path);
    if (entry === undefined) return 0;
    if (!isShared(entry)) {
      this.#entryByPath.delete(path);
      this.#unlink(entry, path);
      if (entry.lastTriggerNumber !== triggerNumber) {
        entry.lastTriggerNumber = triggerNumber;
        sink.notify(entry, type, path, acl);
      }
      return 1;
    }
    let count = 0;
    for (const [watcher, modes] of entry.modesByWatcher) {
      count++;
      const left = modes & ~WatcherMode.STANDARD;
      if (left === 0) {
        entry.modesByWatcher.delete(watcher);
        this.#unlink(watcher, path);
      } else if (left !== modes) {
        entry.modesByWatcher.set(watcher, left);
      }
      if (watcher.lastTriggerNumber === triggerNumber) continue;
      watcher.lastTriggerNumber = triggerNumber;
      sink.notify(watcher, type, path, acl);
    }
    if (entry.modesByWatcher.size === 0) this.#entryByPath.delete(path);
    return count;
  }

  #modes(entry: W | SharedPath<W> | undefined, watcher: W): number {
    if (entry === watcher) return WatcherMode.STANDARD;
    if (entry === undefined || !isShared(entry)) return 0;
    return entry.modesByWatcher.get(watcher) ?? 0;
  }

  /** The entry of the path as a SharedPath: made, or made from the single connection, if it is none yet. */
  #shared(path: WatchPath, entry: W | SharedPath<W> | undefined): SharedPath<W> {
    if (entry !== undefined && isShared(entry)) return entry;
    const shared = new SharedPath<W>(path);
    if (entry !== undefined) shared.modesByWatcher.set(entry, WatcherMode.STANDARD);
    this.#setEntry(path, shared);
    return shared;
  }

  #setEntry(path: WatchPath, entry: W | SharedPath<W>): void {
    this.#entryByPath.set(path, entry);
    if (this.#entryByPath.size > this.#peakPathCount) this.#peakPathCount = this.#entryByPath.size;
  }

  #dropFromEntry(path: WatchPath, entry: W | SharedPath<W>, watcher: W): void {
    if (isShared(entry)) {
      entry.modesByWatcher.delete(watcher);
      if (entry.modesByWatcher.size > 0) return;
    }
    this.#entryByPath.delete(path);
  }

  #link(watcher: W, path: WatchPath): void {
    let watched = this.#pathsByWatcher.get(watcher);
    if (watched === undefined) {
      watched = new WatchedPaths();
      this.#pathsByWatcher.set(watcher, watched);
    }
    watched.paths.add(path);
    if (watched.paths.size > watched.peakCount) watched.peakCount = watched.paths.size;
    this.#watchCount++;
  }

  #unlink(watcher: W, path: WatchPath): WatchedPaths | undefined {
    const watched = this.#pathsByWatcher.get(watcher);
    if (watched !== undefined && watched.paths.delete(path)) this.#watchCount--;
    return watched;
  }
}
