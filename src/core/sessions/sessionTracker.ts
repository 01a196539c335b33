import { ErrorCode } from "../../../protocol/errors.ts";
import { type ExpiryBucket, ExpiryQueue, notQueued } from "./expiryQueue.ts";
import { Session } from "./session.ts";
import type { GlobalSessions } from "./sessions.ts";

/** Receives the sessions whose time is over: a closeSession has to be proposed for each. */
export interface ExpirySink<Connection extends object> {
  /** The session is marked closing already; it stays tracked until its closeSession is applied and `remove` called. */
  expire(session: Session<Connection>): void;
}

/**
 * The sessions that this server watches over, with their expiry (SessionTrackerImpl). Times are ms of the monotonic
 * clock. A session dies 0 to 1 tick after its timeout.
 */
export class SessionTracker<Connection extends object = object> implements GlobalSessions<Connection> {
  readonly #sessionById = new Map<bigint, Session<Connection>>();
  readonly #queue: ExpiryQueue<Session<Connection>>;
  readonly #isLocal: boolean;
  /** Sessions of the bucket being expired that were not handed out yet, in reverse. */
  #expiring: Session<Connection>[] = [];

  /** @param isLocal Its sessions live on this server only. */
  constructor(tickTimeMs: number, nowMs: number, isLocal = false) {
    this.#isLocal = isLocal;
    this.#queue = new ExpiryQueue(tickTimeMs, nowMs);
  }

  get count(): number {
    return this.#sessionById.size;
  }

  get localCount(): number {
    return this.#isLocal ? this.count : 0;
  }

  get globalCount(): number {
    return this.#isLocal ? 0 : this.count;
  }

  /** Tracks a session and starts its time; one that is tracked already is kept and only gets this much time from now. */
  create(id: bigint, timeoutMs: number, nowMs: number): Session<Connection> {
    let session = this.#sessionById.get(id);
    if (session === undefined) {
      session = new Session(id, timeoutMs, this.#isLocal);
      this.#sessionById.set(id, session);
    }
    this.#queue.update(session, timeoutMs, nowMs);
    return session;
  }

  track(session: Session<Connection>, nowMs: number): void {
    this.#sessionById.set(session.id, session);
    this.#queue.update(session, session.timeoutMs, nowMs);
  }

  get(id: bigint): Session<Connection> | undefined {
    return this.#sessionById.get(id);
  }

  /** Every tracked session, in order of creation. */
  sessions(): IterableIterator<Session<Connection>> {
    return this.#sessionById.values();
  }

  /** Gives the session its whole timeout again; false, and nothing done, if it is closing or gone. */
  touch(session: Session<Connection>, nowMs: number): boolean {
    if (session.closing || session.expiryMs === notQueued) return false;
    this.#queue.update(session, session.timeoutMs, nowMs);
    return true;
  }

  /**
   * Whether a request that came through `owner` may act for the session: OK; UNKNOWNSESSION; SESSIONEXPIRED while it
   * is closing; SESSIONMOVED if it is attached elsewhere. A session without an owner is claimed.
   */
  checkOwner(session: Session<Connection> | undefined, owner: object): ErrorCode {
    if (session === undefined || session.expiryMs === notQueued) return ErrorCode.UNKNOWNSESSION;
    if (session.closing) return ErrorCode.SESSIONEXPIRED;
    session.owner ??= owner;
    return session.owner === owner ? ErrorCode.OK : ErrorCode.SESSIONMOVED;
  }

  /** Attaches the session to another owner: OK, or SESSIONEXPIRED if it is closing or gone. */
  setOwner(session: Session<Connection> | undefined, owner: object): ErrorCode {
    if (session === undefined || session.closing || session.expiryMs === notQueued)
      return ErrorCode.SESSIONEXPIRED;
    session.owner = owner;
    return ErrorCode.OK;
  }

  /** From now on touches are refused. */
  setClosing(session: Session<Connection>): void {
    session.closing = true;
  }

  /** The session keeps its time. */
  detached(): void {}

  /** Forgets a session that has been closed; false if it is not tracked. */
  remove(session: Session<Connection>): boolean {
    if (!this.#queue.remove(session)) return false;
    this.#sessionById.delete(session.id);
    return true;
  }

  /** When `expireDue` next has something to do; 0 if it has now. */
  get nextDueMs(): number {
    return this.#expiring.length > 0 ? 0 : this.#queue.nextDueMs;
  }

  /**
   * Hands sessions whose bucket is due to the sink, `countMax` at most, and answers how many. All of a bucket are
   * marked closing at once, so that none of them is touched back to life while it waits for its turn.
   */
  expireDue(nowMs: number, sink: ExpirySink<Connection>, countMax = Infinity): number {
    let count = 0;
    while (count < countMax) {
      const session = this.#expiring.pop() ?? this.#pollDue(nowMs);
      if (session === undefined) break;
      if (session.expiryMs === notQueued) continue;
      count++;
      sink.expire(session);
    }
    return count;
  }

  /** "Session Sets" of the dump word: buckets by time, empty ones included. The count beside them is `count`. */
  buckets(): ExpiryBucket<Session<Connection>>[] {
    return this.#queue.buckets();
  }

  #pollDue(nowMs: number): Session<Connection> | undefined {
    const due = this.#queue.poll(nowMs);
    if (due === null) return undefined;
    this.#expiring = [...due].reverse();
    for (const session of this.#expiring) session.closing = true;
    return this.#expiring.pop();
  }
}
