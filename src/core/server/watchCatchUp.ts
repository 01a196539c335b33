import { ErrorCode } from "../../../protocol/errors.ts";
import type { EventType } from "../../../protocol/flags.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { SetWatches, SetWatches2 } from "../../../protocol/records/client.ts";
import type { DataTree } from "../tree/dataTree.ts";
import { noNode } from "../tree/tree.ts";
import { setWatches, type CatchUpSink, type NodeLookup } from "../watches/setWatches.ts";
import type { WatchTables } from "../watches/watchTables.ts";
import type { ClientConnection } from "./clientConnection.ts";
import { writeEvent, type WatchEvents } from "./events.ts";

/** setWatches: sets the watches of a client that has reconnected, and writes the events that it has missed. */
export class WatchCatchUp implements NodeLookup, CatchUpSink {
  readonly #tree: DataTree;
  readonly #watches: WatchTables<ClientConnection>;
  readonly #events: WatchEvents;
  /** Who asks; only during the call. */
  #connection: ClientConnection | null = null;

  constructor(tree: DataTree, watches: WatchTables<ClientConnection>, events: WatchEvents) {
    this.#tree = tree;
    this.#watches = watches;
    this.#events = events;
  }

  setWatches(connection: ClientConnection, type: number, reader: JuteReader): ErrorCode {
    this.#connection = connection;
    try {
      const lists = type === OpCode.setWatches ? SetWatches.read(reader) : SetWatches2.read(reader);
      return setWatches(this.#watches, connection, lists, this, this);
    } catch (error) {
      if (error instanceof JuteError) return ErrorCode.MARSHALLINGERROR;
      throw error;
    } finally {
      this.#connection = null;
    }
  }

  mzxid(path: string): bigint | null {
    const ref = this.#tree.find(path);
    return ref === noNode ? null : this.#tree.mzxid(ref);
  }

  pzxid(path: string): bigint | null {
    const ref = this.#tree.find(path);
    return ref === noNode ? null : this.#tree.pzxid(ref);
  }

  event(type: EventType, path: string): void {
    const connection = this.#connection;
    if (connection === null) return;
    const before = connection.out.length;
    writeEvent(connection.out, -1n, type, path);
    this.#events.count(connection, connection.out.length - before);
  }
}
