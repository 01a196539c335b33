import type { BufferStats } from "./bufferStats.ts";
import type { ConnectionStats } from "./connectionStats.ts";
import type { ZxidDigest } from "./digestLog.ts";
import type { ServerMetrics } from "./serverMetrics.ts";
import type { ServerStats } from "./serverStats.ts";

/** What a serving server calls itself (ServerStats.Provider.getState). */
export type ServerMode = "standalone" | "leader" | "follower" | "observer" | "read-only";

/** One open client connection, also one that only sent a four-letter word. */
export interface ConnectionView {
  /** Address of the peer as text, without `/`: an IPv4 one (also when mapped), or IPv6 in Java's eight groups. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** 1 reads, 4 writes, 5 both, 0 neither, as NIO counts them; 0 for the connection that asks. */
  readonly interestOps: number;
  /** Requests read and not yet answered. */
  readonly outstandingRequests: number;
  /** 0 before the handshake. */
  readonly sessionId: bigint;
  readonly sessionTimeoutMs: number;
  /** Milliseconds since 1970. */
  readonly establishedMs: number;
  readonly stats: ConnectionStats;
}

/** Things that expire at the same tick; `timeMs` is since 1970. */
export interface ExpiryBucket<T> {
  readonly timeMs: number;
  readonly members: readonly T[];
}

/** An expiry queue: its buckets, soonest first and empty ones included, and how many things it holds. */
export interface ExpiryView<T> {
  readonly buckets: readonly ExpiryBucket<T>[];
  readonly memberCount: number;
}

/** Sessions as this server tracks them. */
export interface SessionsView {
  /** Local sessions, null when local sessions are off. */
  readonly local: ExpiryView<bigint> | null;
  /** By expiry where this server decides about it (standalone, leader); by timeout in ms on a learner. */
  readonly global: ExpiryView<bigint> | { readonly timeoutMsBySession: ReadonlyMap<bigint, number> };
}

/** The watches on data and existence. Apache's words leave the watches on children out, and so do these. */
export interface WatchesView {
  /** Sessions by watched path; paths in the order of Apache's map. */
  readonly sessionsByPath: ReadonlyMap<string, Iterable<bigint>>;
  /** Paths, in that order too, by watching connection; an entry for each, since two connections of one session may both appear. */
  readonly pathsBySession: readonly { readonly sessionId: bigint; readonly paths: Iterable<string> }[];
}

/** Sums over the same watches. */
export interface WatchCounts {
  readonly connections: number;
  readonly paths: number;
  readonly watches: number;
}

/** Lines that a member of an ensemble adds to `conf` (QuorumZooKeeperServer.dumpConf). */
export interface QuorumConf {
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly electionAlg: number;
  /** Several addresses have several ports. */
  readonly electionPorts: readonly number[];
  readonly quorumPorts: readonly number[];
  /** 0 participant, 1 observer. */
  readonly peerType: number;
  /** The quorum verifier's text: `server.N=…` lines and, last and without line end, `version=…`; null in read-only mode. */
  readonly membership: string | null;
}

/** Settings in effect, as `conf` shows them. Ports and limits are -1 where Apache has -1; folders are absolute. */
export interface ServerConf {
  readonly clientPort: number;
  readonly secureClientPort: number;
  readonly dataDir: string;
  readonly dataLogDir: string;
  readonly tickTime: number;
  readonly maxClientCnxns: number;
  readonly minSessionTimeout: number;
  readonly maxSessionTimeout: number;
  readonly clientPortListenBacklog: number;
  readonly serverId: number;
  readonly quorum: QuorumConf | null;
}

/** Numbers of `mntr` that are read when asked for. */
export interface ServerGauges {
  readonly ephemeralsCount: number;
  readonly globalSessions: number;
  readonly localSessions: number;
  readonly connectionDropProbability: number;
  readonly watchCount: number;
  readonly approximateDataSize: number;
  /** -1 where the operating system does not tell. */
  readonly openFileDescriptorCount: number;
  readonly maxFileDescriptorCount: number;
  readonly outstandingTlsHandshake: number;
}

/** Gauges of a member of an ensemble; a null one, as those of another role, has no line. */
export interface QuorumGauges {
  readonly quorumSize: number;
  readonly syncedObservers: number | null;
  readonly leader: LeaderGauges | null;
}

/** Gauges of a leader. */
export interface LeaderGauges {
  readonly learners: number;
  readonly syncedFollowers: number;
  readonly syncedNonVotingFollowers: number;
  readonly pendingSyncs: number;
  readonly leaderUptimeMs: number;
}

/** Quotas by top-level name, for namespaces that have one (QuotaMetricsUtils); a limit of -1 is none. */
export interface QuotaGauges {
  readonly countLimits: ReadonlyMap<string, bigint>;
  readonly bytesLimits: ReadonlyMap<string, bigint>;
  readonly countUsages: ReadonlyMap<string, bigint>;
  readonly bytesUsages: ReadonlyMap<string, bigint>;
}

/**
 * All that operators may see of a server, for the four-letter words and the AdminServer. Properties cost nothing;
 * methods gather when they are called. While `mode` is null only `environment` may be called.
 */
export interface ServerView {
  /** Null while the server is not serving requests. */
  readonly mode: ServerMode | null;
  readonly stats: ServerStats;
  readonly metrics: ServerMetrics;
  readonly lastProcessedZxid: bigint;
  readonly uptimeMs: number;
  readonly nodeCount: number;
  readonly outstandingRequests: number;
  /** Connections, the asking one included. */
  readonly connectionCount: number;
  /** Sizes of a leader's proposals; null in every other role. */
  readonly proposalStats: BufferStats | null;
  /** For people: `leading - broadcast` and the like; null standalone. */
  readonly peerState: string | null;
  /** Sid of the observer's master; null in every other role. */
  readonly observerMasterId: number | null;
  readonly digestLog: readonly ZxidDigest[];
  connections(): Iterable<ConnectionView>;
  connectionsByExpiry(): ExpiryView<Pick<ConnectionView, "remoteAddress" | "remotePort" | "sessionId">>;
  sessions(): SessionsView;
  /** Paths, in the order of Apache's set, by owner, for sessions that own at least one. */
  ephemeralsBySession(): ReadonlyMap<bigint, Iterable<string>>;
  watches(): WatchesView;
  watchCounts(): WatchCounts;
  conf(): ServerConf;
  /** Bytes of all files in the snapshots' and in the logs' version-2 folder, preallocated ones in full; the same when one. */
  dataDirSize(): number;
  logDirSize(): number;
  gauges(): ServerGauges;
  quorumGauges(): QuorumGauges | null;
  quotaGauges(): QuotaGauges;
  /** Name and value of each line of `envi` after its title. */
  environment(): readonly (readonly [name: string, value: string])[];
  /** Resets the counters of every open connection (`crst`). */
  resetConnectionStats(): void;
}
