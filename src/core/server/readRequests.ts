import { ErrorCode } from "../../../protocol/errors.ts";
import { Xid } from "../../../protocol/flags.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { topNamespace } from "../paths/paths.ts";
import { answerRead, MultiReadRefused, type ReadContext } from "../requests/reads.ts";
import { beginReply, endReply, failReply } from "../requests/reply.ts";
import { lastOpName, refusedOpName } from "../stats/lastOpName.ts";
import { HeldRequest, type ClientConnection } from "./clientConnection.ts";
import { WatchCatchUp } from "./watchCatchUp.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

/** What each read counts besides path and data, whether its reply has a Stat or not (DataTree.STAT_OVERHEAD_BYTES). */
const statOverheadBytes = 68;

/** Answers reads from the applied tree: at once, or in their turn behind the writes of their own connection. */
export class ReadRequests {
  readonly #server: ZooKeeperServer;
  readonly #context: ReadContext;
  readonly #catchUp: WatchCatchUp;
  readonly #heldReader = new JuteReader(new Uint8Array(0));

  constructor(server: ZooKeeperServer) {
    const { tree, watches, options, metrics } = server;
    this.#server = server;
    this.#catchUp = new WatchCatchUp(tree, watches, server.events);
    this.#heldReader.lengthMax = options.juteLengthMax;
    this.#context = {
      tree,
      watches,
      access: options.access,
      multiReadBytesMax: options.outboundBytesMax,
      countRead: (path, bytes) => {
        const namespace = topNamespace(path);
        if (namespace !== null)
          metrics.sets.readPerNamespace.add(namespace, path.length + bytes + statOverheadBytes);
      },
    };
  }

  /** The body is what `reader` has left. */
  read(
    connection: ClientConnection,
    xid: number,
    type: number,
    reader: JuteReader,
    receivedMs: number,
    largeBytes: number,
  ): void {
    const { replies, lastProcessedZxid, localRequests, leaderWrites, writePath } = this.#server;
    replies.finish(largeBytes);
    // Another server leads already, and may have committed what is not here; only that one's sync means anything.
    if (type === OpCode.sync && leaderWrites !== null && writePath.isStopped)
      return this.#server.connections.close(connection, "another server leads now");
    if (type === OpCode.closeSession || type === OpCode.createSession)
      return localRequests?.answer(connection, xid, type, receivedMs);
    const { out } = connection;
    let mark: number;
    if (type === OpCode.setWatches || type === OpCode.setWatches2) {
      // The catch-up events go out before the reply.
      const err = this.#catchUp.setWatches(connection, type, reader);
      mark = beginReply(out, xid, lastProcessedZxid, err);
    } else {
      mark = beginReply(out, type === OpCode.ping ? Xid.PING : xid, lastProcessedZxid, 0);
      if (type !== OpCode.ping) this.#answer(connection, type, reader, mark);
    }
    endReply(out, mark);
    replies.sent(connection, mark, xid, type, lastOpName(type), receivedMs, false);
  }

  #answer(connection: ClientConnection, type: number, reader: JuteReader, mark: number): void {
    const { out } = connection;
    try {
      const err = answerRead(this.#context, connection, type, reader, out);
      if (err !== ErrorCode.OK) failReply(out, mark, err);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      if (error instanceof MultiReadRefused) out.patchInt(mark + 16, ErrorCode.MARSHALLINGERROR);
      else failReply(out, mark, ErrorCode.MARSHALLINGERROR);
    }
  }

  /** Answers what waits behind the writes of this connection, up to the next write. */
  drain(connection: ClientConnection): void {
    for (let next = connection.peek(); next instanceof HeldRequest; next = connection.peek()) {
      connection.dequeue();
      this.#heldReader.reset(next.body, 0, next.body.length);
      if (next.err !== 0) this.#refuse(connection, next);
      else this.read(connection, next.xid, next.type, this.#heldReader, next.receivedMs, next.largeBytes);
      if (connection.phase === "closed") return;
    }
    if (connection.holdsTooMuch && this.#server.dispatch.mayWait(connection)) {
      connection.holdsTooMuch = false;
      this.#server.connections.unpause(connection);
    }
  }

  /** An error in its turn, with the last zxid: nothing was logged for it. */
  #refuse(connection: ClientConnection, held: HeldRequest): void {
    const { replies, lastProcessedZxid } = this.#server;
    const mark = beginReply(connection.out, held.xid, lastProcessedZxid, held.err);
    endReply(connection.out, mark);
    replies.finish(held.largeBytes);
    // What cannot be read counts as a write, as Apache logs an error for it; what was throttled never came that far.
    const write = held.err === ErrorCode.MARSHALLINGERROR;
    replies.sent(connection, mark, held.xid, held.type, refusedOpName, held.receivedMs, write);
  }
}
