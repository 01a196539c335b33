import { ErrorCode } from "../../../protocol/errors.ts";
import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { formatHex } from "../../../protocol/longs.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { sessionPassword } from "../java/javaRandom.ts";
import { beginReply, endReply } from "../requests/reply.ts";
import { negotiateTimeout } from "../sessions/negotiateTimeout.ts";
import type { Session } from "../sessions/session.ts";
import { ConnectionThrottle } from "../throttle/connectionThrottle.ts";
import { connectTokens } from "../throttle/connectionWeights.ts";
import type { ClientConnection } from "./clientConnection.ts";
import { noPassword, passwordFits, readHandshake, writeConnectResponse } from "./handshake.ts";
import type { LocalSessionRequests } from "./localSessionRequests.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

/** The handshake: new sessions, reconnects, refusals (client.md section 3; the order of the checks is Apache's). */
export class Connects {
  readonly throttle: ConnectionThrottle;
  readonly #server: ZooKeeperServer;
  readonly #random: () => number;
  /** Reconnects that a learner has asked its leader about, by session. */
  readonly #revalidations = new Map<bigint, ClientConnection>();

  constructor(server: ZooKeeperServer, random: () => number) {
    this.#server = server;
    this.#random = random;
    this.throttle = new ConnectionThrottle(server.options.connectionThrottle, server.clock.monotonicMs);
  }

  connect(connection: ClientConnection, reader: JuteReader): void {
    const server = this.#server;
    const handshake = readHandshake(reader);
    if (handshake === null) return server.connections.close(connection, "no ConnectRequest");
    if (server.stopped) return server.connections.close(connection, "server is stopping");
    const { request, readOnly } = handshake;
    const { connectionWeights } = server.options;
    const tokens = connectTokens(connectionWeights, request.sessionId !== 0n, server.localRequests !== null);
    if (!this.throttle.checkLimit(tokens, server.clock.monotonicMs, this.#random())) {
      server.metrics.counters.connectionRejected.add(1);
      return server.connections.close(connection, "connection throttle has no tokens");
    }
    server.metrics.counters.connectionRequestCount.add(1);
    server.metrics.summaries.connectionTokenDeficit.add(this.throttle.deficit);
    if (server.place.kind === "readOnly" && readOnly !== true)
      return server.connections.close(
        connection,
        "the server is read-only, which the client did not ask for",
      );
    if (request.lastZxidSeen > server.lastProcessedZxid) {
      server.effects.report({
        level: "warn",
        message: "client has seen a later zxid than this server and must try another",
        details: { lastZxidSeen: formatHex(request.lastZxidSeen), ours: formatHex(server.lastProcessedZxid) },
      });
      return server.connections.close(connection, "client has seen a later zxid");
    }
    connection.sentReadOnlyByte = readOnly !== null;
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = server.options;
    connection.sessionTimeoutMs = negotiateTimeout(request.timeOut, minSessionTimeoutMs, maxSessionTimeoutMs);
    connection.phase = "connecting";
    if (request.sessionId === 0n) this.#create(connection);
    else this.#reopen(connection, request.sessionId, request.passwd);
  }

  #create(connection: ClientConnection): void {
    const server = this.#server;
    let id = server.sessionIds.next();
    // After a reboot the monotonic clock starts over: ids of sessions that are still alive are passed over.
    while (server.sessions.get(id) !== undefined) id = server.sessionIds.next();
    if (server.localRequests !== null) return this.#createLocal(connection, id, server.localRequests);
    if (server.place.kind === "readOnly") return this.#refuseGlobal(connection, id);
    const session = server.sessions.create(id, connection.sessionTimeoutMs, server.clock.monotonicMs);
    server.sessions.setOwner(session, server);
    this.#attach(connection, session);
    const body = new JuteWriter(4);
    body.writeInt(connection.sessionTimeoutMs);
    server.writes.propose(OpCode.createSession, id, body.view(), connection);
  }

  /** Nobody else has to be asked: the session is there at once. */
  #createLocal(connection: ClientConnection, id: bigint, local: LocalSessionRequests): void {
    const { clock, pipeline } = this.#server;
    const session = local.sessions.createLocal(id, connection.sessionTimeoutMs, clock.monotonicMs);
    local.sessions.setOwner(session, this.#server);
    this.#attach(connection, session);
    pipeline.submitted(false);
    local.answer(connection, 0, OpCode.createSession, clock.monotonicMs);
  }

  /**
   * A session of the ensemble cannot be created without one. What the client gets is no ConnectResponse but the reply to a
   * createSession, and then nothing, until it has been silent for too long: so does Apache.
   */
  #refuseGlobal(connection: ClientConnection, id: bigint): void {
    const { replies, lastProcessedZxid } = this.#server;
    connection.sessionId = id;
    const mark = beginReply(connection.out, 0, lastProcessedZxid, ErrorCode.NOTREADONLY);
    endReply(connection.out, mark);
    replies.written(connection, mark, 0, OpCode.createSession);
  }

  /** The live connection of the session goes first, before the password is even looked at, as in Apache. */
  #reopen(connection: ClientConnection, sessionId: bigint, password: Uint8Array | null): void {
    const server = this.#server;
    if (server.place.kind === "readOnly" && server.timeouts.has(sessionId))
      return server.connections.close(connection, "a session of the ensemble, and the server is read-only");
    server.metrics.counters.connectionRevalidateCount.add(1);
    const session = server.sessions.get(sessionId);
    if (session !== undefined && session.connection !== null)
      server.connections.close(session.connection, "client reconnected");
    if (!passwordFits(password, sessionPassword(sessionId))) return this.#refuse(connection);
    if (server.place.kind === "learner" && session?.local !== true) {
      connection.sessionId = sessionId;
      this.#revalidations.set(sessionId, connection);
      return server.place.leader.revalidate(sessionId, connection.sessionTimeoutMs);
    }
    if (session === undefined && server.place.kind === "readOnly" && server.localRequests === null)
      return this.#adopt(connection, sessionId);
    if (session === undefined || session.closing) return this.#refuse(connection);
    session.timeoutMs = connection.sessionTimeoutMs;
    server.sessions.touch(session, server.clock.monotonicMs);
    server.sessions.setOwner(session, server);
    this.#attach(connection, session);
    this.finish(connection);
  }

  /** The leader's word on a session that a client has brought along. */
  revalidated(sessionId: bigint, isValid: boolean): void {
    const connection = this.#revalidations.get(sessionId);
    if (connection === undefined) return;
    this.#revalidations.delete(sessionId);
    if (connection.phase !== "connecting") return;
    if (!isValid) return this.#refuse(connection);
    this.#adopt(connection, sessionId);
  }

  /** A session that another server has begun, or one that this server, read-only, has no way to ask about. */
  #adopt(connection: ClientConnection, sessionId: bigint): void {
    const { sessions, clock } = this.#server;
    this.#attach(connection, sessions.create(sessionId, connection.sessionTimeoutMs, clock.monotonicMs));
    this.finish(connection);
  }

  get #isReadOnly(): boolean {
    return this.#server.place.kind === "readOnly";
  }

  #attach(connection: ClientConnection, session: Session<ClientConnection>): void {
    connection.session = session;
    connection.sessionId = session.id;
    session.connection = connection;
  }

  #refuse(connection: ClientConnection): void {
    writeConnectResponse(connection.out, 0, 0n, noPassword, connection.sentReadOnlyByte, this.#isReadOnly);
    this.#server.stats.sent(connection.stats);
    this.#server.connections.wrote(connection);
    this.#server.connections.close(connection, "session is unknown, expired or the password is wrong");
  }

  /** The session stands: the answer goes out and requests are taken. Also answers a createSession sent by a client. */
  finish(connection: ClientConnection): void {
    const server = this.#server;
    const password = sessionPassword(connection.sessionId);
    const { out, sessionTimeoutMs, sessionId, sentReadOnlyByte } = connection;
    writeConnectResponse(out, sessionTimeoutMs, sessionId, password, sentReadOnlyByte, this.#isReadOnly);
    server.stats.sent(connection.stats);
    server.connections.heard(connection);
    server.connections.wrote(connection);
    if (connection.phase !== "connecting") return;
    connection.phase = "open";
    server.effects.resume(connection);
  }
}
