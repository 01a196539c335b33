import { ErrorCode } from "../../../protocol/errors.ts";
import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { beginReply, endReply, frameLengthBytes, replyHeaderBytes } from "../requests/reply.ts";
import { copyOf } from "../requests/keep.ts";
import { AuthRequests } from "./authRequests.ts";
import { HeldRequest, type ClientConnection } from "./clientConnection.ts";
import { requestKind } from "./requestKinds.ts";
import type { RequestQueue } from "./requestQueue.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

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

/** Which way a request goes, and whether it may go at all. */
export class RequestDispatch {
  readonly #server: ZooKeeperServer;
  readonly #auth: AuthRequests;
  readonly #queue: RequestQueue;
  readonly #waitingMax: number;

  constructor(server: ZooKeeperServer, queue: RequestQueue) {
    this.#server = server;
    this.#auth = new AuthRequests(server);
    this.#queue = queue;
    this.#waitingMax = Math.max(waitingRequestsMin, server.options.globalOutstandingLimit);
  }

  /** `reader` stands at the header, which ends with the frame at `end` of `bytes`. */
  request(connection: ClientConnection, reader: JuteReader, bytes: Uint8Array, end: number): void {
    const { connections, options, largeRequests, outstanding, writes, reads, clock, pipeline } = this.#server;
    if (reader.remaining < 8) return connections.close(connection, "frame too short for a request header");
    const xid = reader.readInt();
    const type = reader.readInt();
    connections.heard(connection);
    if (type === OpCode.auth) return this.#auth.auth(connection, xid, reader);
    if (type === OpCode.sasl) return this.#auth.sasl(connection, xid, reader);
    if (options.enforcement.refuses(type, connection.authIds)) return this.#auth.refuse(connection, xid);
    if (!this.#touch(connection)) return;
    const kind = requestKind(type);
    if (kind === "unknown") return this.#unknown(connection, xid);
    const largeBytes = largeRequests.admit(reader.remaining);
    if (largeBytes === null) return this.tooManyLarge(connection);
    if (outstanding.received(connection, xid)) connections.pause(connection);
    if (this.#queue.active)
      return this.#queue.add(connection, this.#held(xid, type, reader, bytes, end, largeBytes));
    outstanding.inProcess++;
    pipeline.submitted(false);
    if (this.#goesToWrites(connection, type))
      writes.write(connection, xid, type, reader, clock.monotonicMs, largeBytes);
    else if (connection.waitingCount > 0)
      connection.enqueue(this.#held(xid, type, reader, bytes, end, largeBytes));
    else reads.read(connection, xid, type, reader, clock.monotonicMs, largeBytes);
    if (!this.mayWait(connection)) {
      connection.holdsTooMuch = true;
      connections.pause(connection);
    }
  }

  #held(
    xid: number,
    type: number,
    reader: JuteReader,
    bytes: Uint8Array,
    end: number,
    largeBytes: number,
  ): HeldRequest {
    const body = copyOf(bytes.subarray(reader.position, end));
    return new HeldRequest(xid, type, body, this.#server.clock.monotonicMs, largeBytes, 0);
  }

  /** A request that comes out of the request throttle's queue. */
  submitHeld(connection: ClientConnection, held: HeldRequest, throttled: boolean): void {
    const { outstanding, metrics, writes, reads, pipeline } = this.#server;
    outstanding.inProcess++;
    pipeline.submitted(true);
    if (throttled) {
      metrics.counters.throttledOps.add(1);
      const { xid, type, body, receivedMs, largeBytes } = held;
      connection.enqueue(new HeldRequest(xid, type, body, receivedMs, largeBytes, ErrorCode.THROTTLEDOP));
      return reads.drain(connection);
    }
    if (this.#goesToWrites(connection, held.type)) return writes.writeHeld(connection, held);
    connection.enqueue(held);
    reads.drain(connection);
  }

  /** Begin and end of a local session are answered like reads. A learner asks its leader for a sync; a leader knows. */
  #goesToWrites(connection: ClientConnection, type: number): boolean {
    const { localRequests, leaderWrites } = this.#server;
    if (type === OpCode.sync) return leaderWrites === null;
    return requestKind(type) === "write" && localRequests?.takes(connection, type) !== true;
  }

  /** Whether another request of the connection may wait behind those that do. */
  mayWait(connection: ClientConnection): boolean {
    return connection.heldCount < heldRequestsMax && connection.waitingCount < this.#waitingMax;
  }

  /**
   * Keeps the session alive. A request of one that is expiring is dropped, its connection goes with the closeSession
   * under way (ZooKeeperServer.submitRequestNow); one of a session that is gone costs its connection.
   */
  #touch(connection: ClientConnection): boolean {
    const { sessions, clock, connections } = this.#server;
    const { session } = connection;
    if (session !== null && sessions.touch(session, clock.monotonicMs)) {
      if (session.owner === null || session.owner === this.#server) return true;
      // A leader knows that the client has gone on at a learner; reads are refused like writes.
      connections.close(connection, "session has moved");
      return false;
    }
    if (session?.closing !== true) connections.close(connection, "session is gone");
    return false;
  }

  tooManyLarge(connection: ClientConnection): void {
    this.#server.metrics.counters.largeRequestsRejected.add(1);
    this.#server.connections.close(connection, "too many large requests");
  }

  #unknown(connection: ClientConnection, xid: number): void {
    const { stats, connections } = this.#server;
    const mark = beginReply(connection.out, xid, -1n, ErrorCode.UNIMPLEMENTED);
    endReply(connection.out, mark);
    stats.sentRecord(connection.stats, replyHeaderBytes - frameLengthBytes);
    connections.wrote(connection);
    connections.close(connection, "unknown request type");
  }
}
