import { ErrorCode } from "../../../protocol/errors.ts";
import { Xid } from "../../../protocol/flags.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import { allocateBytes } from "../../../protocol/jute/strings.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { formatHex } from "../../../protocol/longs.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { SetWatches, SetWatches2 } from "../../../protocol/records/client.ts";
import { assert } from "../assert.ts";
import { Prep, type Submission } from "../prep/prep.ts";
import { answerRead, MultiReadRefused, type ReadContext } from "../requests/reads.ts";
import { beginReply, endReply, failReply, frameLengthBytes, replyHeaderBytes } from "../requests/reply.ts";
import { ExpiryQueue } from "../sessions/expiryQueue.ts";
import type { Session } from "../sessions/session.ts";
import { SessionIds } from "../sessions/sessionIds.ts";
import { applySessionTxn, trackAll, type SessionTimeouts } from "../sessions/sessionTimeouts.ts";
import { SessionTracker } from "../sessions/sessionTracker.ts";
import { topNamespace } from "../paths/paths.ts";
import { DIGEST_LOG_INTERVAL, DigestLog } from "../stats/digestLog.ts";
import { lastOpName, refusedOpName } from "../stats/lastOpName.ts";
import { ServerMetrics } from "../stats/serverMetrics.ts";
import { ServerStats } from "../stats/serverStats.ts";
import { LargeRequestLimit } from "../throttle/largeRequestLimit.ts";
import { OutstandingRequests } from "../throttle/outstandingRequests.ts";
import type { DataTree } from "../tree/dataTree.ts";
import { digestVersion } from "../tree/nodeDigest.ts";
import { noNode } from "../tree/tree.ts";
import { TreeSnapshot } from "../tree/treeSnapshot.ts";
import { applyTxn } from "../txns/applyTxn.ts";
import { setWatches } from "../watches/setWatches.ts";
import { WatchTables } from "../watches/watchTables.ts";
import { AuthRequests } from "./authRequests.ts";
import { ClientConnection, HeldRequest, type ConnectionOrigin } from "./clientConnection.ts";
import { ConnectionLimits } from "./connectionLimits.ts";
import { Connects } from "./connects.ts";
import { ContainerCleaner } from "./containerCleaner.ts";
import type { Clock, Effects } from "./effects.ts";
import { WatchEvents, writeEvent } from "./events.ts";
import { Proposal } from "./proposal.ts";
import { QuotaReports } from "./quotaReports.ts";
import { RequestQueue } from "./requestQueue.ts";
import { requestKind } from "./requestKinds.ts";
import type { ServerOptions } from "./serverOptions.ts";
import { WritePath } from "./writePath.ts";
import { writeReplyBody } from "./writeReplies.ts";

/** Sessions that one tick expires before it lets other work go on. */
const expiriesPerTickMax = 1000;

/**
 * Requests of one connection that may wait behind its writes before no more are read from it. They are answered in one
 * go, and each may ask for a megabyte.
 */
const heldRequestsMax = 50;

/**
 * Requests of one connection that may be under way or wait before no more are read from it, if globalOutstandingLimit is
 * not larger. That key does not count xids up to 0: they alone could fill the memory while the disk is slow.
 */
const waitingRequestsMin = 1000;

/** What recovery found, and what a new server starts from. */
export interface ServerState {
  readonly tree: DataTree;
  readonly timeouts: SessionTimeouts;
  readonly lastZxid: bigint;
}

/**
 * A server as a deterministic machine: frames, disconnects, disk completions and ticks come in by the methods of the
 * first section; everything that must happen outside goes out through `Effects`. Time comes from `clock`, which the
 * shell sets before each input.
 *
 *     frame -> dispatch -> read:  answered from the applied tree, behind the session's own writes
 *                       -> write: prep -> log -> ack -> commit -> apply -> reply, watch events before replies
 */
export class ZooKeeperServer {
  readonly options: ServerOptions;
  readonly tree: DataTree;
  readonly timeouts: SessionTimeouts;
  readonly metrics: ServerMetrics;
  readonly stats: ServerStats;
  readonly digestLog = new DigestLog();
  readonly sessions: SessionTracker<ClientConnection>;
  readonly watches = new WatchTables<ClientConnection>();
  readonly connections = new Set<ClientConnection>();
  readonly limits: ConnectionLimits;
  readonly connectionExpiry: ExpiryQueue<ClientConnection>;
  readonly outstanding: OutstandingRequests;
  readonly largeRequests: LargeRequestLimit;
  readonly clock: Clock;
  readonly effects: Effects;
  readonly connects: Connects;
  readonly sessionIds: SessionIds;
  lastProcessedZxid: bigint;
  /** Set when the server may take no further request: stopping, or its disk has failed. */
  stopped = false;
  readonly #writes: WritePath;
  readonly #auth: AuthRequests;
  readonly #queue: RequestQueue;
  readonly #containers: ContainerCleaner;
  readonly #events: WatchEvents;
  readonly #reads: ReadContext;
  readonly #reader = new JuteReader(new Uint8Array(0));
  readonly #heldReader = new JuteReader(new Uint8Array(0));
  readonly #results = new JuteWriter(1024);
  readonly #catchUp = { connection: null as ClientConnection | null };

  constructor(
    options: ServerOptions,
    state: ServerState,
    effects: Effects,
    clock: Clock,
    random: () => number,
  ) {
    this.options = options;
    this.tree = state.tree;
    this.timeouts = state.timeouts;
    this.lastProcessedZxid = state.lastZxid;
    this.effects = effects;
    this.clock = clock;
    this.metrics = new ServerMetrics(random);
    this.stats = new ServerStats(this.metrics);
    this.sessions = new SessionTracker(options.tickTimeMs, clock.monotonicMs);
    this.sessionIds = new SessionIds(options.sessionServerId, clock.monotonicMs);
    this.limits = new ConnectionLimits(options.maxClientCnxns, options.maxCnxns);
    this.connectionExpiry = new ExpiryQueue(options.sessionlessCnxnTimeoutMs, clock.monotonicMs);
    this.outstanding = new OutstandingRequests(options.globalOutstandingLimit);
    this.largeRequests = new LargeRequestLimit(
      options.largeRequestThresholdBytes,
      options.largeRequestMaxBytes,
    );
    this.#reader.lengthMax = options.juteLengthMax;
    this.#heldReader.lengthMax = options.juteLengthMax;
    trackAll(this.sessions, this.timeouts, clock.monotonicMs);
    this.#dropForeignEphemerals();
    const quotas = new QuotaReports(this.metrics, effects, clock);
    const prep = new Prep(options.prep, this.tree, options.access, this.lastProcessedZxid, quotas);
    this.#writes = new WritePath(prep, effects, (proposal) => this.#commit(proposal));
    this.connects = new Connects(this, random);
    this.#auth = new AuthRequests(this);
    this.#queue = new RequestQueue(this, (connection, held, throttled) =>
      this.#submitHeld(connection, held, throttled),
    );
    this.#containers = new ContainerCleaner(this.tree, options, clock, (path) =>
      this.#proposeContainer(path),
    );
    const wrote = (connection: ClientConnection): void => this.wrote(connection);
    this.#events = new WatchEvents(this.watches, options.access, this.metrics, this.stats, wrote);
    this.tree.listener = this.#events;
    this.#reads = {
      tree: this.tree,
      watches: this.watches,
      access: options.access,
      multiReadBytesMax: options.outboundBytesMax,
      countRead: (path, bytes) => this.#countRead(path, bytes),
    };
  }

  // ---- inputs -----------------------------------------------------------------------------------------------

  /** A client has connected; null if it is one too many and to be closed without a byte. */
  accept(origin: ConnectionOrigin): ClientConnection | null {
    if (this.stopped || !this.limits.admit(origin.remoteAddress)) {
      this.metrics.counters.connectionRejected.add(1);
      return null;
    }
    const connection = new ClientConnection(origin, this.clock.wallMs);
    this.connections.add(connection);
    this.connectionExpiry.update(connection, this.options.sessionlessCnxnTimeoutMs, this.clock.monotonicMs);
    return connection;
  }

  /**
   * One frame in bytes[start, end), which is not kept. False: hand over no more until `Effects.resume`, or at all if
   * the connection was closed.
   */
  frame(connection: ClientConnection, bytes: Uint8Array, start: number, end: number): boolean {
    this.metrics.counters.bytesReceivedCount.add(end - start + 4);
    if (!this.largeRequests.mayReceive(end - start)) {
      this.#tooManyLarge(connection);
      return false;
    }
    this.#reader.reset(bytes, start, end);
    if (connection.phase === "open") {
      // Once stopping, only what is under way is finished: a client that never pauses must not keep the log open.
      if (this.stopped) return false;
      this.stats.received(connection.stats);
      this.#request(connection, bytes, end);
      return connection.phase === "open" && !connection.paused;
    }
    if (connection.phase === "new") {
      this.stats.received(connection.stats);
      this.connects.connect(connection, this.#reader);
    }
    return false;
  }

  /** The client is gone or its bytes made no sense; the session lives on until it times out. */
  disconnected(connection: ClientConnection): void {
    this.#forget(connection);
  }

  /** Every transaction up to `zxid` is on disk. */
  logged(zxid: bigint): void {
    this.#writes.logged(zxid);
  }

  /** Time has passed: `clock` says how much. */
  tick(): void {
    const now = this.clock.monotonicMs;
    this.sessions.expireDue(now, this, expiriesPerTickMax);
    for (let due = this.connectionExpiry.poll(now); due !== null; due = this.connectionExpiry.poll(now)) {
      for (const connection of due) {
        if (connection.session === null) this.metrics.counters.sessionlessConnectionsExpired.add(1);
        this.close(connection, "silent for too long");
      }
    }
    this.#containers.tick();
    this.#queue.tick();
  }

  /** When `tick` next has something to do, on the monotonic clock. */
  get nextDueMs(): number {
    return Math.min(
      this.sessions.nextDueMs,
      this.connectionExpiry.nextDueMs,
      this.#containers.nextDueMs,
      this.#queue.nextDueMs,
    );
  }

  /** No new connections and requests any more; what is under way is finished. */
  stop(): void {
    this.stopped = true;
  }

  /** New znodes and larger data are refused while memory is short. */
  memoryIsShort(short: boolean): void {
    this.#writes.prep.memoryShort = short;
  }

  get outstandingProposals(): number {
    return this.#writes.outstandingCount;
  }

  /** A walk over the present state for a snapshot named by the last applied zxid. */
  snapshotSource(): TreeSnapshot {
    return new TreeSnapshot(this.tree, this.lastProcessedZxid, this.timeouts, () => this.lastProcessedZxid);
  }

  // ---- requests ---------------------------------------------------------------------------------------------

  #request(connection: ClientConnection, bytes: Uint8Array, end: number): void {
    const reader = this.#reader;
    if (reader.remaining < 8) return this.close(connection, "frame too short for a request header");
    const xid = reader.readInt();
    const type = reader.readInt();
    this.connectionExpiry.update(connection, connection.sessionTimeoutMs, this.clock.monotonicMs);
    if (type === OpCode.auth) return this.#auth.auth(connection, xid, reader);
    if (type === OpCode.sasl) return this.#auth.sasl(connection, xid, reader);
    if (this.options.enforcement.refuses(type, connection.authIds)) return this.#auth.refuse(connection, xid);
    if (!this.#touch(connection)) return;
    const kind = requestKind(type);
    if (kind === "unknown") return this.#unknown(connection, xid);
    const largeBytes = this.largeRequests.admit(reader.remaining);
    if (largeBytes === null) return this.#tooManyLarge(connection);
    if (this.outstanding.received(connection, xid)) this.pause(connection);
    if (this.#queue.active) {
      const body = copyOf(bytes.subarray(reader.position, end));
      this.#queue.add(connection, new HeldRequest(xid, type, body, this.clock.monotonicMs, largeBytes, 0));
      return;
    }
    this.outstanding.inProcess++;
    if (kind === "write") this.#write(connection, xid, type, reader, this.clock.monotonicMs, largeBytes);
    else if (connection.waitingCount > 0) {
      const body = copyOf(bytes.subarray(reader.position, end));
      connection.enqueue(new HeldRequest(xid, type, body, this.clock.monotonicMs, largeBytes, 0));
    } else this.#read(connection, xid, type, reader, this.clock.monotonicMs, largeBytes);
    if (!this.#mayWait(connection)) {
      connection.holdsTooMuch = true;
      this.pause(connection);
    }
  }

  /** Whether another request of the connection may wait behind those that do. */
  #mayWait(connection: ClientConnection): boolean {
    const waitingMax = Math.max(waitingRequestsMin, this.options.globalOutstandingLimit);
    return connection.heldCount < heldRequestsMax && connection.waitingCount < waitingMax;
  }

  /**
   * Keeps the session alive. A request of one that is expiring is dropped, its connection goes with the closeSession
   * under way (ZooKeeperServer.submitRequestNow); one of a session that is gone costs its connection.
   */
  #touch(connection: ClientConnection): boolean {
    const { session } = connection;
    if (session !== null && this.sessions.touch(session, this.clock.monotonicMs)) return true;
    if (session?.closing !== true) this.close(connection, "session is gone");
    return false;
  }

  #tooManyLarge(connection: ClientConnection): void {
    this.metrics.counters.largeRequestsRejected.add(1);
    this.close(connection, "too many large requests");
  }

  #unknown(connection: ClientConnection, xid: number): void {
    const mark = beginReply(connection.out, xid, -1n, ErrorCode.UNIMPLEMENTED);
    endReply(connection.out, mark);
    this.stats.sentRecord(connection.stats, replyHeaderBytes - frameLengthBytes);
    this.wrote(connection);
    this.close(connection, "unknown request type");
  }

  /** A request that comes out of the request throttle's queue. */
  #submitHeld(connection: ClientConnection, held: HeldRequest, throttled: boolean): void {
    this.outstanding.inProcess++;
    if (throttled) {
      this.metrics.counters.throttledOps.add(1);
      const { xid, type, body, receivedMs, largeBytes } = held;
      const refused = new HeldRequest(xid, type, body, receivedMs, largeBytes, ErrorCode.THROTTLEDOP);
      connection.enqueue(refused);
      return this.#drain(connection);
    }
    if (requestKind(held.type) === "write") {
      this.#heldReader.reset(held.body, 0, held.body.length);
      return this.#write(connection, held.xid, held.type, this.#heldReader, held.receivedMs, held.largeBytes);
    }
    connection.enqueue(held);
    this.#drain(connection);
  }

  // ---- writes -----------------------------------------------------------------------------------------------

  #write(
    connection: ClientConnection,
    xid: number,
    type: number,
    reader: JuteReader,
    receivedMs: number,
    largeBytes: number,
  ): void {
    const { session } = connection;
    if (type === OpCode.closeSession) connection.phase = "closing";
    const sessionError = this.sessions.checkOwner(session ?? undefined, this);
    if (sessionError === ErrorCode.SESSIONMOVED) return this.close(connection, "session has moved");
    const submission = this.#submission(type, connection.sessionId, sessionError, connection.authIds, true);
    const proposal = this.#writes.submit(submission, reader, xid, connection, receivedMs, largeBytes);
    this.metrics.counters.prepProcessorRequestQueued.add(1);
    if (proposal !== null) {
      connection.enqueue(proposal);
      if (type === OpCode.closeSession && session !== null) this.sessions.setClosing(session);
      return;
    }
    const refused = new HeldRequest(xid, type, none, receivedMs, largeBytes, ErrorCode.MARSHALLINGERROR);
    connection.enqueue(refused);
    this.#drain(connection);
  }

  #submission(
    type: number,
    sessionId: bigint,
    sessionError: number,
    authIds: Submission["authIds"],
    fromClient: boolean,
  ): Submission {
    return { type, sessionId, sessionError, authIds, time: BigInt(this.clock.wallMs), fromClient };
  }

  /** A write that the server asks for itself; nobody waits for a reply, unless a connection is given. */
  propose(type: number, sessionId: bigint, body: Uint8Array, connection: ClientConnection | null): void {
    this.#heldReader.reset(body, 0, body.length);
    const submission = this.#submission(type, sessionId, 0, connection?.authIds ?? [], false);
    const now = this.clock.monotonicMs;
    const proposal = this.#writes.submit(submission, this.#heldReader, 0, connection, now, 0);
    if (proposal === null || connection === null) return;
    this.outstanding.inProcess++;
    connection.enqueue(proposal);
  }

  #proposeContainer(path: string): void {
    const writer = new JuteWriter(path.length * 3 + 4);
    writer.writeString(path);
    this.propose(OpCode.deleteContainer, 0n, writer.view(), null);
  }

  /** A session's time is over (ExpirySink): its closeSession takes the ephemerals along. */
  expire(session: Session<ClientConnection>): void {
    this.metrics.counters.staleSessionsExpired.add(1);
    this.effects.report({
      level: "info",
      message: "session expired",
      details: { session: formatHex(session.id), timeoutMs: session.timeoutMs },
    });
    this.propose(OpCode.closeSession, session.id, none, null);
  }

  #commit(proposal: Proposal): void {
    const { op, zxid } = proposal;
    const connection = proposal.connection;
    let results: JuteWriter | null = null;
    if (op.type === OpCode.multi && connection !== null && !connection.stale) {
      results = this.#results;
      results.clear();
    }
    applyTxn(this.tree, proposal, op, results);
    this.lastProcessedZxid = zxid;
    this.#writes.prep.changes.applied(zxid);
    if ((zxid & (DIGEST_LOG_INTERVAL - 1n)) === 0n)
      this.digestLog.offer(zxid, this.tree.digest(), digestVersion);
    const closed = this.#applyToSessions(proposal);
    if (connection !== null) this.#answerWrite(proposal, connection);
    if (closed !== null && closed !== connection) this.close(closed, "session closed");
  }

  /** Returns the connection of a session that the transaction has closed. */
  #applyToSessions(proposal: Proposal): ClientConnection | null {
    const { op, clientId } = proposal;
    if (op.type === OpCode.createSession) {
      applySessionTxn(this.timeouts, op.type, clientId, op.record.timeOut);
    } else if (op.type === OpCode.closeSession) {
      applySessionTxn(this.timeouts, op.type, clientId, 0);
      const session = this.sessions.get(clientId);
      if (session === undefined) return null;
      this.sessions.remove(session);
      return session.connection;
    }
    return null;
  }

  #answerWrite(proposal: Proposal, connection: ClientConnection): void {
    this.outstanding.inProcess--;
    this.largeRequests.finish(proposal.largeBytes);
    if (connection.stale) return this.#queue.tick();
    assert(connection.peek() === proposal, "a write was committed out of its session's order");
    connection.dequeue();
    const { op, requestType, cxid } = proposal;
    if (requestType === OpCode.createSession && op.type === OpCode.createSession) {
      this.#answered(connection, cxid, lastOpName(requestType), proposal.receivedMs, true);
      this.connects.finish(connection);
    } else {
      const err = op.type === OpCode.error ? op.record.err : ErrorCode.OK;
      const mark = beginReply(connection.out, cxid, this.lastProcessedZxid, err);
      if (err === ErrorCode.OK) writeReplyBody(connection.out, this.tree, requestType, op, this.#results);
      endReply(connection.out, mark);
      const name = err === ErrorCode.OK ? lastOpName(requestType) : refusedOpName;
      this.#sent(connection, mark, cxid, requestType, name, proposal.receivedMs, true);
    }
    if (requestType === OpCode.closeSession) return this.close(connection, "closed by the client");
    this.#drain(connection);
  }

  // ---- reads ------------------------------------------------------------------------------------------------

  /** Answers what waits behind the writes of this connection, up to the next write. */
  #drain(connection: ClientConnection): void {
    for (let next = connection.peek(); next instanceof HeldRequest; next = connection.peek()) {
      connection.dequeue();
      this.#heldReader.reset(next.body, 0, next.body.length);
      if (next.err !== 0) this.#refuse(connection, next);
      else this.#read(connection, next.xid, next.type, this.#heldReader, next.receivedMs, next.largeBytes);
      if (connection.phase === "closed") return;
    }
    if (connection.holdsTooMuch && this.#mayWait(connection)) {
      connection.holdsTooMuch = false;
      this.unpause(connection);
    }
  }

  /** An error in its turn, with the last zxid: nothing was logged for it. */
  #refuse(connection: ClientConnection, held: HeldRequest): void {
    const mark = beginReply(connection.out, held.xid, this.lastProcessedZxid, held.err);
    endReply(connection.out, mark);
    this.#finish(held.largeBytes);
    // What cannot be read counts as a write, as Apache logs an error for it; what was throttled never came that far.
    const write = held.err === ErrorCode.MARSHALLINGERROR;
    this.#sent(connection, mark, held.xid, held.type, refusedOpName, held.receivedMs, write);
  }

  #finish(largeBytes: number): void {
    this.outstanding.inProcess--;
    this.largeRequests.finish(largeBytes);
  }

  #read(
    connection: ClientConnection,
    xid: number,
    type: number,
    reader: JuteReader,
    receivedMs: number,
    largeBytes: number,
  ): void {
    this.#finish(largeBytes);
    const { out } = connection;
    let mark: number;
    if (type === OpCode.setWatches || type === OpCode.setWatches2) {
      const err = this.#setWatches(connection, type, reader);
      mark = beginReply(out, xid, this.lastProcessedZxid, err);
    } else {
      mark = beginReply(out, type === OpCode.ping ? Xid.PING : xid, this.lastProcessedZxid, 0);
      if (type !== OpCode.ping) this.#answer(connection, type, reader, mark);
    }
    endReply(out, mark);
    this.#sent(connection, mark, xid, type, lastOpName(type), receivedMs, false);
  }

  #answer(connection: ClientConnection, type: number, reader: JuteReader, mark: number): void {
    const { out } = connection;
    try {
      const err = answerRead(this.#reads, connection, type, reader, out);
      if (err !== ErrorCode.OK) failReply(out, mark, err);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      if (error instanceof MultiReadRefused) out.patchInt(mark + 16, ErrorCode.MARSHALLINGERROR);
      else failReply(out, mark, ErrorCode.MARSHALLINGERROR);
    }
  }

  /** The catch-up events go out before the reply. */
  #setWatches(connection: ClientConnection, type: number, reader: JuteReader): ErrorCode {
    try {
      const lists = type === OpCode.setWatches ? SetWatches.read(reader) : SetWatches2.read(reader);
      this.#catchUp.connection = connection;
      return setWatches(this.watches, connection, lists, this, this);
    } catch (error) {
      if (error instanceof JuteError) return ErrorCode.MARSHALLINGERROR;
      throw error;
    }
  }

  /** NodeLookup of setWatches. */
  mzxid(path: string): bigint | null {
    const ref = this.tree.find(path);
    return ref === noNode ? null : this.tree.mzxid(ref);
  }

  /** NodeLookup of setWatches. */
  pzxid(path: string): bigint | null {
    const ref = this.tree.find(path);
    return ref === noNode ? null : this.tree.pzxid(ref);
  }

  /** CatchUpSink of setWatches. */
  event(type: Parameters<typeof writeEvent>[2], path: string): void {
    const { connection } = this.#catchUp;
    if (connection === null) return;
    const before = connection.out.length;
    writeEvent(connection.out, -1n, type, path);
    this.#events.count(connection, connection.out.length - before);
  }

  #countRead(path: string, bytes: number): void {
    const namespace = topNamespace(path);
    if (namespace !== null) this.metrics.sets.readPerNamespace.add(namespace, path.length + bytes);
  }

  /** The reply that begins at `mark` in the outbox is complete. */
  #sent(
    connection: ClientConnection,
    mark: number,
    xid: number,
    type: number,
    opName: string,
    receivedMs: number,
    write: boolean,
  ): void {
    const bytes = connection.out.length - mark - frameLengthBytes;
    this.#answered(connection, xid, opName, receivedMs, write);
    this.stats.sentRecord(connection.stats, bytes);
    if (type !== OpCode.ping) this.metrics.counters.responseBytes.add(bytes);
    const mayGoOn = this.outstanding.answered(connection, type === OpCode.ping ? Xid.PING : xid);
    if (mayGoOn && connection.paused && !connection.holdsTooMuch) this.unpause(connection);
    this.wrote(connection);
    if (this.#queue.active) this.#queue.tick();
  }

  /** Latency and last request (FinalRequestProcessor.updateStats). */
  #answered(
    connection: ClientConnection,
    xid: number,
    opName: string,
    receivedMs: number,
    write: boolean,
  ): void {
    const now = this.clock.monotonicMs;
    this.stats.updateLatency(now - receivedMs, write);
    connection.stats.updateForResponse(xid, this.lastProcessedZxid, opName, receivedMs, now);
  }

  /** A four-letter word counts as a packet of four bytes. */
  countWord(connection: ClientConnection): void {
    this.metrics.counters.bytesReceivedCount.add(4);
    this.stats.received(connection.stats);
  }

  /** Its answer counts as one packet for every 8192 characters. */
  countWordAnswer(connection: ClientConnection, packets: number): void {
    this.stats.sent(connection.stats, packets);
  }

  // ---- connections ------------------------------------------------------------------------------------------

  /** Tells the shell once per turn that there is something to write. */
  wrote(connection: ClientConnection): void {
    if (connection.flushing || connection.phase === "closed") return;
    connection.flushing = true;
    this.effects.flush(connection);
  }

  pause(connection: ClientConnection): void {
    if (connection.paused) return;
    connection.paused = true;
    this.effects.pause(connection);
  }

  unpause(connection: ClientConnection): void {
    if (!connection.paused) return;
    connection.paused = false;
    if (connection.phase === "open") this.effects.resume(connection);
  }

  /** Writes out what is there and closes; watches go, the session stays. */
  close(connection: ClientConnection, reason: string): void {
    if (connection.phase === "closed") return;
    this.#forget(connection);
    this.effects.close(connection, reason);
  }

  #forget(connection: ClientConnection): void {
    if (connection.phase === "closed") return;
    connection.phase = "closed";
    this.connections.delete(connection);
    this.limits.release(connection.origin.remoteAddress);
    this.connectionExpiry.remove(connection);
    this.watches.removeWatcher(connection);
    this.metrics.counters.connectionDropCount.add(1);
    if (connection.session?.connection === connection) connection.session.connection = null;
    for (let next = connection.peek(); next !== null; next = connection.peek()) {
      connection.dequeue();
      // A proposal is still to be applied and finishes its own account then.
      if (next instanceof HeldRequest) this.#finish(next.largeBytes);
    }
  }

  /** Nodes of sessions that nobody remembers, as an unclean end of an older server may leave them. */
  #dropForeignEphemerals(): void {
    for (const owner of Array.from(this.tree.ephemeralOwners())) {
      if (this.timeouts.has(owner)) continue;
      for (const path of this.tree.ephemeralsOf(owner)) this.tree.delete(path, this.lastProcessedZxid);
    }
  }
}

/** A copy whatever the type: the `slice` of a chunk that Node read is none. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = allocateBytes(bytes.length);
  copy.set(bytes);
  return copy;
}

const none = allocateBytes(0);
