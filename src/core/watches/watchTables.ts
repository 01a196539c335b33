import { ErrorCode } from "../../../protocol/errors.ts";
import { AddWatchMode, WatcherType } from "../../../protocol/flags.ts";
import type { Watcher, WatchPath } from "./watcher.ts";
import { WatcherMode } from "./watcherMode.ts";
import { WatchManager } from "./watchManager.ts";

/** The two watch tables of a server; watches belong to connections and are local to the server. */
export class WatchTables<W extends Watcher> {
  /** Watches of exists and getData, both kinds of addWatch. The texts of wchs, wchc and wchp show this one alone. */
  readonly data = new WatchManager<W>();
  /** Watches of getChildren and persistent ones; never recursive ones, which so miss NodeChildrenChanged. */
  readonly child = new WatchManager<W>();
  #triggerCount = 0;

  /** A number that no connection carries yet. It takes the place of a set of the connections already told. */
  nextTriggerNumber(): number {
    return ++this.#triggerCount;
  }

  /** mntr's zk_watch_count. */
  get watchCount(): number {
    return this.data.watchCount + this.child.watchCount;
  }

  /** Forgets the watches of a closed connection, silently. */
  removeWatcher(watcher: W): void {
    this.data.removeWatcher(watcher);
    this.child.removeWatcher(watcher);
  }
}

/** addWatch: OK, also for a repeat, or MARSHALLINGERROR for an unknown mode (DataTree.addWatch). */
export function addWatch<W extends Watcher>(
  tables: WatchTables<W>,
  path: WatchPath,
  watcher: W,
  mode: number,
): ErrorCode {
  switch (mode) {
    case AddWatchMode.PERSISTENT:
      tables.data.add(path, watcher, WatcherMode.PERSISTENT);
      tables.child.add(path, watcher, WatcherMode.PERSISTENT);
      return ErrorCode.OK;
    case AddWatchMode.PERSISTENT_RECURSIVE:
      tables.data.add(path, watcher, WatcherMode.PERSISTENT_RECURSIVE);
      return ErrorCode.OK;
    default:
      return ErrorCode.MARSHALLINGERROR;
  }
}

/**
 * checkWatches: OK, NOWATCHER, or MARSHALLINGERROR for an unknown type (DataTree.containsWatcher).
 * Types CHILDREN and DATA mean standard watches only; ANY means every mode in both tables.
 */
export function checkWatches<W extends Watcher>(
  tables: WatchTables<W>,
  path: WatchPath,
  type: number,
  watcher: W,
): ErrorCode {
  switch (type) {
    case WatcherType.CHILDREN:
      return found(tables.child.contains(path, watcher, WatcherMode.STANDARD));
    case WatcherType.DATA:
      return found(tables.data.contains(path, watcher, WatcherMode.STANDARD));
    case WatcherType.PERSISTENT:
      return found(tables.data.contains(path, watcher, WatcherMode.PERSISTENT));
    case WatcherType.PERSISTENT_RECURSIVE:
      return found(tables.data.contains(path, watcher, WatcherMode.PERSISTENT_RECURSIVE));
    case WatcherType.ANY:
      return found(tables.child.contains(path, watcher, null) || tables.data.contains(path, watcher, null));
    default:
      return ErrorCode.MARSHALLINGERROR;
  }
}

/** removeWatches: removes what `checkWatches` of the same type finds; same codes (DataTree.removeWatch). No event. */
export function removeWatches<W extends Watcher>(
  tables: WatchTables<W>,
  path: WatchPath,
  type: number,
  watcher: W,
): ErrorCode {
  switch (type) {
    case WatcherType.CHILDREN:
      return found(tables.child.remove(path, watcher, WatcherMode.STANDARD));
    case WatcherType.DATA:
      return found(tables.data.remove(path, watcher, WatcherMode.STANDARD));
    case WatcherType.PERSISTENT:
      return found(removeFromBoth(tables, path, watcher, WatcherMode.PERSISTENT));
    case WatcherType.PERSISTENT_RECURSIVE:
      return found(tables.data.remove(path, watcher, WatcherMode.PERSISTENT_RECURSIVE));
    case WatcherType.ANY:
      return found(removeFromBoth(tables, path, watcher, null));
    default:
      return ErrorCode.MARSHALLINGERROR;
  }
}

function removeFromBoth<W extends Watcher>(
  tables: WatchTables<W>,
  path: WatchPath,
  watcher: W,
  mode: WatcherMode | null,
): boolean {
  const inChild = tables.child.remove(path, watcher, mode);
  return tables.data.remove(path, watcher, mode) || inChild;
}

function found(isFound: boolean): ErrorCode {
  return isFound ? ErrorCode.OK : ErrorCode.NOWATCHER;
}
