import { ErrorCode } from "../../../protocol/errors.ts";
import type { Touch } from "../../../protocol/records/quorum.ts";
import type { ExpiryBucket } from "./expiryQueue.ts";
import { Session } from "./session.ts";
import type { GlobalSessions } from "./sessions.ts";

/** In place of a time of expiry: the leader alone knows that. */
const notExpiredHere = 0;

/**
 * The sessions whose clients are connected to a learner. It expires none: it tells its leader, with each ping, whom it
 * has heard of (LearnerSessionTracker of Apache).
 */
export class LearnerSessions<Connection extends object = object> implements GlobalSessions<Connection> {
  readonly #sessionById = new Map<bigint, Session<Connection>>();
  /** Heard of since the last ping. */
  readonly #touched = new Set<Session<Connection>>();
  /** As the observers of this server have told, with timeouts in ms. */
  readonly #touchedElsewhere = new Map<bigint, number>();
  readonly nextDueMs = Number.POSITIVE_INFINITY;
  readonly localCount = 0;
  readonly #globalCount: () => number;

  /** @param globalCount Sessions of the whole ensemble. */
  constructor(globalCount: () => number) {
    this.#globalCount = globalCount;
  }

  get count(): number {
    return this.#sessionById.size;
  }

  get globalCount(): number {
    return this.#globalCount();
  }

  create(id: bigint, timeoutMs: number): Session<Connection> {
    let session = this.#sessionById.get(id);
    if (session === undefined) {
      session = new Session(id, timeoutMs, false);
      this.track(session);
    }
    this.#touched.add(session);
    return session;
  }

  track(session: Session<Connection>): void {
    session.expiryMs = notExpiredHere;
    this.#sessionById.set(session.id, session);
    this.#touched.add(session);
  }

  get(id: bigint): Session<Connection> | undefined {
    return this.#sessionById.get(id);
  }

  touch(session: Session<Connection>): boolean {
    if (session.closing) return false;
    this.#touched.add(session);
    return true;
  }

  /** An observer, whose master this server is, has heard of a session of its own. */
  touchElsewhere(sessionId: bigint, timeoutMs: number): void {
    this.#touchedElsewhere.set(sessionId, timeoutMs);
  }

  /** Whom the ping of a leader is answered with. */
  takeTouched(): Touch[] {
    const touches: Touch[] = [];
    for (const { id, timeoutMs } of this.#touched) touches.push({ sessionId: id, timeout: timeoutMs });
    for (const [sessionId, timeout] of this.#touchedElsewhere) touches.push({ sessionId, timeout });
    this.#touched.clear();
    this.#touchedElsewhere.clear();
    return touches;
  }

  /** The leader checks, by the server through which a request comes. */
  checkOwner(): ErrorCode {
    return ErrorCode.OK;
  }

  setOwner(): ErrorCode {
    return ErrorCode.OK;
  }

  setClosing(session: Session<Connection>): void {
    session.closing = true;
  }

  detached(session: Session<Connection>): void {
    this.#sessionById.delete(session.id);
  }

  remove(session: Session<Connection>): boolean {
    this.#touched.delete(session);
    return this.#sessionById.delete(session.id);
  }

  expireDue(): number {
    return 0;
  }

  buckets(): ExpiryBucket<Session<Connection>>[] {
    return [];
  }
}
