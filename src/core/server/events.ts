import type { EventType } from "../../../protocol/flags.ts";
import { keeperStateSyncConnected, Perms, Xid } from "../../../protocol/flags.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import type { ACL } from "../../../protocol/records/client.ts";
import type { AccessControl } from "../auth/accessControl.ts";
import { topNamespace } from "../paths/paths.ts";
import { frameLengthBytes } from "../requests/reply.ts";
import type { ServerMetrics } from "../stats/serverMetrics.ts";
import type { ServerStats } from "../stats/serverStats.ts";
import type { TreeListener } from "../tree/tree.ts";
import { triggerCreate, triggerDelete, triggerSetData } from "../watches/triggers.ts";
import type { WatchSink } from "../watches/watcher.ts";
import type { WatchTables } from "../watches/watchTables.ts";
import type { ClientConnection } from "./clientConnection.ts";

/**
 * Turns changes of the tree into watch events in the outboxes of the connections. The bytes of an event are made
 * once and copied for each receiver, of which there may be thousands.
 */
export class WatchEvents implements TreeListener, WatchSink<ClientConnection, readonly ACL[]> {
  readonly #tables: WatchTables<ClientConnection>;
  readonly #access: AccessControl;
  readonly #metrics: ServerMetrics;
  readonly #stats: ServerStats;
  readonly #wrote: (connection: ClientConnection) => void;
  readonly #frame = new JuteWriter(256);
  #frameType = 0;
  #framePath = "";
  #zxid = 0n;

  constructor(
    tables: WatchTables<ClientConnection>,
    access: AccessControl,
    metrics: ServerMetrics,
    stats: ServerStats,
    wrote: (connection: ClientConnection) => void,
  ) {
    this.#tables = tables;
    this.#access = access;
    this.#metrics = metrics;
    this.#stats = stats;
    this.#wrote = wrote;
  }

  created(path: string, bytes: number, acl: readonly ACL[], parentAcl: readonly ACL[], zxid: bigint): void {
    this.#start(path, bytes, zxid);
    triggerCreate(this.#tables, path, acl, parentAcl, this);
  }

  deleted(path: string, acl: readonly ACL[], parentAcl: readonly ACL[], zxid: bigint): void {
    this.#start(path, 0, zxid);
    triggerDelete(this.#tables, path, acl, parentAcl, this);
  }

  dataChanged(path: string, bytes: number, acl: readonly ACL[], zxid: bigint): void {
    this.#start(path, bytes, zxid);
    triggerSetData(this.#tables, path, acl, this);
  }

  #start(path: string, bytes: number, zxid: bigint): void {
    this.#zxid = zxid;
    this.#frameType = 0;
    const namespace = topNamespace(path);
    if (namespace !== null) this.#metrics.sets.writePerNamespace.add(namespace, path.length + bytes);
  }

  /** A receiver that may not read the node hears nothing, and its watch is used up all the same. */
  notify(watcher: ClientConnection, type: EventType, path: string, acl: readonly ACL[]): void {
    if (!this.#access.allows(acl, Perms.READ, watcher.authIds)) return;
    if (type !== this.#frameType || path !== this.#framePath) {
      this.#frame.clear();
      writeEvent(this.#frame, this.#zxid, type, path);
      this.#frameType = type;
      this.#framePath = path;
    }
    watcher.out.writeBytes(this.#frame.view());
    this.count(watcher, this.#frame.length);
    this.#wrote(watcher);
  }

  /** An event frame of so many bytes, its length included, was written for a connection. */
  count(connection: ClientConnection, frameBytes: number): void {
    const bytes = frameBytes - frameLengthBytes;
    this.#stats.sentRecord(connection.stats, bytes);
    this.#metrics.counters.watchBytes.add(bytes);
  }

  reached(type: EventType, count: number): void {
    const { summaries } = this.#metrics;
    switch (type) {
      case 1:
        return summaries.nodeCreatedWatchCount.add(count);
      case 2:
        return summaries.nodeDeletedWatchCount.add(count);
      case 3:
        return summaries.nodeChangedWatchCount.add(count);
      case 4:
        return summaries.nodeChildrenWatchCount.add(count);
    }
  }
}

/** A whole event frame. `zxid` is the transaction's, -1 for the catch-up of setWatches. */
export function writeEvent(out: JuteWriter, zxid: bigint, type: EventType, path: string): void {
  const mark = out.beginFrame();
  out.writeInt(Xid.NOTIFICATION);
  out.writeLong(zxid);
  out.writeInt(0);
  out.writeInt(type);
  out.writeInt(keeperStateSyncConnected);
  out.writeString(path);
  out.endFrame(mark);
}
