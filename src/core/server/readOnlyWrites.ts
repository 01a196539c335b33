import { ErrorCode } from "../../../protocol/errors.ts";
import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { beginReply, endReply } from "../requests/reply.ts";
import type { ClientConnection, HeldRequest } from "./clientConnection.ts";
import type { Writes } from "./writes.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

/**
 * Writes on a server that only reads are served by: NOTREADONLY, whatever they say, and no transaction ever
 * (ReadOnlyRequestProcessor of Apache 3.9.5). Nothing is logged here, so nothing can reach the next leader's history
 * (ZOOKEEPER-3526).
 */
export class ReadOnlyWrites implements Writes {
  readonly #server: ZooKeeperServer;

  constructor(server: ZooKeeperServer) {
    this.#server = server;
  }

  write(
    connection: ClientConnection,
    xid: number,
    type: number,
    _reader: JuteReader,
    _receivedMs: number,
    largeBytes: number,
  ): void {
    this.#refuse(connection, xid, type, largeBytes);
  }

  writeHeld(connection: ClientConnection, { xid, type, largeBytes }: HeldRequest): void {
    this.#refuse(connection, xid, type, largeBytes);
  }

  /** The server itself asks for nothing: only local sessions begin and end here. */
  propose(): void {}

  #refuse(connection: ClientConnection, xid: number, type: number, largeBytes: number): void {
    const { replies, lastProcessedZxid } = this.#server;
    replies.finish(largeBytes);
    const mark = beginReply(connection.out, xid, lastProcessedZxid, ErrorCode.NOTREADONLY);
    endReply(connection.out, mark);
    replies.written(connection, mark, xid, type);
  }
}
