import { EventType } from "../../../protocol/flags.ts";
import type { Watcher, WatchSink } from "./watcher.ts";
import type { WatchManager } from "./watchManager.ts";
import type { WatchTables } from "./watchTables.ts";

/**
 * The events of an applied create: data watches on the path get NodeCreated, then child watches on its parent
 * NodeChildrenChanged (DataTree.createNode). `acl` is the new node's list, `parentAcl` its parent's.
 */
export function triggerCreate<W extends Watcher, Acl>(
  tables: WatchTables<W>,
  path: string,
  acl: Acl,
  parentAcl: Acl,
  sink: WatchSink<W, Acl>,
): void {
  trigger(tables.data, path, tables.nextTriggerNumber(), EventType.NodeCreated, acl, sink);
  triggerParent(tables, path, parentAcl, sink);
}

/**
 * The events of an applied delete: NodeDeleted to data watches on the path, then to child watches on it whose
 * connection has not been told yet (they are used up all the same), then NodeChildrenChanged to child watches on
 * the parent (DataTree.deleteNode). `acl` is the list that the node had.
 */
export function triggerDelete<W extends Watcher, Acl>(
  tables: WatchTables<W>,
  path: string,
  acl: Acl,
  parentAcl: Acl,
  sink: WatchSink<W, Acl>,
): void {
  const triggerNumber = tables.nextTriggerNumber();
  trigger(tables.data, path, triggerNumber, EventType.NodeDeleted, acl, sink);
  trigger(tables.child, path, triggerNumber, EventType.NodeDeleted, acl, sink);
  triggerParent(tables, path, parentAcl, sink);
}

/** The event of an applied setData: NodeDataChanged to the data watches on the path (DataTree.setData). */
export function triggerSetData<W extends Watcher, Acl>(
  tables: WatchTables<W>,
  path: string,
  acl: Acl,
  sink: WatchSink<W, Acl>,
): void {
  trigger(tables.data, path, tables.nextTriggerNumber(), EventType.NodeDataChanged, acl, sink);
}

function triggerParent<W extends Watcher, Acl>(
  tables: WatchTables<W>,
  path: string,
  parentAcl: Acl,
  sink: WatchSink<W, Acl>,
): void {
  if (tables.child.pathCount === 0) return;
  const slash = path.lastIndexOf("/");
  const parent = slash <= 0 ? "/" : path.slice(0, slash);
  trigger(tables.child, parent, tables.nextTriggerNumber(), EventType.NodeChildrenChanged, parentAcl, sink);
}

function trigger<W extends Watcher, Acl>(
  table: WatchManager<W>,
  path: string,
  triggerNumber: number,
  type: EventType,
  acl: Acl,
  sink: WatchSink<W, Acl>,
): void {
  if (table.pathCount === 0) return;
  const count = table.collect(path, triggerNumber, type, acl, sink);
  if (count > 0) sink.reached(type, count);
}
