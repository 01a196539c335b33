/**
 * Counters of one client connection (ServerCnxn), shown by `cons`. `lastOp` is `SESS` on a connection that
 * has made its session, and null (Apache prints `lop=null`) on one that has renewed it, until the first answered
 * request; it is `NA` after `crst`. Times are milliseconds of the monotonic clock.
 */
export class ConnectionStats {
  packetsReceived = 0;
  packetsSent = 0;
  lastOp: string | null = null;
  /** Xid of the last real request; -1 (not shown) after a reset. */
  lastCxid = 0;
  lastZxid = 0n;
  lastResponseTimeMs = 0;
  lastLatencyMs = 0;
  /** Stays 0 until the first `crst`, as in Apache, which starts it at 0 but resets it to "none yet". */
  #minLatencyMs = 0;
  maxLatencyMs = 0;
  #count = 0;
  #totalLatencyMs = 0;

  /** Counts an answered request: its xid, our zxid, its name of lastOpName, when it came and when it was answered. */
  updateForResponse(cxid: number, zxid: bigint, op: string, startMs: number, endMs: number): void {
    // Negative xids are pings and the like; operators look for the last request that the application made.
    if (cxid >= 0) this.lastCxid = cxid;
    this.lastZxid = zxid;
    this.lastOp = op;
    this.lastResponseTimeMs = endMs;
    const latencyMs = endMs - startMs;
    this.lastLatencyMs = latencyMs;
    if (latencyMs < this.#minLatencyMs) this.#minLatencyMs = latencyMs;
    if (latencyMs > this.maxLatencyMs) this.maxLatencyMs = latencyMs;
    this.#count++;
    this.#totalLatencyMs += latencyMs;
  }

  get minLatencyMs(): number {
    return this.#minLatencyMs === Number.MAX_SAFE_INTEGER ? 0 : this.#minLatencyMs;
  }

  /** The mean, cut to an integer as Java's division of longs does; 0 before the first request. */
  get avgLatencyMs(): number {
    return this.#count === 0 ? 0 : Math.trunc(this.#totalLatencyMs / this.#count);
  }

  /** What `crst` does to every connection (ServerCnxn.resetStats). */
  reset(): void {
    this.packetsReceived = 0;
    this.packetsSent = 0;
    this.lastOp = "NA";
    this.lastCxid = -1;
    this.lastZxid = -1n;
    this.lastResponseTimeMs = 0;
    this.lastLatencyMs = 0;
    this.#minLatencyMs = Number.MAX_SAFE_INTEGER;
    this.maxLatencyMs = 0;
    this.#count = 0;
    this.#totalLatencyMs = 0;
  }
}
