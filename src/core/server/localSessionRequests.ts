import { ErrorCode } from "../../../protocol/errors.ts";
import { allocateBytes } from "../../../protocol/jute/strings.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { formatHex } from "../../../protocol/longs.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { CreateRequest } from "../../../protocol/records/client.ts";
import { isEphemeral } from "../requests/create.ts";
import { readMultiOps } from "../requests/multi.ts";
import { beginReply, endReply } from "../requests/reply.ts";
import type { Session } from "../sessions/session.ts";
import type { ExpirySink } from "../sessions/sessionTracker.ts";
import type { UpgradeableSessions } from "../sessions/upgradeableSessions.ts";
import { lastOpName } from "../stats/lastOpName.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

/**
 * What local sessions ask for: their begin and end stay on this server, without a transaction, and their first ephemeral
 * node makes them sessions of the ensemble (QuorumZooKeeperServer of Apache 3.9.5).
 */
export class LocalSessionRequests implements ExpirySink<ClientConnection> {
  readonly sessions: UpgradeableSessions<ClientConnection>;
  readonly #server: ZooKeeperServer;
  readonly #reader = new JuteReader(allocateBytes(0));

  constructor(server: ZooKeeperServer, sessions: UpgradeableSessions<ClientConnection>) {
    this.#server = server;
    this.sessions = sessions;
    this.#reader.lengthMax = server.options.juteLengthMax;
  }

  /**
   * Whether a request is answered here, by `answer`, in its turn. Where sessions are local every createSession of a client
   * is, whatever its session. A connection that closes its local session is not read any more.
   */
  takes(connection: ClientConnection, type: number): boolean {
    if (type === OpCode.createSession) return true;
    if (type !== OpCode.closeSession || connection.session?.local !== true) return false;
    connection.phase = "closing";
    return true;
  }

  answer(connection: ClientConnection, xid: number, type: number, receivedMs: number): void {
    const { replies, connects, connections, lastProcessedZxid } = this.#server;
    if (type === OpCode.createSession) {
      replies.answered(connection, xid, lastOpName(type), receivedMs, false);
      return connects.finish(connection);
    }
    if (connection.session !== null) this.sessions.remove(connection.session);
    const mark = beginReply(connection.out, xid, lastProcessedZxid, ErrorCode.OK);
    endReply(connection.out, mark);
    replies.sent(connection, mark, xid, type, lastOpName(type), receivedMs, false);
    connections.close(connection, "closed by the client");
  }

  /** Its time is over. It has no ephemeral nodes, so nobody else has to hear of it. */
  expire(session: Session<ClientConnection>): void {
    this.#server.metrics.counters.staleSessionsExpired.add(1);
    this.#server.effects.report({
      level: "info",
      message: "local session expired",
      details: { session: formatHex(session.id), timeoutMs: session.timeoutMs },
    });
    const { connection } = session;
    this.sessions.remove(session);
    if (connection !== null) this.#server.connections.close(connection, "session expired");
  }

  /**
   * Before a write goes on its way: if a local session is to get an ephemeral node, it is upgraded by a createSession that
   * goes first. Where that is switched off, the error that the write deserves: EPHEMERALONLOCALSESSION; otherwise 0.
   */
  beforeWrite(connection: ClientConnection, type: number, body: Uint8Array): number {
    const { session } = connection;
    if (session?.local !== true || !this.#createsEphemeral(type, body)) return ErrorCode.OK;
    const { options, effects, clock, writes } = this.#server;
    if (!options.localSessionsUpgradingEnabled) return ErrorCode.EPHEMERALONLOCALSESSION;
    effects.report({
      level: "info",
      message: "local session becomes one of the ensemble: it creates an ephemeral node",
      details: { session: formatHex(session.id) },
    });
    this.sessions.upgrade(session, clock.monotonicMs);
    const timeout = new JuteWriter(4);
    timeout.writeInt(session.createdTimeoutMs);
    writes.propose(OpCode.createSession, session.id, timeout.view(), null);
    return ErrorCode.OK;
  }

  /** Only create, create2 and multi are looked at; of what cannot be read, prep will say so. */
  #createsEphemeral(type: number, body: Uint8Array): boolean {
    if (type !== OpCode.create && type !== OpCode.create2 && type !== OpCode.multi) return false;
    this.#reader.reset(body, 0, body.length);
    try {
      if (type !== OpCode.multi) return isEphemeral(CreateRequest.read(this.#reader).flags);
      const ops = readMultiOps(this.#reader) ?? [];
      return ops.some(
        (op) => (op.type === OpCode.create || op.type === OpCode.create2) && isEphemeral(op.record.flags),
      );
    } catch (error) {
      if (error instanceof JuteError) return false;
      throw error;
    }
  }
}
