import { ErrorCode } from "../../../protocol/errors.ts";
import { EventType } from "../../../protocol/flags.ts";
import type { Watcher, WatchPath } from "./watcher.ts";
import { WatcherMode } from "./watcherMode.ts";
import type { WatchManager } from "./watchManager.ts";
import type { WatchTables } from "./watchTables.ts";

type PathList = readonly WatchPath[] | null;

/** Fields of SetWatches2; SetWatches lacks the last two. */
export interface SetWatchesLists {
  readonly relativeZxid: bigint;
  readonly dataWatches: PathList;
  readonly existWatches: PathList;
  readonly childWatches: PathList;
  readonly persistentWatches?: PathList;
  readonly persistentRecursiveWatches?: PathList;
}

/** What the catch-up asks the tree. A path is any string; the empty one is the root. Null if there is no such node. */
export interface NodeLookup {
  mzxid(path: string): bigint | null;
  pzxid(path: string): bigint | null;
}

/** Receives the catch-up events of the one connection: header zxid -1, before the reply, without an ACL filter. */
export interface CatchUpSink {
  event(type: EventType, path: string): void;
}

/**
 * setWatches and setWatches2: sets again what a reconnecting client lists, except where the node has changed since
 * `relativeZxid`: there the event is sent at once instead. Lists in the order of the record; a null list, or a null
 * path in the first three, ends with MARSHALLINGERROR, and what came before it stays done (DataTree.setWatches).
 */
export function setWatches<W extends Watcher>(
  tables: WatchTables<W>,
  watcher: W,
  lists: SetWatchesLists,
  lookup: NodeLookup,
  sink: CatchUpSink,
): ErrorCode {
  const { relativeZxid, dataWatches, existWatches, childWatches } = lists;
  const { persistentWatches = [], persistentRecursiveWatches = [] } = lists;
  if (dataWatches === null) return ErrorCode.MARSHALLINGERROR;
  for (const path of dataWatches) {
    if (path === null) return ErrorCode.MARSHALLINGERROR;
    const changed = EventType.NodeDataChanged;
    setOrTell(tables.data, watcher, path, lookup.mzxid(path), relativeZxid, changed, sink);
  }
  if (existWatches === null) return ErrorCode.MARSHALLINGERROR;
  for (const path of existWatches) {
    if (path === null) return ErrorCode.MARSHALLINGERROR;
    // Any node that is there counts as created, however old: the client may be told what it knew.
    if (lookup.mzxid(path) === null) tables.data.add(path, watcher, WatcherMode.STANDARD);
    else sink.event(EventType.NodeCreated, path);
  }
  if (childWatches === null) return ErrorCode.MARSHALLINGERROR;
  for (const path of childWatches) {
    if (path === null) return ErrorCode.MARSHALLINGERROR;
    const changed = EventType.NodeChildrenChanged;
    setOrTell(tables.child, watcher, path, lookup.pzxid(path), relativeZxid, changed, sink);
  }
  if (persistentWatches === null) return ErrorCode.MARSHALLINGERROR;
  for (const path of persistentWatches) {
    tables.child.add(path, watcher, WatcherMode.PERSISTENT);
    tables.data.add(path, watcher, WatcherMode.PERSISTENT);
  }
  if (persistentRecursiveWatches === null) return ErrorCode.MARSHALLINGERROR;
  for (const path of persistentRecursiveWatches) {
    tables.data.add(path, watcher, WatcherMode.PERSISTENT_RECURSIVE);
  }
  return ErrorCode.OK;
}

function setOrTell<W extends Watcher>(
  table: WatchManager<W>,
  watcher: W,
  path: string,
  changeZxid: bigint | null,
  relativeZxid: bigint,
  changed: EventType,
  sink: CatchUpSink,
): void {
  if (changeZxid === null) sink.event(EventType.NodeDeleted, path);
  else if (changeZxid > relativeZxid) sink.event(changed, path);
  else table.add(path, watcher, WatcherMode.STANDARD);
}
