import { BufferStats } from "../../src/core/stats/bufferStats.ts";
import { ConnectionStats } from "../../src/core/stats/connectionStats.ts";
import { ServerMetrics } from "../../src/core/stats/serverMetrics.ts";
import { ServerStats } from "../../src/core/stats/serverStats.ts";
import type { ConnectionView, ServerConf, ServerView } from "../../src/core/stats/serverView.ts";

/** The session of golden/4lw/standalone. */
export const RECORDED_SESSION = 0x100004f9e930000n;
const expiryMs = Date.UTC(2026, 10, 22, 23, 2, 15);

/** The two connections of the recording: the one that asks, and the session's. */
export function recordedConnections(): ConnectionView[] {
  const asking = connection(50001, 0, 0n);
  asking.stats.packetsReceived = 1;
  const client = connection(50002, 1, RECORDED_SESSION);
  // 61 requests, the slowest of 64 ms, 2.6 ms on average, the last one of 1 ms.
  client.stats.updateForResponse(1, 1n, "CREA", 0, 64);
  for (let i = 0; i < 57; i++) client.stats.updateForResponse(2, 2n, "PING", 0, 1);
  client.stats.updateForResponse(0x3b, 0x22n, "GETD", 5218486, 5218487);
  client.stats.packetsReceived = 61;
  client.stats.packetsSent = 63;
  return [asking, client];
}

function connection(remotePort: number, interestOps: number, sessionId: bigint): ConnectionView {
  return {
    remoteAddress: "127.0.0.1",
    remotePort,
    interestOps,
    outstandingRequests: 0,
    sessionId,
    sessionTimeoutMs: 10000,
    establishedMs: 1795388523995,
    stats: new ConnectionStats(),
  };
}

/** The settings of the recording. */
export const recordedConf: ServerConf = {
  clientPort: 2181,
  secureClientPort: -1,
  dataDir: "/srv/data/version-2",
  dataLogDir: "/srv/data/version-2",
  tickTime: 2000,
  maxClientCnxns: 60,
  minSessionTimeout: 4000,
  maxSessionTimeout: 40000,
  clientPortListenBacklog: -1,
  serverId: 0,
  quorum: null,
};

/** A server in the state of golden/4lw/standalone; `changes` replace parts of it. */
export function fakeServerView(changes: Partial<ServerView> = {}): ServerView {
  const metrics = new ServerMetrics(() => 0.5);
  const stats = new ServerStats(metrics);
  stats.packetsReceived = 79;
  stats.packetsSent = 82;
  for (let i = 0; i < 65; i++) stats.updateLatency(i === 0 ? 64 : i === 1 ? 0 : i <= 42 ? 2 : 1, true);
  const connections = recordedConnections();
  return {
    mode: "standalone",
    stats,
    metrics,
    lastProcessedZxid: 0x22n,
    uptimeMs: 3628,
    nodeCount: 11,
    outstandingRequests: 0,
    connectionCount: 2,
    proposalStats: null,
    peerState: null,
    observerMasterId: null,
    digestLog: [],
    connections: () => connections,
    connectionsByExpiry: () => ({
      buckets: [
        { timeMs: expiryMs, members: connections.slice(1) },
        { timeMs: expiryMs + 10000, members: connections.slice(0, 1) },
      ],
      memberCount: 2,
    }),
    sessions: () => ({
      local: null,
      global: { buckets: [{ timeMs: expiryMs, members: [RECORDED_SESSION] }], memberCount: 1 },
    }),
    ephemeralsBySession: () => new Map([[RECORDED_SESSION, ["/rec/s0/eph"]]]),
    watches: () => ({
      sessionsByPath: new Map([
        ["/rec/s0/none", [RECORDED_SESSION]],
        ["/rec/s0/a", [RECORDED_SESSION]],
      ]),
      pathsBySession: [{ sessionId: RECORDED_SESSION, paths: ["/rec/s0/none", "/rec/s0/a"] }],
    }),
    watchCounts: () => ({ connections: 1, paths: 2, watches: 2 }),
    conf: () => recordedConf,
    dataDirSize: () => 67109358,
    logDirSize: () => 67109358,
    gauges: () => ({
      ephemeralsCount: 1,
      globalSessions: 1,
      localSessions: 0,
      connectionDropProbability: 0,
      watchCount: 2,
      approximateDataSize: 123,
      openFileDescriptorCount: 61,
      maxFileDescriptorCount: 20000,
      outstandingTlsHandshake: 0,
    }),
    quorumGauges: () => null,
    quotaGauges: () => ({
      countLimits: new Map(),
      bytesLimits: new Map(),
      countUsages: new Map(),
      bytesUsages: new Map(),
    }),
    environment: () => [],
    resetConnectionStats: () => {
      for (const { stats: each } of connections) each.reset();
    },
    ...changes,
  };
}

/** The leader of golden/4lw/leader, as far as its own lines go. */
export function fakeLeaderView(): ServerView {
  const proposalStats = new BufferStats();
  for (const bytes of [36, 157, 48]) proposalStats.add(bytes);
  const leader = {
    learners: 3,
    syncedFollowers: 2,
    syncedNonVotingFollowers: 0,
    pendingSyncs: 0,
    leaderUptimeMs: 5000,
  };
  return fakeServerView({
    mode: "leader",
    proposalStats,
    peerState: "leading - broadcast",
    lastProcessedZxid: 0x100000085n,
    nodeCount: 26,
    quorumGauges: () => ({ quorumSize: 4, syncedObservers: 1, leader }),
    digestLog: [{ zxid: 0x100000080n, digest: 62383227094n, digestVersion: 2 }],
  });
}
