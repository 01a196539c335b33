import { BufferStats } from "./bufferStats.ts";
import type { ConnectionStats } from "./connectionStats.ts";
import { AvgMinMaxCounter } from "./counters.ts";
import type { ServerMetrics } from "./serverMetrics.ts";

/**
 * Request counters of one server (ServerStats). The fields are public so that the request path bumps them in place.
 * What other parts know (outstanding requests, zxid, connections, uptime) is read through ServerView instead.
 */
export class ServerStats {
  packetsReceived = 0;
  packetsSent = 0;
  /** Syncs of the log that took longer than `fsync.warningthresholdms`. */
  fsyncThresholdExceedCount = 0;
  nonMtlsRemoteConnCount = 0;
  nonMtlsLocalConnCount = 0;
  authFailedCount = 0;
  /** Milliseconds from the reading of a request to its reply, over all connections. */
  readonly requestLatency = new AvgMinMaxCounter("request_latency");
  /** Bytes of the replies and events to clients, each without its length; a ConnectResponse does not count. */
  readonly clientResponseStats = new BufferStats();
  readonly #metrics: ServerMetrics;

  constructor(metrics: ServerMetrics) {
    this.#metrics = metrics;
  }

  /** Counts a packet that came. */
  received(connection: ConnectionStats): void {
    this.packetsReceived++;
    connection.packetsReceived++;
  }

  /** Counts packets that go out. */
  sent(connection: ConnectionStats, packets = 1): void {
    this.packetsSent += packets;
    connection.packetsSent += packets;
  }

  /** Counts a reply or an event of so many bytes behind its length (ServerCnxn.serialize). */
  sentRecord(connection: ConnectionStats, bytes: number): void {
    this.sent(connection);
    this.clientResponseStats.add(bytes);
  }

  /** Counts an answered request; one that seems to have taken negative time, as after a clock step, is left out. */
  updateLatency(latencyMs: number, isWrite: boolean): void {
    if (latencyMs < 0) return;
    this.requestLatency.add(latencyMs);
    const { updatelatency, readlatency } = this.#metrics.percentiles;
    (isWrite ? updatelatency : readlatency).add(latencyMs);
  }

  /** What `srst` resets; counts of connections, failed logins and slow syncs stay (ServerStats.reset). */
  reset(): void {
    this.requestLatency.reset();
    this.packetsReceived = 0;
    this.packetsSent = 0;
    this.clientResponseStats.reset();
    this.#metrics.reset();
  }
}
