import type { ErrorCode } from "../../../protocol/errors.ts";
import type { ExpiryBucket } from "./expiryQueue.ts";
import type { Session } from "./session.ts";
import type { ExpirySink } from "./sessionTracker.ts";

/**
 * The sessions that a server knows, as its parts use them: all of the ensemble where they are expired (a leader, or a
 * server alone: `SessionTracker`), those of its own clients on a learner (`LearnerSessions`), and with either of them its
 * local ones (`UpgradeableSessions`).
 */
export interface Sessions<Connection extends object> {
  readonly count: number;
  readonly localCount: number;
  readonly globalCount: number;
  readonly nextDueMs: number;
  create(id: bigint, timeoutMs: number, nowMs: number): Session<Connection>;
  get(id: bigint): Session<Connection> | undefined;
  touch(session: Session<Connection>, nowMs: number): boolean;
  checkOwner(session: Session<Connection> | undefined, owner: object): ErrorCode;
  setOwner(session: Session<Connection> | undefined, owner: object): ErrorCode;
  setClosing(session: Session<Connection>): void;
  /** Its connection is gone; the session lives on. */
  detached(session: Session<Connection>): void;
  remove(session: Session<Connection>): boolean;
  expireDue(nowMs: number, sink: ExpirySink<Connection>, countMax?: number): number;
  buckets(): ExpiryBucket<Session<Connection>>[];
}

/** Sessions of the ensemble: a local one may join them. */
export interface GlobalSessions<Connection extends object> extends Sessions<Connection> {
  /** Takes in a session that was known elsewhere, with its whole timeout from now. */
  track(session: Session<Connection>, nowMs: number): void;
}
