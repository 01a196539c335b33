import { JuteReader } from "../../../protocol/jute/reader.ts";
import { Prep } from "../prep/prep.ts";
import { SessionIds } from "../sessions/sessionIds.ts";
import { trackAll, type SessionTimeouts } from "../sessions/sessionTimeouts.ts";
import { SessionTracker } from "../sessions/sessionTracker.ts";
import { DigestLog } from "../stats/digestLog.ts";
import { ServerMetrics } from "../stats/serverMetrics.ts";
import { ServerStats } from "../stats/serverStats.ts";
import { LargeRequestLimit } from "../throttle/largeRequestLimit.ts";
import { OutstandingRequests } from "../throttle/outstandingRequests.ts";
import type { DataTree } from "../tree/dataTree.ts";
import { TreeSnapshot } from "../tree/treeSnapshot.ts";
import { LearnerSessions } from "../sessions/learnerSessions.ts";
import type { GlobalSessions, Sessions } from "../sessions/sessions.ts";
import type { ExpirySink } from "../sessions/sessionTracker.ts";
import { UpgradeableSessions } from "../sessions/upgradeableSessions.ts";
import { WatchTables } from "../watches/watchTables.ts";
import type { ClientConnection, ConnectionOrigin } from "./clientConnection.ts";
import { Commits } from "./commits.ts";
import { Connections } from "./connections.ts";
import { Connects } from "./connects.ts";
import { ContainerCleaner } from "./containerCleaner.ts";
import type { Clock, Effects } from "./effects.ts";
import { WatchEvents } from "./events.ts";
import { LearnerWrites } from "./learnerWrites.ts";
import { LocalSessionRequests } from "./localSessionRequests.ts";
import type { Place } from "./place.ts";
import { PipelineMetrics } from "./pipelineMetrics.ts";
import { QuotaReports } from "./quotaReports.ts";
import { ReadOnlyWrites } from "./readOnlyWrites.ts";
import { ReadRequests } from "./readRequests.ts";
import { ReplyAccounts } from "./replyAccounts.ts";
import { RequestDispatch } from "./requestDispatch.ts";
import { RequestQueue } from "./requestQueue.ts";
import type { ServerOptions } from "./serverOptions.ts";
import { WritePath } from "./writePath.ts";
import { WriteRequests } from "./writeRequests.ts";
import type { Writes } from "./writes.ts";

/** Sessions that one tick expires before it lets other work go on. */
const expiriesPerTickMax = 1000;

/** What recovery found, and what a new server starts from. */
export interface ServerState {
  readonly tree: DataTree;
  readonly timeouts: SessionTimeouts;
  readonly lastZxid: bigint;
  /** Of the process, if it has served in another role before; new ones if absent. */
  readonly metrics?: ServerMetrics;
}

/**
 * A server as a deterministic machine: frames, disconnects, disk completions and ticks come in by the methods of this
 * class; everything that must happen outside goes out through `Effects`. Time comes from `clock`, which the shell sets
 * before each input.
 *
 *     frame -> dispatch -> reads:  answered from the applied tree, behind the session's own writes
 *                       -> writes: prep -> log -> ack -> commits: apply -> reply, watch events before replies
 *
 * The fields are public for the parts, which find each other here.
 */
export class ZooKeeperServer {
  readonly options: ServerOptions;
  readonly clock: Clock;
  readonly effects: Effects;
  readonly tree: DataTree;
  readonly timeouts: SessionTimeouts;
  readonly metrics: ServerMetrics;
  readonly stats: ServerStats;
  readonly digestLog = new DigestLog();
  readonly place: Place;
  readonly sessions: Sessions<ClientConnection>;
  /** Those of the ensemble that have clients here; null where all of the ensemble are watched over. */
  readonly learnerSessions: LearnerSessions<ClientConnection> | null;
  /** Null where sessions are never local. */
  readonly localRequests: LocalSessionRequests | null;
  readonly sessionIds: SessionIds;
  readonly watches = new WatchTables<ClientConnection>();
  readonly events: WatchEvents;
  readonly outstanding: OutstandingRequests;
  readonly largeRequests: LargeRequestLimit;
  readonly connections: Connections;
  readonly connects: Connects;
  readonly dispatch: RequestDispatch;
  readonly reads: ReadRequests;
  readonly writes: Writes;
  readonly writePath: WritePath;
  readonly pipeline: PipelineMetrics;
  readonly replies: ReplyAccounts;
  lastProcessedZxid: bigint;
  /** Set when the server may take no further request: stopping, or its disk has failed. */
  stopped = false;
  /** Null on a learner, and on a read-only server. */
  readonly leaderWrites: WriteRequests | null;
  /** Null but on a learner. */
  readonly learnerWrites: LearnerWrites | null;
  readonly #queue: RequestQueue;
  /** Null where no session expires. */
  readonly #expiries: ExpirySink<ClientConnection> | null;
  /** Null but on a leader or a server alone: containers are the leader's. */
  readonly #containers: ContainerCleaner | null;
  readonly #reader = new JuteReader(new Uint8Array(0));

  constructor(
    options: ServerOptions,
    state: ServerState,
    effects: Effects,
    clock: Clock,
    random: () => number,
    place: Place = { kind: "alone" },
  ) {
    this.place = place;
    this.options = options;
    this.clock = clock;
    this.effects = effects;
    this.tree = state.tree;
    this.timeouts = state.timeouts;
    this.lastProcessedZxid = state.lastZxid;
    this.metrics = state.metrics ?? new ServerMetrics(random);
    this.stats = new ServerStats(this.metrics);
    this.learnerSessions = this.#makeLearnerSessions();
    const global = this.learnerSessions ?? this.#trackAll();
    this.localRequests = this.#makeLocal(global);
    this.sessions = this.localRequests?.sessions ?? global;
    this.sessionIds = new SessionIds(options.sessionServerId, clock.monotonicMs);
    this.outstanding = new OutstandingRequests(options.globalOutstandingLimit);
    const { largeRequestThresholdBytes, largeRequestMaxBytes } = options;
    this.largeRequests = new LargeRequestLimit(largeRequestThresholdBytes, largeRequestMaxBytes);
    this.#reader.lengthMax = options.juteLengthMax;
    if (place.kind === "alone") this.#dropForeignEphemerals();
    this.connections = new Connections(this);
    this.connects = new Connects(this, random);
    this.replies = new ReplyAccounts(this);
    const wrote = (connection: ClientConnection): void => this.connections.wrote(connection);
    this.events = new WatchEvents(this.watches, options.access, this.metrics, this.stats, wrote);
    this.tree.listener = this.events;
    const quotas = new QuotaReports(this.metrics, effects, clock);
    const leader = place.kind === "leader" ? place : null;
    if (leader !== null) this.lastProcessedZxid = leader.epochZxid;
    const ensemble = leader?.ensemble ?? null;
    const prep = new Prep(options.prep, this.tree, options.access, this.lastProcessedZxid, quotas, ensemble);
    const { staleConnectionCheck } = options.requestThrottle;
    this.pipeline = new PipelineMetrics(this.metrics, this.stats, clock, prep.changes, staleConnectionCheck);
    const commits = new Commits(this);
    this.writePath = new WritePath(prep, this.pipeline, effects, leader, (proposal) =>
      commits.commit(proposal),
    );
    this.reads = new ReadRequests(this);
    this.learnerWrites = place.kind === "learner" ? new LearnerWrites(this, place.leader, commits) : null;
    this.leaderWrites = this.learnerSessions === null ? new WriteRequests(this, this.writePath) : null;
    this.writes = this.leaderWrites ?? this.learnerWrites ?? new ReadOnlyWrites(this);
    this.#expiries = this.leaderWrites ?? this.localRequests;
    this.#queue = new RequestQueue(this, (connection, held, throttled) =>
      this.dispatch.submitHeld(connection, held, throttled),
    );
    this.dispatch = new RequestDispatch(this, this.#queue);
    const { leaderWrites } = this;
    this.#containers =
      leaderWrites === null
        ? null
        : new ContainerCleaner(this.tree, options, clock, (path) => leaderWrites.deleteContainer(path));
  }

  #makeLearnerSessions(): LearnerSessions<ClientConnection> | null {
    const { kind } = this.place;
    return kind === "learner" || kind === "readOnly" ? new LearnerSessions(() => this.timeouts.size) : null;
  }

  #makeLocal(global: GlobalSessions<ClientConnection>): LocalSessionRequests | null {
    const { localSessionsEnabled, tickTimeMs } = this.options;
    if (!localSessionsEnabled || this.place.kind === "alone") return null;
    return new LocalSessionRequests(
      this,
      new UpgradeableSessions(global, tickTimeMs, this.clock.monotonicMs),
    );
  }

  #trackAll(): SessionTracker<ClientConnection> {
    const { monotonicMs } = this.clock;
    const tracker = new SessionTracker<ClientConnection>(this.options.tickTimeMs, monotonicMs);
    trackAll(tracker, this.timeouts, monotonicMs);
    return tracker;
  }

  /** Nodes of sessions that nobody remembers, as an unclean end of an older server may leave them. */
  #dropForeignEphemerals(): void {
    for (const owner of Array.from(this.tree.ephemeralOwners())) {
      if (this.timeouts.has(owner)) continue;
      for (const path of this.tree.ephemeralsOf(owner)) this.tree.delete(path, this.lastProcessedZxid);
    }
  }

  // ---- inputs -----------------------------------------------------------------------------------------------

  /** A client has connected; null if it is one too many and to be closed without a byte. */
  accept(origin: ConnectionOrigin): ClientConnection | null {
    return this.connections.accept(origin);
  }

  /**
   * One frame in bytes[start, end), which is not kept. False: hand over no more until `Effects.resume`, or at all if
   * the connection was closed.
   */
  frame(connection: ClientConnection, bytes: Uint8Array, start: number, end: number): boolean {
    this.metrics.counters.bytesReceivedCount.add(end - start + 4);
    if (!this.largeRequests.mayReceive(end - start)) {
      this.dispatch.tooManyLarge(connection);
      return false;
    }
    this.#reader.reset(bytes, start, end);
    if (connection.phase === "open") {
      // Once stopping, only what is under way is finished: a client that never pauses must not keep the log open.
      if (this.stopped) return false;
      this.stats.received(connection.stats);
      this.dispatch.request(connection, this.#reader, bytes, end);
      return connection.phase === "open" && !connection.paused;
    }
    if (connection.phase === "new") {
      this.stats.received(connection.stats);
      this.connects.connect(connection, this.#reader);
    }
    return false;
  }

  /** A four-letter word has come; it counts as a packet of four bytes. */
  countWord(connection: ClientConnection): void {
    this.metrics.counters.bytesReceivedCount.add(4);
    this.stats.received(connection.stats);
  }

  /** Its answer counts as one packet for every 8192 characters. */
  countWordAnswer(connection: ClientConnection, packets: number): void {
    this.stats.sent(connection.stats, packets);
  }

  /** The client is gone or its bytes made no sense; the session lives on until it times out. */
  disconnected(connection: ClientConnection): void {
    this.connections.gone(connection);
  }

  /** Writes out what waits for the client and closes; the session lives on until it times out. */
  close(connection: ClientConnection, reason: string): void {
    this.connections.close(connection, reason);
  }

  /** Every transaction up to `zxid` is on disk. */
  logged(zxid: bigint): void {
    this.writePath.logged(zxid);
  }

  /** Time has passed: `clock` says how much. */
  tick(): void {
    const now = this.clock.monotonicMs;
    if (this.#expiries !== null) this.sessions.expireDue(now, this.#expiries, expiriesPerTickMax);
    this.connections.closeSilent(now);
    this.#containers?.tick();
    this.#queue.tick();
  }

  /** When `tick` next has something to do, on the monotonic clock. */
  get nextDueMs(): number {
    return Math.min(
      this.sessions.nextDueMs,
      this.connections.expiry.nextDueMs,
      this.#containers?.nextDueMs ?? Infinity,
      this.#queue.nextDueMs,
    );
  }

  /** No new connections and requests any more; what is under way is finished. */
  stop(): void {
    this.stopped = true;
  }

  /** The server's role is over: every client has to look for a server anew. */
  endRole(): void {
    this.stopped = true;
    for (const connection of Array.from(this.connections))
      this.connections.close(connection, "the role is over");
  }

  /** New znodes and larger data are refused while memory is short. */
  memoryIsShort(short: boolean): void {
    this.writePath.prep.memoryShort = short;
  }

  // ---- for the parts, and for the shell to look at ------------------------------------------------------------

  /** A request has left the pipeline: one that waits for that may come in. */
  requestDone(): void {
    if (this.#queue.active) this.#queue.tick();
  }

  get outstandingProposals(): number {
    return this.writePath.outstandingCount;
  }

  /** A walk over the present state for a snapshot named by the last applied zxid. */
  snapshotSource(): TreeSnapshot {
    return new TreeSnapshot(this.tree, this.lastProcessedZxid, this.timeouts);
  }
}
