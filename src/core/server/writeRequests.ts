import { ErrorCode } from "../../../protocol/errors.ts";
import { allocateBytes } from "../../../protocol/jute/strings.ts";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { formatHex } from "../../../protocol/longs.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import type { LearnerRequest } from "../../../protocol/records/quorum.ts";
import type { AuthId } from "../auth/authId.ts";
import type { Submission } from "../prep/prep.ts";
import type { Session } from "../sessions/session.ts";
import type { ExpirySink } from "../sessions/sessionTracker.ts";
import { HeldRequest, type ClientConnection } from "./clientConnection.ts";
import type { WritePath } from "./writePath.ts";
import type { Writes } from "./writes.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

/** Writes on their way in: those of clients, and those that the server asks for itself. */
export class WriteRequests implements Writes, ExpirySink<ClientConnection> {
  readonly #server: ZooKeeperServer;
  readonly #writes: WritePath;
  readonly #reader = new JuteReader(new Uint8Array(0));
  #wallMs = 0;
  #timeMs = 0n;

  constructor(server: ZooKeeperServer, writes: WritePath) {
    this.#server = server;
    this.#writes = writes;
    this.#reader.lengthMax = server.options.juteLengthMax;
  }

  write(
    connection: ClientConnection,
    xid: number,
    type: number,
    reader: JuteReader,
    receivedMs: number,
    largeBytes: number,
  ): void {
    const { sessions, connections, reads, localRequests } = this.#server;
    const { session, sessionId, authIds } = connection;
    if (type === OpCode.closeSession) connection.phase = "closing";
    const sessionError = sessions.checkOwner(session ?? undefined, this.#server);
    if (sessionError === ErrorCode.SESSIONMOVED) return connections.close(connection, "session has moved");
    let refusal = 0;
    if (localRequests !== null) {
      const body = reader.readBytes(reader.remaining);
      refusal = localRequests.beforeWrite(connection, type, body);
      reader = this.#reader;
      reader.reset(body, 0, body.length);
    }
    // Asked here, since an upgrade has taken a zxid just now.
    if (this.#writes.isExhausted) return connections.close(connection, "the epoch is exhausted");
    const errors = this.#sessionErrors(session ?? undefined, sessionId, sessionError, refusal);
    const submission = this.#submission(type, sessionId, errors, authIds, true);
    const proposal = this.#writes.submit(submission, reader, xid, connection, receivedMs, largeBytes);
    if (proposal !== null) {
      proposal.refusal = refusal;
      connection.enqueue(proposal);
      if (type === OpCode.closeSession && session !== null) sessions.setClosing(session);
      return;
    }
    const refused = new HeldRequest(xid, type, none, receivedMs, largeBytes, ErrorCode.MARSHALLINGERROR);
    connection.enqueue(refused);
    reads.drain(connection);
  }

  writeHeld(connection: ClientConnection, held: HeldRequest): void {
    this.#reader.reset(held.body, 0, held.body.length);
    this.write(connection, held.xid, held.type, this.#reader, held.receivedMs, held.largeBytes);
  }

  #submission(
    type: number,
    sessionId: bigint,
    errors: Pick<Submission, "sessionError" | "ephemeralError">,
    authIds: Submission["authIds"],
    fromClient: boolean,
  ): Submission {
    const { sessionError, ephemeralError } = errors;
    return { type, sessionId, sessionError, ephemeralError, authIds, time: this.#time(), fromClient };
  }

  /** Wall clock; most requests come in the same millisecond as the one before. */
  #time(): bigint {
    const { wallMs } = this.#server.clock;
    if (wallMs !== this.#wallMs) {
      this.#wallMs = wallMs;
      this.#timeMs = BigInt(wallMs);
    }
    return this.#timeMs;
  }

  /**
   * What prep has to know of a session, from the owner check. A leader does not know the local sessions of others: what
   * they write is let through, but an ephemeral node needs a session of the ensemble (LeaderSessionTracker.checkSession and
   * checkGlobalSession). `refusal` is what `LocalSessionRequests.beforeWrite` has said.
   */
  #sessionErrors(
    session: Session<ClientConnection> | undefined,
    sessionId: bigint,
    ownerError: ErrorCode,
    refusal: number,
  ): Pick<Submission, "sessionError" | "ephemeralError"> {
    const { place, localRequests, options } = this.#server;
    if (place.kind !== "leader") return { sessionError: ownerError, ephemeralError: ownerError };
    const isUnknown = ownerError === ErrorCode.UNKNOWNSESSION;
    const isForeign = BigInt.asUintN(8, sessionId >> 56n) !== BigInt(options.sessionServerId);
    const mayBeLocal = isUnknown && localRequests !== null && isForeign;
    const expired = isUnknown ? ErrorCode.SESSIONEXPIRED : ownerError;
    const isLocal = mayBeLocal || session?.local === true;
    const localError = refusal === 0 ? ErrorCode.SESSIONEXPIRED : refusal;
    return {
      sessionError: mayBeLocal ? ErrorCode.OK : expired,
      ephemeralError: isLocal && (mayBeLocal || ownerError === ErrorCode.OK) ? localError : expired,
    };
  }

  /**
   * A write that has come to a learner's client, or to the learner itself. What cannot be read has no answer: the
   * client would wait for it at Apache's leader, too.
   */
  fromLearner(learner: object, request: LearnerRequest, authIds: readonly AuthId[]): void {
    const { sessions, clock } = this.#server;
    const { sessionId, cxid, type, body } = request;
    if (this.#writes.isExhausted) return;
    if (type === OpCode.createSession && body.length >= 4) {
      this.#reader.reset(body, 0, body.length);
      const session = sessions.create(sessionId, this.#reader.readInt(), clock.monotonicMs);
      sessions.setOwner(session, learner);
    }
    const session = sessions.get(sessionId);
    const errors = this.#sessionErrors(session, sessionId, sessions.checkOwner(session, learner), 0);
    this.#reader.reset(body, 0, body.length);
    const submission = this.#submission(type, sessionId, errors, authIds, true);
    const proposal = this.#writes.submit(submission, this.#reader, cxid, null, clock.monotonicMs, 0);
    if (proposal !== null && type === OpCode.closeSession && session !== undefined)
      sessions.setClosing(session);
  }

  propose(type: number, sessionId: bigint, body: Uint8Array, connection: ClientConnection | null): void {
    const { clock, outstanding, pipeline } = this.#server;
    if (this.#writes.isExhausted) return;
    pipeline.submitted(false);
    this.#reader.reset(body, 0, body.length);
    const errors = { sessionError: 0, ephemeralError: 0 };
    const submission = this.#submission(type, sessionId, errors, connection?.authIds ?? [], false);
    const proposal = this.#writes.submit(submission, this.#reader, 0, connection, clock.monotonicMs, 0);
    if (proposal === null || connection === null) return;
    outstanding.inProcess++;
    connection.enqueue(proposal);
  }

  /** A container that has lost its children, or a TTL node whose time is over. */
  deleteContainer(path: string): void {
    const writer = new JuteWriter(path.length * 3 + 4);
    writer.writeString(path);
    this.propose(OpCode.deleteContainer, 0n, writer.view(), null);
  }

  /** A session's time is over: its closeSession takes the ephemerals along. */
  expire(session: Session<ClientConnection>): void {
    const { localRequests } = this.#server;
    if (session.local && localRequests !== null) return localRequests.expire(session);
    this.#server.metrics.counters.staleSessionsExpired.add(1);
    this.#server.effects.report({
      level: "info",
      message: "session expired",
      details: { session: formatHex(session.id), timeoutMs: session.timeoutMs },
    });
    this.propose(OpCode.closeSession, session.id, none, null);
  }
}

const none = allocateBytes(0);
