import { ExpiryQueue } from "../sessions/expiryQueue.ts";
import { ClientConnection, HeldRequest, type ConnectionOrigin } from "./clientConnection.ts";
import { ConnectionLimits } from "./connectionLimits.ts";
import type { Proposal } from "./proposal.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

/** The connections that there are: let in, watched for silence, paused, closed. */
export class Connections {
  readonly limits: ConnectionLimits;
  /** By when each has to say something. */
  readonly expiry: ExpiryQueue<ClientConnection>;
  readonly #server: ZooKeeperServer;
  readonly #all = new Set<ClientConnection>();

  constructor(server: ZooKeeperServer) {
    const { maxClientCnxns, maxCnxns, sessionlessCnxnTimeoutMs } = server.options;
    this.#server = server;
    this.limits = new ConnectionLimits(maxClientCnxns, maxCnxns);
    this.expiry = new ExpiryQueue(sessionlessCnxnTimeoutMs, server.clock.monotonicMs);
  }

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<ClientConnection> {
    return this.#all.values();
  }

  /** Null if it is one too many and to be closed without a byte. */
  accept(origin: ConnectionOrigin): ClientConnection | null {
    const { metrics, clock, options, stopped } = this.#server;
    if (stopped || !this.limits.admit(origin.remoteAddress)) {
      metrics.counters.connectionRejected.add(1);
      return null;
    }
    const connection = new ClientConnection(origin, clock.wallMs);
    this.#all.add(connection);
    this.expiry.update(connection, options.sessionlessCnxnTimeoutMs, clock.monotonicMs);
    return connection;
  }

  /** It has said something: its time starts anew. */
  heard(connection: ClientConnection): void {
    this.expiry.update(connection, connection.sessionTimeoutMs, this.#server.clock.monotonicMs);
  }

  /** Closes those that have been silent for too long. */
  closeSilent(now: number): void {
    for (let due = this.expiry.poll(now); due !== null; due = this.expiry.poll(now)) {
      for (const connection of due) {
        if (connection.session === null) this.#server.metrics.counters.sessionlessConnectionsExpired.add(1);
        this.close(connection, "silent for too long");
      }
    }
  }

  /** Tells the shell once per turn that there is something to write. */
  wrote(connection: ClientConnection): void {
    if (connection.flushing || connection.phase === "closed") return;
    connection.flushing = true;
    this.#server.effects.flush(connection);
  }

  pause(connection: ClientConnection): void {
    if (connection.paused) return;
    connection.paused = true;
    this.#server.effects.pause(connection);
  }

  unpause(connection: ClientConnection): void {
    if (!connection.paused) return;
    connection.paused = false;
    if (connection.phase === "open") this.#server.effects.resume(connection);
  }

  /** A request that has waited in vain. */
  #drop({ type, err, receivedMs, largeBytes }: HeldRequest): void {
    this.#server.replies.finish(largeBytes);
    this.#server.pipeline.unheard(type, err !== 0, receivedMs, false);
  }

  /** What the leader makes of it comes back as anybody's transaction. */
  #dropForwarded({ requestType, receivedMs, largeBytes }: Proposal): void {
    this.#server.replies.finish(largeBytes);
    this.#server.pipeline.unheard(requestType, false, receivedMs, true);
  }

  /** Writes out what is there and closes; watches go, the session stays. */
  close(connection: ClientConnection, reason: string): void {
    if (connection.phase === "closed") return;
    this.#forget(connection);
    this.#server.effects.close(connection, reason);
  }

  /** The client has closed, or the way to it broke. */
  gone(connection: ClientConnection): void {
    if (connection.phase === "closed") return;
    this.#server.metrics.counters.connectionDropCount.add(1);
    this.#forget(connection);
  }

  #forget(connection: ClientConnection): void {
    connection.phase = "closed";
    this.#all.delete(connection);
    this.limits.release(connection.origin.remoteAddress);
    this.expiry.remove(connection);
    this.#server.watches.removeWatcher(connection);
    const { session } = connection;
    if (session?.connection === connection) {
      session.connection = null;
      this.#server.sessions.detached(session);
    }
    for (let next = connection.peek(); next !== null; next = connection.peek()) {
      connection.dequeue();
      // A proposal is still to be applied and finishes its own account then.
      if (next instanceof HeldRequest) this.#drop(next);
      else if (next.isForwarded) this.#dropForwarded(next);
    }
  }
}
