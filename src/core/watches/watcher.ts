import type { EventType } from "../../../protocol/flags.ts";

/** A connection as the watch tables see it; it is the identity of its watches. */
export interface Watcher {
  /** True once the connection is closed: requests of it that are still under way set no watch any more. */
  readonly stale: boolean;
  /** Starts at 0 and belongs to `WatchTables`: the last trigger that reached this connection. */
  lastTriggerNumber: number;
}

/** A path as clients send it: no check is made when a watch is set, so null and nonsense occur. */
export type WatchPath = string | null;

/**
 * Receives the events of a trigger while the tables are being walked, so `notify` may drop watchers (a connection
 * that has to be closed) but must neither add a watch nor start another trigger.
 * `Acl` is whatever the tree names an ACL list with; the tables hand it on untouched.
 */
export interface WatchSink<W extends Watcher, Acl> {
  /** An event for one connection. An event that its receiver may not READ is dropped here; its watch is used up. */
  notify(watcher: W, type: EventType, path: string, acl: Acl): void;
  /** After a trigger with receivers: their count with the dropped and the already told ones (node_*_watch_count). */
  reached(type: EventType, count: number): void;
}
