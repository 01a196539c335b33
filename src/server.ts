import { randomInt } from "node:crypto";
import { performance } from "node:perf_hooks";
import { join, resolve } from "node:path";
import { keepCommitted, PeerData } from "./core/peer/peerData.ts";
import type { QuorumConfig } from "./core/quorum/quorumConfig.ts";
import type { ClientAddress } from "./core/quorum/quorumServer.ts";
import type { Place } from "./core/server/place.ts";
import { ServerMetrics } from "./core/stats/serverMetrics.ts";
import { loadEpochs } from "./core/storage/epochFiles.ts";
import { TreeSnapshot } from "./core/tree/treeSnapshot.ts";
import { CommittedLog } from "./core/zab/sync/committedLog.ts";
import { Member } from "./shell/quorum/member.ts";
import { openTransport } from "./shell/quorum/openTransport.ts";
import type { PeerTransport } from "./shell/quorum/peerTransport.ts";
import type { Recovered } from "./core/storage/recovery.ts";
import { MemoryStorage } from "./core/storage/memoryStorage.ts";
import { Storage, type ServerStorage, type StorageEvents } from "./core/storage/storage.ts";
import { StorageError } from "./core/storage/storageError.ts";
import { TreeLoader } from "./core/server/treeLoader.ts";
import { ZooKeeperServer } from "./core/server/zooKeeperServer.ts";
import type { Clock, Effects, Report } from "./core/server/effects.ts";
import type { ClientConnection } from "./core/server/clientConnection.ts";
import type { SessionTimeouts } from "./core/sessions/sessionTimeouts.ts";
import { TraceMask } from "./core/stats/traceMask.ts";
import type { QuorumConf, ServerConf, ServerMode } from "./core/stats/serverView.ts";
import { DataTree } from "./core/tree/dataTree.ts";
import { authSetup } from "./shell/authSetup.ts";
import { ExitCode, exitCodeOf } from "./shell/cli/exitCodes.ts";
import type { ServerEnd } from "./shell/cli/runningServer.ts";
import { backUpConfig } from "./shell/config/dynamicFiles.ts";
import { isWildcard } from "./shell/config/membership.ts";
import type { EnsembleConfig, ServerConfig } from "./shell/config/serverConfig.ts";
import { CoreView, type PeerView } from "./shell/coreView.ts";
import { FolderLock } from "./shell/disk/folderLock.ts";
import { gzipDeflater, gzipInflater } from "./shell/disk/gzip.ts";
import { nodeFileSystem } from "./shell/disk/nodeFileSystem.ts";
import { timedFileSystem } from "./shell/disk/timedFileSystem.ts";
import { answerPacketCount, FourLetterWords } from "./shell/fourLetter/fourLetterWords.ts";
import { listEnvironment } from "./shell/fourLetter/environment.ts";
import type { ClientWord } from "./shell/fourLetter/words.ts";
import type { Log } from "./shell/log.ts";
import { LongTimer } from "./shell/longTimer.ts";
import { MemoryGuard } from "./shell/memoryGuard.ts";
import { StallWatch } from "./shell/stallWatch.ts";
import { PauseMonitor } from "./shell/pauseMonitor.ts";
import { ClientPorts, type AcceptedClient } from "./shell/net/clientPorts.ts";
import { ClientSocket } from "./shell/net/clientSocket.ts";
import type { TlsError } from "./shell/tls/tlsError.ts";
import { TurnEnd } from "./shell/net/turn.ts";
import { serverOptions } from "./shell/serverOptions.ts";
import { StartTimes } from "./shell/startTimes.ts";

/** Where a running server listens. Ports are those in use, also when 0 was asked for; -1 if there is no such port. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly securePort: number;
}

export interface RunHooks {
  readonly log: Log;
}

/** What was loaded: what roles serve clients from, and what a member brings along. */
interface Loaded {
  readonly tree: DataTree;
  readonly timeouts: SessionTimeouts;
  readonly lastZxid: bigint;
  readonly metrics: ServerMetrics;
  readonly loader: TreeLoader;
  readonly committedLog: CommittedLog;
}

/** Bytes that may wait for a learner before it is dropped, to be synchronised again. */
const learnerOutboundBytesMax = 256 * 1024 * 1024;

/** Milliseconds since the machine started, as the JVM's elapsed time: session ids are made of it. */
const bootOffsetMs = Number(process.hrtime.bigint() / 1_000_000n) - performance.now();

/** A server in this process: the core, its disk and its sockets, and the loop that joins them. */
export class Server implements Effects, StorageEvents {
  readonly config: ServerConfig;
  readonly closed: Promise<ServerEnd>;
  readonly #log: Log;
  readonly #clock: Clock = { monotonicMs: 0, wallMs: 0 };
  readonly #turn: TurnEnd;
  readonly #storage: ServerStorage;
  readonly #ports: ClientPorts;
  readonly #memory: MemoryGuard;
  readonly #words: FourLetterWords;
  readonly #pauses: PauseMonitor;
  readonly #stalls = new StallWatch();
  /** No client is told to have been silent before then, ms of the monotonic clock. */
  #heldUntilMs = 0;
  #isHolding = false;
  readonly #dirty: ClientConnection[] = [];
  readonly #sockets = new Set<ClientSocket>();
  readonly #settleClosed: (end: ServerEnd) => void;
  /** Null in an ensemble while there is no role to serve clients in. */
  #core: ZooKeeperServer | null = null;
  /** Null on a server alone. */
  #member: Member | null = null;
  #lock: FolderLock | null = null;
  #timer: NodeJS.Timeout | null = null;
  #timerDueMs = Infinity;
  #purgeTimer: LongTimer | null = null;
  #state: "starting" | "serving" | "stopping" | "failed" | "stopped" = "starting";
  #startedMs = 0;
  #whenDrained: (() => void) | null = null;

  constructor(config: ServerConfig, hooks: RunHooks) {
    this.config = config;
    this.#log = hooks.log;
    let settle: (end: ServerEnd) => void = () => undefined;
    this.closed = new Promise((resolveClosed) => (settle = resolveClosed));
    this.#settleClosed = settle;
    this.#turn = new TurnEnd(this);
    this.#storage = this.#makeStorage();
    this.#words = new FourLetterWords({ ...config.fourLetterWords, traceMask: new TraceMask() });
    const notServing = { mode: null, environment: listEnvironment };
    const early = {
      extraBytes: (word: ClientWord) => this.#words.extraBytes(word),
      answer: (word: ClientWord, extra: Uint8Array) => this.#words.answer(word, notServing, extra),
    };
    const accept = (accepted: AcceptedClient): void => this.#accept(accepted);
    this.#ports = new ClientPorts(config, this.#log, early, accept, (error) => this.#tlsFailed(error));
    this.#pauses = new PauseMonitor(config.jvmPause, this.#log, (pauseMs) => {
      this.#core?.metrics.percentiles.jvmPauseTimeMs.add(pauseMs);
    });
    this.#memory = new MemoryGuard((short, text) => this.#memoryIs(short, text));
  }

  // ---- start ------------------------------------------------------------------------------------------------

  /**
   * Takes folder and ports, loads the data, then serves. Settles when a write would succeed. The order keeps a second
   * server, started by mistake, from mending files that the first is writing.
   */
  async start(): Promise<void> {
    this.enter();
    this.#startedMs = this.#clock.monotonicMs;
    try {
      const { memoryOnly, dataDir, dataLogDir } = this.config.disk;
      await this.#openTransport();
      await this.#ports.listen();
      if (!memoryOnly) this.#lock = await FolderLock.take([dataDir, dataLogDir]);
      const state = await this.#load();
      const { ensemble } = this.config;
      await this.#firstSnapshot(state);
      if (ensemble === null) this.#serveAlone(state);
      else await this.#join(ensemble, state);
    } catch (error) {
      await this.#member?.stop();
      this.#transport?.close();
      await this.#ports.close();
      await this.#storage.close().catch(() => undefined);
      this.#lock?.release();
      this.#memory.stop();
      this.#state = "stopped";
      throw error;
    }
  }

  /** Before anything else: key stores and logins are a part of the configuration, which is judged first. */
  async #openTransport(): Promise<void> {
    const { ensemble } = this.config;
    if (ensemble === null) return;
    const log = {
      info: (text: string) => this.#log.info(text),
      warn: (text: string) => this.#log.warn(text),
      error: (text: string) => this.#log.error(text),
    };
    this.#transport = await openTransport(ensemble, log, () =>
      hostsOf(this.#member?.peer.config ?? ensemble.config),
    );
  }

  #transport: PeerTransport | null = null;

  async #load(): Promise<Loaded> {
    const { config } = this;
    const { tree: rules, limits } = config;
    this.#auth = authSetup(config);
    const tree = new DataTree(rules, randomInt(2 ** 32));
    const timeouts: SessionTimeouts = new Map();
    const report = (entry: Report): void => this.report(entry);
    const length = limits.juteMaxBufferBytes + limits.juteMaxBufferExtraBytes;
    const loader = new TreeLoader(tree, timeouts, rules.digestEnabled, length, report);
    const times = new StartTimes();
    loader.onSnapshotLoaded = () => times.snapshotLoaded();
    const committedLog = new CommittedLog(config.disk.commitLogCount);
    if (config.ensemble !== null) loader.onTxn = keepCommitted(committedLog);
    let recovered: Recovered | null = null;
    if (this.#storage instanceof Storage) recovered = await this.#storage.recover(loader, loader);
    else tree.reset();
    this.#recovered = recovered;
    const lastZxid = recovered?.lastZxid ?? 0n;
    this.enter();
    const metrics = new ServerMetrics(Math.random);
    if (recovered !== null) times.loaded(metrics, recovered, loader.mismatchCount);
    return { tree, timeouts, lastZxid, metrics, loader, committedLog };
  }

  #recovered: Recovered | null = null;

  /**
   * A lone server of Apache writes a snapshot at each start. Without one at all a restart would refuse the log, so the
   * first is written before anything is served; later ones follow once clients are served.
   */
  async #firstSnapshot({ tree, timeouts, lastZxid }: Loaded): Promise<void> {
    if (this.#recovered?.snapshotZxid === null && lastZxid !== -1n)
      await this.#storage.takeSnapshot(new TreeSnapshot(tree, lastZxid, timeouts));
    await this.#storage.refreshSizes();
  }

  #serveAlone(state: Loaded): void {
    this.#begin();
    this.#serve(state, { kind: "alone" }, "standalone");
    const recovered = this.#recovered;
    if (recovered !== null && recovered.snapshotZxid !== null && recovered.txnCount > 0) this.onSnapshotDue();
  }

  /** Looks for the others; clients are let in whenever there is a role to serve them in. */
  async #join(ensemble: EnsembleConfig, state: Loaded): Promise<void> {
    const storage = this.#storage;
    if (!(storage instanceof Storage)) throw new Error("a member of an ensemble needs a disk");
    const { disk, limits, sessions } = this.config;
    const folder = join(disk.dataDir, "version-2");
    const epochs = await loadEpochs(nodeFileSystem, folder, state.lastZxid);
    const { tree, timeouts, committedLog, loader, lastZxid } = state;
    const data = new PeerData(tree, timeouts, committedLog, loader, epochs, lastZxid);
    const transport = this.#transport;
    if (transport === null) throw new Error("a member of an ensemble needs a way to the others");
    const member = new Member(
      {
        ensemble,
        transport,
        tickTimeMs: sessions.tickTimeMs,
        juteLengthMax: limits.juteMaxBufferBytes + limits.juteMaxBufferExtraBytes,
        outboundBytesMax: learnerOutboundBytesMax,
        folder,
        snapshotSizeFactor: disk.snapshotSizeFactor,
      },
      data,
      { storage, fileSystem: nodeFileSystem, loader },
      {
        log: this.#log,
        clock: this.#clock,
        enter: () => this.enter(),
        requestTurn: () => this.#turn.request(),
        guarded: (run) => this.#guarded(run, undefined),
        serve: (place, mode) => this.#serve({ ...state, lastZxid: data.lastZxid }, place, mode),
        endServing: () => this.#endServing(),
        clientAddressIs: (address) => this.#clientAddressIs(address),
        diskFailed: (error) => this.#diskFailed(error),
      },
    );
    this.#member = member;
    // As Apache does: what reconfigurations change of zoo.cfg can be looked up there.
    if (ensemble.reconfigEnabled && ensemble.isStatic && ensemble.configFile !== null)
      backUpConfig(ensemble.configFile);
    this.#begin();
    await member.start();
    this.#log.info({ ...this.address, sid: String(ensemble.sid) }, "ready: looking for the other servers");
  }

  #begin(): void {
    this.#state = "serving";
    this.#memory.start();
    this.#pauses.start();
    this.#stalls.start();
    this.#startPurge();
  }

  #endServing(): void {
    this.#core = null;
    this.#view = null;
    this.#ports.shut();
  }

  #serve(state: Loaded, place: Place, mode: ServerMode): ZooKeeperServer {
    const options = serverOptions(this.config, (this.#auth ??= authSetup(this.config)));
    const core = new ZooKeeperServer(options, state, this, this.#clock, Math.random, place);
    this.#core = core;
    const view = new CoreView(core, {
      mode: () => (this.#state === "serving" && this.#core === core ? mode : null),
      peer: this.#peerView(mode),
      conf: () => this.#conf(mode),
      dataDirSize: () =>
        this.#storage.sizes().snapshots + (this.#sameFolder ? this.#storage.sizes().logs : 0),
      logDirSize: () => this.#storage.sizes().logs + (this.#sameFolder ? this.#storage.sizes().snapshots : 0),
      outstandingTlsHandshakes: () => this.#ports.outstandingHandshakes,
      startedMonotonicMs: this.#startedMs,
    });
    this.#armTimer();
    // To clients such a leader looks like a server without a role.
    if (mode === "leader" && this.config.ensemble?.leaderServes === false) {
      this.#log.info("leading without clients of its own (leaderServes=no)");
      return core;
    }
    this.#view = view;
    this.#ports.open();
    this.#log.info(
      { ...this.address, zxid: `0x${core.lastProcessedZxid.toString(16)}`, nodes: core.tree.nodeCount },
      `ready: serving clients on ${addressText(this.address)}`,
    );
    return core;
  }

  #peerView(mode: ServerMode): PeerView | null {
    const member = this.#member;
    const { ensemble } = this.config;
    // A read-only server shows nothing of its ensemble (ReadOnlyZooKeeperServer).
    if (member === null || ensemble === null || mode === "read-only") return null;
    const roles = { leader: "leading", follower: "following", observer: "observing" } as const;
    const role = mode === "leader" || mode === "follower" || mode === "observer" ? roles[mode] : "looking";
    return {
      role,
      quorumSize: () => member.peer.config.votingMembers.size,
      leader: () => member.peer.leader,
      masterSid: () => member.peer.masterSid,
      syncedObservers: () => {
        const { leader, observerMaster } = member.peer;
        return leader?.gauges.syncedObservers ?? observerMaster?.syncedObservers ?? null;
      },
    };
  }

  #auth: ReturnType<typeof authSetup> | null = null;

  #view: CoreView | null = null;

  get address(): ServerAddress {
    return this.#ports.address;
  }

  get #sameFolder(): boolean {
    return resolve(this.config.disk.dataDir) === resolve(this.config.disk.dataLogDir);
  }

  #conf(mode: ServerMode): ServerConf {
    const { address } = this;
    const { disk, sessions, limits, network } = this.config;
    return {
      clientPort: address.port,
      secureClientPort: address.securePort,
      dataDir: resolve(disk.dataDir, "version-2"),
      dataLogDir: resolve(disk.dataLogDir, "version-2"),
      tickTime: sessions.tickTimeMs,
      maxClientCnxns: limits.maxClientCnxns,
      minSessionTimeout: sessions.minSessionTimeoutMs,
      maxSessionTimeout: sessions.maxSessionTimeoutMs,
      clientPortListenBacklog: network.clientPortListenBacklog,
      serverId: Number(this.config.ensemble?.sid ?? 0n),
      quorum: this.#quorumConf(mode),
    };
  }

  /** Lines of `conf` that only a member of an ensemble has. */
  #quorumConf(mode: ServerMode): QuorumConf | null {
    const { ensemble } = this.config;
    const peer = this.#member?.peer;
    if (ensemble === null || peer === undefined) return null;
    const { sid, initLimit, syncLimit } = ensemble;
    const { config, isParticipant } = peer;
    const addresses = config.servers.get(sid)?.addresses ?? [];
    return {
      initLimit,
      syncLimit,
      electionAlg: 3,
      electionPorts: addresses.map(({ electionPort }) => electionPort),
      quorumPorts: addresses.map(({ quorumPort }) => quorumPort),
      peerType: isParticipant ? 0 : 1,
      membership: mode === "read-only" ? null : config.text,
    };
  }

  /** A reconfiguration says where clients are to come; those that are here stay. */
  #clientAddressIs({ host, port }: ClientAddress): void {
    const bound = this.#ports.address;
    if (bound.port === port || bound.port === -1) return;
    this.#ports.move({ host: isWildcard(host) ? null : host, port }).then(
      () =>
        this.#log.info({ ...this.address }, `clients are served on ${addressText(this.address)} from now on`),
      (error: unknown) =>
        this.#log.error(
          { err: error },
          `cannot listen on ${port}, the client port that a reconfiguration names`,
        ),
    );
  }

  #makeStorage(): ServerStorage {
    const { disk, limits, tree } = this.config;
    if (disk.memoryOnly) return new MemoryStorage(this);
    return new Storage(
      {
        folders: { snapshots: join(disk.dataDir, "version-2"), logs: join(disk.dataLogDir, "version-2") },
        juteLengthMax: limits.juteMaxBufferBytes + limits.juteMaxBufferExtraBytes,
        trustEmptySnapshot: disk.snapshotTrustEmpty,
        datadirAutocreate: disk.datadirAutocreate,
        dbAutocreate: disk.dbAutocreate,
        mayBeFilled: this.config.ensemble !== null,
        preAllocBytes: disk.preAllocSizeBytes,
        forceSync: disk.forceSync,
        txnLogSizeLimitBytes: disk.txnLogSizeLimitBytes,
        snapCount: disk.snapCount,
        snapSizeLimitBytes: disk.snapSizeLimitBytes,
        snapshot: {
          compression: disk.snapshotCompression,
          withDigest: tree.digestEnabled,
          withLastZxid: disk.serializeLastProcessedZxid,
        },
      },
      {
        fileSystem: timedFileSystem(nodeFileSystem, (elapsedMs) => this.#onSync(elapsedMs)),
        random: Math.random,
        nextSlice: () => new Promise((done) => setImmediate(done)),
        deflater: gzipDeflater,
        inflater: gzipInflater,
      },
      this,
    );
  }

  #startPurge(): void {
    const {
      autopurgePurgeIntervalHours: hours,
      autopurgeSnapRetainCount: retain,
      memoryOnly,
    } = this.config.disk;
    if (hours <= 0 || memoryOnly) return;
    const purge = (): void => {
      this.#storage.purge(retain).then(
        (removed) => {
          if (removed.length > 0)
            this.#log.info({ removed: removed.length }, "old snapshots and logs purged");
        },
        (error: unknown) => this.#log.error({ err: error }, "purge failed"),
      );
    };
    const purgeFromNowOn = (): void => {
      purge();
      this.#purgeTimer = new LongTimer(hours * 3_600_000, purgeFromNowOn);
    };
    purgeFromNowOn();
  }

  // ---- clock and turns --------------------------------------------------------------------------------------

  /** Sets the core's clock; before anything is handed to the core. */
  enter(): void {
    this.#clock.monotonicMs = Math.floor(performance.now() + bootOffsetMs);
    this.#clock.wallMs = Date.now();
  }

  flushLog(): void {
    this.#storage.flush();
  }

  /** A long turn keeps neither the disk waiting nor those of the learners. */
  #handedOver(): void {
    if (this.#storage.flushIfDue()) this.#member?.flush();
  }

  flushConnections(): void {
    const { length } = this.#dirty;
    for (let i = 0; i < length; i++) this.#socketOf(this.#dirty[i])?.flush();
    this.#dirty.splice(0, length);
    this.#member?.flush();
    if (this.#nextDueMs < this.#timerDueMs) this.#armTimer();
    if (this.#whenDrained !== null && this.#isDrained()) this.#whenDrained();
  }

  get #nextDueMs(): number {
    const coreDueMs = Math.max(this.#core?.nextDueMs ?? Infinity, this.#heldUntilMs);
    return Math.min(coreDueMs, this.#member?.peer.nextDueMs ?? Infinity);
  }

  #armTimer(): void {
    if (this.#state !== "serving") return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerDueMs = this.#nextDueMs;
    const delayMs = Math.min(Math.max(1, this.#timerDueMs - this.#clock.monotonicMs), 60_000);
    const atMs = this.#clock.monotonicMs + delayMs;
    this.#timer = setTimeout(() => this.#timeHasCome(atMs), delayMs);
  }

  /**
   * After a stall what came in meanwhile is read first, and sessions get the time back in which nobody was heard: up to a
   * tick, since those of other members have to be asked for, too, and once, so that a loop which stalls all the time ends
   * sessions as well. Apache reads and expires in threads beside what is stalled.
   */
  #timeHasCome(atMs: number): void {
    this.enter();
    const stallMs = this.#stalls.take(this.#clock.monotonicMs - atMs);
    if (stallMs === 0 || this.#isHolding) return this.#tick();
    this.#isHolding = true;
    const backMs = Math.min(stallMs, this.config.sessions.tickTimeMs);
    this.#heldUntilMs = this.#clock.monotonicMs + backMs;
    this.#log.debug({ stallMs: Math.round(stallMs) }, "the event loop stood still");
    setImmediate(() => {
      if (this.#timer !== null) this.#tick();
    });
  }

  #tick(): void {
    this.enter();
    if (this.#clock.monotonicMs >= this.#heldUntilMs) {
      this.#isHolding = false;
      this.#guarded(() => this.#core?.tick(), undefined);
    }
    this.#guarded(() => this.#member?.peer.tick(), undefined);
    if (this.#hasFailed()) return;
    this.#timerDueMs = Infinity;
    this.#turn.run();
    this.#armTimer();
  }

  // ---- effects of the core ----------------------------------------------------------------------------------

  flush(connection: ClientConnection): void {
    this.#dirty.push(connection);
    this.#turn.request();
  }

  close(connection: ClientConnection, reason: string): void {
    this.#log.debug({ reason, address: connection.origin.remoteAddress }, "closing a client connection");
    this.#socketOf(connection)?.close();
  }

  pause(connection: ClientConnection): void {
    this.#socketOf(connection)?.pause();
  }

  resume(connection: ClientConnection): void {
    this.#socketOf(connection)?.resume();
  }

  append(zxid: bigint, body: Uint8Array): void {
    if (this.#state === "failed") return;
    this.#storage.append(zxid, body);
    this.#turn.request();
  }

  report({ level, message, details }: Report): void {
    this.#log[level](details ?? {}, message);
  }

  #socketOf(connection: ClientConnection): ClientSocket | null {
    return connection.transport instanceof ClientSocket ? connection.transport : null;
  }

  // ---- events of the storage --------------------------------------------------------------------------------

  onSynced(lastZxid: bigint, transactionCount: number): void {
    if (this.#state === "failed") return;
    this.#core?.metrics.summaries.syncProcessorBatchSize.add(transactionCount);
    this.enter();
    const member = this.#member;
    this.#guarded(
      () => (member === null ? this.#core?.logged(lastZxid) : member.peer.logged(lastZxid)),
      undefined,
    );
    if (this.#hasFailed()) return;
    // What became possible goes out now: the next write to the log, and the replies.
    this.#turn.run();
  }

  #onSync(elapsedMs: number): void {
    const core = this.#core;
    if (core === null) return;
    core.metrics.summaries.fsynctime.add(Math.trunc(elapsedMs));
    const { fsyncWarningThresholdMs } = this.config.disk;
    if (elapsedMs <= fsyncWarningThresholdMs) return;
    core.stats.fsyncThresholdExceedCount++;
    this.#log.warn(
      { elapsedMs: Math.trunc(elapsedMs), thresholdMs: fsyncWarningThresholdMs },
      `fsync-ing the write ahead log took ${Math.trunc(elapsedMs)} ms, which delays every write; a disk of its own helps`,
    );
  }

  /** A client did not get through its handshake (NettyServerCnxnFactory.CertificateVerifier). */
  #tlsFailed({ code }: TlsError): void {
    const core = this.#core;
    if (core === null || code === "ERR_TLS_GONE") return;
    if (code === "ERR_TLS_HANDSHAKE_LIMIT") return core.metrics.counters.tlsHandshakeExceeded.add(1);
    core.metrics.counters.unsuccessfulHandshake.add(1);
    core.stats.authFailedCount++;
  }

  /** The disk has failed: nothing more is acknowledged or served, and the server ends. */
  onFatal(error: Error): void {
    this.#fail(
      `cannot write the transaction log in ${this.config.disk.dataLogDir}: ${error.message}; free or repair the disk, ` +
        "then start again: nothing that clients were told of is lost",
      error,
      ExitCode.TXNLOG_WRITE_FAILED,
    );
  }

  #diskFailed(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#fail(text, error, exitCodeOf(error, ExitCode.TXNLOG_WRITE_FAILED));
  }

  async #takeSnapshot(core: ZooKeeperServer): Promise<void> {
    const startMs = performance.now();
    const taken = await this.#storage.takeSnapshot(core.snapshotSource());
    if (taken) core.metrics.summaries.snapshottime.add(Math.trunc(performance.now() - startMs));
  }

  onSnapshotDue(): void {
    const core = this.#core;
    if (core === null || this.#state === "failed") return;
    this.#takeSnapshot(core).then(
      () => this.#log.debug("snapshot written"),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        this.#fail(text, error, ExitCode.TXNLOG_ERROR_TAKING_SNAPSHOT);
      },
    );
  }

  warn(message: string): void {
    this.#log.warn(message);
  }

  progress(message: string): void {
    this.#log.info(message);
  }

  #memoryIs(short: boolean, text: string): void {
    this.#core?.memoryIsShort(short);
    if (short) this.#log.error(text);
    else this.#log.info(text);
  }

  // ---- connections ------------------------------------------------------------------------------------------

  #accept(accepted: AcceptedClient): void {
    const core = this.#core;
    const { socket, secure, origin } = accepted;
    this.enter();
    const connection =
      core !== null && this.#state === "serving" ? this.#guarded(() => core.accept(origin), null) : null;
    if (core === null || connection === null) {
      socket.on("error", () => undefined);
      socket.destroy();
      return;
    }
    const client = new ClientSocket(
      socket,
      connection,
      {
        frameBytesMax: this.config.limits.juteMaxBufferBytes,
        outboundBytesMax: core.options.outboundBytesMax,
        enter: () => this.enter(),
        frame: (from, bytes, start, end) => this.#frame(core, from, bytes, start, end),
        handedOver: () => this.#handedOver(),
        disconnected: (gone) => this.#guarded(() => core.disconnected(gone), undefined),
        close: (one, reason) => this.#guarded(() => core.close(one, reason), undefined),
        extraBytes: (word) => this.#words.extraBytes(word),
        answer: (one, word, extra) => this.#guarded(() => this.#answer(core, one, word, extra), null),
        badLength: (one, length) => {
          this.#log.warn(
            {
              address: one.origin.remoteAddress,
              length,
              juteMaxBuffer: this.config.limits.juteMaxBufferBytes,
            },
            `a frame length of ${length} is not in 0..jute.maxbuffer; the connection is closed`,
          );
          this.#guarded(() => core.close(one, "bad frame length"), undefined);
        },
        released: (one) => {
          this.#sockets.delete(one);
          if (this.#whenDrained !== null && this.#isDrained()) this.#whenDrained();
        },
      },
      secure,
    );
    this.#sockets.add(client);
  }

  /** As `#guarded`, without a closure for each frame. */
  #frame(
    core: ZooKeeperServer,
    connection: ClientConnection,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (this.#state === "failed") return false;
    try {
      return core.frame(connection, bytes, start, end);
    } catch (error) {
      this.#crash(error);
      return false;
    }
  }

  /** A bug in the core ends this server, and not the process that it may be embedded in. */
  #guarded<T>(run: () => T, otherwise: T): T {
    try {
      return run();
    } catch (error) {
      this.#crash(error);
      return otherwise;
    }
  }

  #crash(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#fail(
      `bug: ${text}; the server ends, since its state may be wrong`,
      error,
      ExitCode.UNEXPECTED_ERROR,
    );
  }

  #answer(
    core: ZooKeeperServer,
    connection: ClientConnection,
    word: Parameters<FourLetterWords["answer"]>[0],
    extra: Uint8Array,
  ): string | null {
    const view = this.#view;
    if (view === null) return null;
    core.countWord(connection);
    view.asking = connection;
    const text = this.#words.answer(word, view, extra);
    view.asking = null;
    if (text !== null) core.countWordAnswer(connection, answerPacketCount(text));
    return text;
  }

  // ---- end --------------------------------------------------------------------------------------------------

  /** Stops accepting, answers what is in flight, syncs and closes. Repeated calls wait for the same end. */
  async stop(): Promise<void> {
    if (this.#state === "starting" || this.#state === "serving") {
      this.#state = "stopping";
      await this.#finish();
      // If the last writes did not get to the disk, that is how the server ends.
      if (!this.#hasFailed()) {
        this.#state = "stopped";
        this.#settleClosed({ exitCode: ExitCode.EXECUTION_FINISHED });
      }
    }
    await this.closed;
  }

  #hasFailed(): boolean {
    return this.#state === "failed";
  }

  async #finish(): Promise<void> {
    this.#stopTimers();
    await this.#ports.stopAccepting();
    this.#core?.stop();
    await this.#member?.stop();
    this.#turn.run();
    await this.#storage
      .close()
      .catch((error: unknown) => this.#log.error({ err: error }, "closing the log failed"));
    this.#turn.run();
    await this.#closeSockets();
    await this.#ports.close();
    this.#lock?.release();
    this.#turn.stop();
  }

  /** Every connection gets what was written for it; whoever does not take it within a moment is cut off. */
  async #closeSockets(): Promise<void> {
    this.enter();
    for (const socket of Array.from(this.#sockets))
      this.#core?.close(socket.connection, "server is stopping");
    if (this.#sockets.size === 0) return;
    await new Promise<void>((done) => {
      const timer = setTimeout(() => {
        for (const socket of this.#sockets) socket.destroy();
      }, 500);
      this.#whenDrained = (): void => {
        clearTimeout(timer);
        this.#whenDrained = null;
        done();
      };
      if (this.#isDrained()) this.#whenDrained();
    });
  }

  #isDrained(): boolean {
    return this.#sockets.size === 0;
  }

  #stopTimers(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#purgeTimer?.stop();
    this.#timer = null;
    this.#memory.stop();
    this.#pauses.stop();
    this.#stalls.stop();
  }

  #fail(message: string, error: unknown, exitCode: ServerEnd["exitCode"]): void {
    if (this.#state === "failed" || this.#state === "stopped") return;
    this.#state = "failed";
    this.#log.fatal({ err: error }, message);
    this.#stopTimers();
    this.#turn.stop();
    this.#core?.stop();
    for (const socket of this.#sockets) socket.destroy();
    const ends = [this.#ports.close(), this.#member?.stop() ?? Promise.resolve(), this.#storage.close()];
    void Promise.allSettled(ends).then(() => {
      this.#lock?.release();
      this.#state = "stopped";
      this.#settleClosed({ exitCode });
    });
  }
}

/** Where the servers of a configuration are, by name or address. */
function hostsOf({ servers }: QuorumConfig): string[] {
  return [...servers.values()].flatMap(({ addresses }) => addresses.map(({ host }) => host));
}

/** `host:port` for people; an IPv6 host in brackets, the TLS port if there is no other. */
function addressText({ host, port, securePort }: ServerAddress): string {
  const shownPort = port === -1 ? securePort : port;
  return `${host.includes(":") ? `[${host}]` : host}:${shownPort}`;
}

/** Starts a server from a configuration; rejects with an Error that may carry `exitCode`. */
export async function runServer(config: ServerConfig, hooks: RunHooks): Promise<Server> {
  const server = new Server(config, hooks);
  await server.start();
  return server;
}

export { StorageError };
