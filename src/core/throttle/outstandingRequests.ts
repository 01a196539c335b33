/** globalOutstandingLimit. */
export const globalOutstandingLimitDefault = 1000;

/** A connection as this accounting sees it. */
export interface OutstandingConnection {
  /** Requests read and not answered, those with xid <= 0 apart; starts at 0. `queued` in cons and stat. */
  outstandingCount: number;
}

/** The limit of one server in an ensemble: a share of the configured one (FollowerZooKeeperServer, Leader...). */
export function globalOutstandingLimitShare(limit: number, quorumSize: number): number {
  return quorumSize > 2 ? Math.trunc(limit / (quorumSize - 1)) : limit;
}

/**
 * Stops reading from connections with requests outstanding while too many requests are in the server
 * (ZooKeeperServer.shouldThrottle, ServerCnxn.incrOutstandingAndCheckThrottle).
 */
export class OutstandingRequests {
  readonly #limit: number;
  /** Requests of connections in the pipeline: add one after it was submitted, take one off when it is answered. */
  inProcess = 0;
  /** Requests in the request throttle's queue. */
  queued = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A request was read, before it is submitted: true means stop reading this connection. */
  received(connection: OutstandingConnection, xid: number): boolean {
    if (xid <= 0) return false;
    connection.outstandingCount++;
    return this.#shouldThrottle(connection);
  }

  /**
   * A reply was sent: true means read this connection again if it was stopped. `xid` is the reply's, which for a
   * ping is -2 whatever the request had: as in Apache such a ping stays outstanding for ever.
   */
  answered(connection: OutstandingConnection, xid: number): boolean {
    if (xid <= 0) return false;
    connection.outstandingCount--;
    return !this.#shouldThrottle(connection);
  }

  #shouldThrottle(connection: OutstandingConnection): boolean {
    return (this.#limit < this.queued || this.#limit < this.inProcess) && connection.outstandingCount > 0;
  }
}
