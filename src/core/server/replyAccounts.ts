import { Xid } from "../../../protocol/flags.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { frameLengthBytes } from "../requests/reply.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

/** What each reply means for statistics, and for the limits that its request counted for. */
export class ReplyAccounts {
  readonly #server: ZooKeeperServer;

  constructor(server: ZooKeeperServer) {
    this.#server = server;
  }

  /** A request has left the pipeline, answered or not. */
  finish(largeBytes: number): void {
    this.#server.outstanding.inProcess--;
    this.#server.largeRequests.finish(largeBytes);
  }

  /** The reply that begins at `mark` in the outbox is complete. */
  sent(
    connection: ClientConnection,
    mark: number,
    xid: number,
    type: number,
    opName: string,
    receivedMs: number,
    write: boolean,
  ): void {
    this.answered(connection, xid, opName, receivedMs, write);
    this.written(connection, mark, xid, type);
  }

  /** The same without latency and last request: Apache has an answer that bypasses them. */
  written(connection: ClientConnection, mark: number, xid: number, type: number): void {
    const { stats, metrics, outstanding, connections } = this.#server;
    const bytes = connection.out.length - mark - frameLengthBytes;
    stats.sentRecord(connection.stats, bytes);
    if (type !== OpCode.ping) metrics.counters.responseBytes.add(bytes);
    const mayGoOn = outstanding.answered(connection, type === OpCode.ping ? Xid.PING : xid);
    if (mayGoOn && connection.paused && !connection.holdsTooMuch) connections.unpause(connection);
    connections.wrote(connection);
    this.#server.requestDone();
  }

  /** Latency and last request (FinalRequestProcessor.updateStats). */
  answered(
    connection: ClientConnection,
    xid: number,
    opName: string,
    receivedMs: number,
    write: boolean,
  ): void {
    const { stats, clock, lastProcessedZxid } = this.#server;
    const now = clock.monotonicMs;
    stats.updateLatency(now - receivedMs, write);
    connection.stats.updateForResponse(xid, lastProcessedZxid, opName, receivedMs, now);
  }
}
