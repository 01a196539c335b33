import type { ClientConnection } from "../core/server/clientConnection.ts";
import type { BufferStats } from "../core/stats/bufferStats.ts";
import type { Leader } from "../core/zab/leader/leader.ts";
import type { ExpiryBucket } from "../core/sessions/expiryQueue.ts";
import type { Session } from "../core/sessions/session.ts";
import type { ZooKeeperServer } from "../core/server/zooKeeperServer.ts";
import { quotaGauges } from "../core/quota/quotaGauges.ts";
import type {
  ConnectionView,
  ExpiryView,
  QuorumGauges,
  QuotaGauges,
  ServerConf,
  ServerGauges,
  ServerMode,
  ServerView,
  SessionsView,
  WatchCounts,
  WatchesView,
} from "../core/stats/serverView.ts";
import { fileDescriptors } from "./fileDescriptors.ts";
import { listEnvironment } from "./fourLetter/environment.ts";

/** What the view takes from outside the core. */
export interface ViewSources {
  /** Null until requests are served and again once the server stops. */
  mode(): ServerMode | null;
  conf(): ServerConf;
  dataDirSize(): number;
  logDirSize(): number;
  outstandingTlsHandshakes(): number;
  readonly startedMonotonicMs: number;
  /** What only a member of an ensemble shows; null on a server alone. */
  readonly peer: PeerView | null;
}

export interface PeerView {
  /** As `leading`, `following`, `observing`. */
  readonly role: string;
  quorumSize(): number;
  /** Null while it does not lead. */
  leader(): Leader | null;
  /** Whom it learns from; null: nobody. */
  masterSid(): bigint | null;
  /** Observers that learn from this server; null where it takes none. */
  syncedObservers(): number | null;
}

/** Operators' view of a running server (see serverView.ts), gathered from the core when asked for. */
export class CoreView implements ServerView {
  readonly #core: ZooKeeperServer;
  readonly #sources: ViewSources;
  /** The connection that asks, which shows itself with no interest in anything. */
  asking: ClientConnection | null = null;

  constructor(core: ZooKeeperServer, sources: ViewSources) {
    this.#core = core;
    this.#sources = sources;
  }

  get mode(): ServerMode | null {
    return this.#sources.mode();
  }

  get stats(): ServerView["stats"] {
    return this.#core.stats;
  }

  get metrics(): ServerView["metrics"] {
    return this.#core.metrics;
  }

  get lastProcessedZxid(): bigint {
    return this.#core.lastProcessedZxid;
  }

  get uptimeMs(): number {
    return Math.trunc(this.#core.clock.monotonicMs - this.#sources.startedMonotonicMs);
  }

  get nodeCount(): number {
    return this.#core.tree.nodeCount;
  }

  get outstandingRequests(): number {
    return this.#core.outstanding.inProcess;
  }

  get connectionCount(): number {
    return this.#core.connections.size;
  }

  get proposalStats(): BufferStats | null {
    return this.#sources.peer?.leader()?.proposalStats ?? null;
  }

  get peerState(): string | null {
    const { peer } = this.#sources;
    return peer === null ? null : `${peer.role} - broadcast`;
  }

  get observerMasterId(): number | null {
    const { peer } = this.#sources;
    return peer?.role === "observing" ? Number(peer.masterSid() ?? -1n) : null;
  }

  get digestLog(): ServerView["digestLog"] {
    return this.#core.digestLog.entries;
  }

  *connections(): Iterable<ConnectionView> {
    for (const connection of this.#core.connections) yield this.#view(connection);
  }

  #view(connection: ClientConnection): ConnectionView {
    const { origin, stats } = connection;
    return {
      remoteAddress: origin.remoteAddress,
      remotePort: origin.remotePort,
      interestOps: connection === this.asking ? 0 : 1,
      outstandingRequests: connection.outstandingCount,
      sessionId: connection.sessionId,
      sessionTimeoutMs: connection.sessionTimeoutMs,
      establishedMs: connection.establishedMs,
      stats,
    };
  }

  /** Expiry times are kept on the monotonic clock and shown on the wall's. */
  #wallMs(monotonicMs: number): number {
    const { clock } = this.#core;
    return Math.trunc(clock.wallMs + (monotonicMs - clock.monotonicMs));
  }

  connectionsByExpiry(): ExpiryView<Pick<ConnectionView, "remoteAddress" | "remotePort" | "sessionId">> {
    const queue = this.#core.connections.expiry;
    const buckets = queue.buckets().map(({ expiryMs, elements }) => ({
      timeMs: this.#wallMs(expiryMs),
      members: [...elements].map((connection) => this.#view(connection)),
    }));
    return { buckets, memberCount: queue.count };
  }

  sessions(): SessionsView {
    const { sessions, timeouts, learnerSessions, localRequests } = this.#core;
    const upgradeable = localRequests?.sessions ?? null;
    const local = upgradeable && this.#byExpiry(upgradeable.localBuckets(), upgradeable.localCount);
    if (learnerSessions !== null) return { local, global: { timeoutMsBySession: timeouts } };
    return { local, global: this.#byExpiry(sessions.buckets(), sessions.globalCount) };
  }

  #byExpiry(buckets: readonly ExpiryBucket<Session>[], memberCount: number): ExpiryView<bigint> {
    const shown = buckets.map(({ expiryMs, elements }) => ({
      timeMs: this.#wallMs(expiryMs),
      members: [...elements].map((session) => session.id),
    }));
    return { buckets: shown, memberCount };
  }

  ephemeralsBySession(): ReadonlyMap<bigint, Iterable<string>> {
    const { tree } = this.#core;
    return new Map([...tree.ephemeralOwners()].map((owner) => [owner, tree.ephemeralsOf(owner)]));
  }

  watches(): WatchesView {
    const { data } = this.#core.watches;
    const sessionsByPath = new Map<string, bigint[]>();
    for (const [path, watchers] of data.byPath()) {
      sessionsByPath.set(
        path ?? "null",
        [...watchers].map((watcher) => watcher.sessionId),
      );
    }
    const pathsBySession = [...data.byWatcher()].map(([watcher, paths]) => ({
      sessionId: watcher.sessionId,
      paths: paths.map((path) => path ?? "null"),
    }));
    return { sessionsByPath, pathsBySession };
  }

  watchCounts(): WatchCounts {
    const { data } = this.#core.watches;
    return { connections: data.watcherCount, paths: data.pathCount, watches: data.watchCount };
  }

  conf(): ServerConf {
    return this.#sources.conf();
  }

  dataDirSize(): number {
    return this.#sources.dataDirSize();
  }

  logDirSize(): number {
    return this.#sources.logDirSize();
  }

  gauges(): ServerGauges {
    const { tree, sessions, connects, watches } = this.#core;
    return {
      ephemeralsCount: tree.ephemeralsCount,
      globalSessions: sessions.globalCount,
      localSessions: sessions.localCount,
      connectionDropProbability: connects.throttle.dropChance,
      watchCount: watches.watchCount,
      approximateDataSize: tree.approximateDataSize,
      ...fileDescriptors(),
      outstandingTlsHandshake: this.#sources.outstandingTlsHandshakes(),
    };
  }

  quorumGauges(): QuorumGauges | null {
    const { peer } = this.#sources;
    if (peer === null) return null;
    const leader = peer.leader()?.gauges ?? null;
    return { quorumSize: peer.quorumSize(), syncedObservers: peer.syncedObservers(), leader };
  }

  quotaGauges(): QuotaGauges {
    return quotaGauges(this.#core.tree);
  }

  environment(): ReturnType<typeof listEnvironment> {
    return listEnvironment();
  }

  resetConnectionStats(): void {
    for (const connection of this.#core.connections) connection.stats.reset();
  }
}
