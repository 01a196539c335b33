import { type Expiring, notQueued } from "./expiryQueue.ts";

/** A session that this server tracks. A connection holds its session directly, so that a touch needs no lookup. */
export class Session<Connection extends object = object> implements Expiring {
  readonly id: bigint;
  /** What the current connection negotiated; a reconnect sets it anew. The logged timeout is in the replicated map. */
  timeoutMs: number;
  /** What it was created with: an upgrade logs this. */
  readonly createdTimeoutMs: number;
  /** Set once a closeSession is on its way: touches and new requests are refused from then on. */
  closing = false;
  /** Lives on this server only, without a transaction; false again once it is upgraded (see `UpgradeableSessions`). */
  local: boolean;
  /** The server or learner handler that the session is attached to; null until the first owner check claims it. */
  owner: object | null = null;
  /** The connection that speaks for the session on this server, if there is one. Set by the server, not the tracker. */
  connection: Connection | null = null;
  /** Belongs to the tracker's queue. */
  expiryMs: number = notQueued;

  constructor(id: bigint, timeoutMs: number, local: boolean) {
    this.id = id;
    this.timeoutMs = timeoutMs;
    this.createdTimeoutMs = timeoutMs;
    this.local = local;
  }
}
