import type { ErrorCode } from "../../../protocol/errors.ts";
import type { ExpiryBucket } from "./expiryQueue.ts";
import type { Session } from "./session.ts";
import type { GlobalSessions, Sessions } from "./sessions.ts";
import { type ExpirySink, SessionTracker } from "./sessionTracker.ts";

/**
 * Sessions where localSessionsEnabled is set: new ones are local, live and expire on this server and are in nobody's log,
 * until they need an ephemeral node; then they join those of the ensemble (UpgradeableSessionTracker of Apache).
 */
export class UpgradeableSessions<Connection extends object = object> implements Sessions<Connection> {
  readonly #global: GlobalSessions<Connection>;
  readonly #local: SessionTracker<Connection>;

  /** @param global As the server would know them without local sessions. */
  constructor(global: GlobalSessions<Connection>, tickTimeMs: number, nowMs: number) {
    this.#global = global;
    this.#local = new SessionTracker(tickTimeMs, nowMs, true);
  }

  get count(): number {
    return this.#global.count + this.#local.count;
  }

  get localCount(): number {
    return this.#local.count;
  }

  get globalCount(): number {
    return this.#global.globalCount;
  }

  get nextDueMs(): number {
    return Math.min(this.#local.nextDueMs, this.#global.nextDueMs);
  }

  /** A session of the ensemble. */
  create(id: bigint, timeoutMs: number, nowMs: number): Session<Connection> {
    return this.#global.create(id, timeoutMs, nowMs);
  }

  createLocal(id: bigint, timeoutMs: number, nowMs: number): Session<Connection> {
    return this.#local.create(id, timeoutMs, nowMs);
  }

  /** A local session becomes one of the ensemble; its createSession has to be proposed. The same object stays. */
  upgrade(session: Session<Connection>, nowMs: number): void {
    this.#local.remove(session);
    session.local = false;
    this.#global.track(session, nowMs);
  }

  get(id: bigint): Session<Connection> | undefined {
    return this.#local.get(id) ?? this.#global.get(id);
  }

  touch(session: Session<Connection>, nowMs: number): boolean {
    return this.#of(session).touch(session, nowMs);
  }

  checkOwner(session: Session<Connection> | undefined, owner: object): ErrorCode {
    return this.#of(session).checkOwner(session, owner);
  }

  setOwner(session: Session<Connection> | undefined, owner: object): ErrorCode {
    return this.#of(session).setOwner(session, owner);
  }

  setClosing(session: Session<Connection>): void {
    this.#of(session).setClosing(session);
  }

  detached(session: Session<Connection>): void {
    this.#of(session).detached(session);
  }

  remove(session: Session<Connection>): boolean {
    return this.#of(session).remove(session);
  }

  expireDue(nowMs: number, sink: ExpirySink<Connection>, countMax = Infinity): number {
    const count = this.#local.expireDue(nowMs, sink, countMax);
    return count + this.#global.expireDue(nowMs, sink, countMax - count);
  }

  /** Those of the ensemble. */
  buckets(): ExpiryBucket<Session<Connection>>[] {
    return this.#global.buckets();
  }

  localBuckets(): ExpiryBucket<Session<Connection>>[] {
    return this.#local.buckets();
  }

  #of(session: Session<Connection> | undefined): Sessions<Connection> {
    return session?.local === true ? this.#local : this.#global;
  }
}
