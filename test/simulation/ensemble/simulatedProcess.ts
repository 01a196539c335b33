import type { Notification } from "../../../protocol/records/election.ts";
import { PacketSplitter } from "../../../protocol/packets.ts";
import { QuorumPacket } from "../../../protocol/records/quorum.ts";
import { keepCommitted, PeerData } from "../../../src/core/peer/peerData.ts";
import { PeerDisk } from "../../../src/core/peer/peerDisk.ts";
import type { LearnerPort, PeerEffects } from "../../../src/core/peer/peerEffects.ts";
import { QuorumPeer } from "../../../src/core/peer/quorumPeer.ts";
import type { QuorumConfig } from "../../../src/core/quorum/quorumConfig.ts";
import type { ClientConnection } from "../../../src/core/server/clientConnection.ts";
import type { Clock, Effects } from "../../../src/core/server/effects.ts";
import type { Place } from "../../../src/core/server/place.ts";
import { TreeLoader } from "../../../src/core/server/treeLoader.ts";
import { ZooKeeperServer } from "../../../src/core/server/zooKeeperServer.ts";
import { loadEpochs } from "../../../src/core/storage/epochFiles.ts";
import { Storage } from "../../../src/core/storage/storage.ts";
import { DataTree } from "../../../src/core/tree/dataTree.ts";
import { TreeSnapshot } from "../../../src/core/tree/treeSnapshot.ts";
import type { Learner } from "../../../src/core/zab/learner/learner.ts";
import type { LearnerHandler } from "../../../src/core/zab/leader/learnerHandler.ts";
import { CommittedLog, type CommittedProposal } from "../../../src/core/zab/sync/committedLog.ts";
import { gzipDeflater, gzipInflater } from "../../../src/shell/disk/gzip.ts";
import { RawPieces } from "../../../src/shell/quorum/rawPieces.ts";
import { serverOptionsOf } from "../../support/coreHarness.ts";
import type { SeededRandom } from "../random.ts";
import type { StoredConfigs } from "./storedConfigs.ts";
import type { SimulatedDisk } from "../simulatedDisk.ts";
import type { Mutant } from "./mutants/mutant.ts";
import type { Endpoint, SimulatedNetwork, StreamEnd } from "./simulatedNetwork.ts";
import type { Scheduled } from "./virtualTime.ts";

const folder = "/data/version-2";
const juteLengthMax = 1 << 21;
const rules = { digestEnabled: true, extendedTypesEnabled: false, emulate353TTLNodes: false };

/** What a process tells the simulation around it. */
export interface ProcessHost {
  readonly network: SimulatedNetwork;
  /** The process that runs as server `sid` now; null while it is down. */
  process(sid: bigint): SimulatedProcess | null;
  /** A transaction has taken effect, or is taken for the ensemble's. */
  applied(sid: bigint, proposal: CommittedProposal): void;
  leads(sid: bigint, epoch: number): void;
  trace(sid: bigint, text: string): void;
  /** Something that must never happen. */
  violated(text: string): void;
  /** The server has ended itself, since its disk has failed or is damaged, as it should where a fault did that. */
  ended(sid: bigint, error: unknown): void;
  /** A client's bytes, or the end of its connection. */
  toClient(connection: ClientConnection, bytes: Uint8Array): void;
  clientClosed(connection: ClientConnection): void;
}

export interface ProcessOptions {
  readonly sid: bigint;
  readonly configs: StoredConfigs;
  readonly tickTimeMs: number;
  /** How fast its clocks go, 1 as time does. */
  readonly clockRate: number;
  /** Followers take observers in the place of the leader. */
  readonly hasObserverMasters: boolean;
  /** A fault in the server itself; null for ours. */
  readonly mutant: Mutant | null;
}

/** One life of a server: from its start to its kill; the disk outlives it. */
export class SimulatedProcess implements PeerEffects, Effects, Endpoint {
  readonly sid: bigint;
  readonly disk: SimulatedDisk;
  isAlive = true;
  pausedUntilMs = 0;
  /** What its clock on the wall is off by, ms. */
  wallSkewMs = 0;
  core: ZooKeeperServer | null = null;
  peer: QuorumPeer | null = null;
  readonly #options: ProcessOptions;
  readonly #host: ProcessHost;
  readonly #random: SeededRandom;
  readonly #clock: Clock = { monotonicMs: 0, wallMs: 0 };
  readonly #ends = new Set<StreamEnd>();
  readonly #dirtyClients = new Set<ClientConnection>();
  readonly #dirtyHandlers = new Set<LearnerHandler>();
  #dirtyLearner: Learner | null = null;
  #storage: Storage | null = null;
  #data: PeerData | null = null;
  #peerDisk: PeerDisk | null = null;
  #leaderEnd: StreamEnd | null = null;
  #leaderSplitter: PacketSplitter | null = null;
  #raw: RawPieces | null = null;
  #listening: LearnerPort | null = null;
  #timer: Scheduled | null = null;
  #timerMs = Infinity;
  #isInInput = false;

  constructor(options: ProcessOptions, disk: SimulatedDisk, host: ProcessHost, random: SeededRandom) {
    this.sid = options.sid;
    this.disk = disk;
    this.#options = options;
    this.#host = host;
    this.#random = random;
  }

  get #time(): SimulatedNetwork["time"] {
    return this.#host.network.time;
  }

  get data(): PeerData | null {
    return this.#data;
  }

  // ---- life -------------------------------------------------------------------------------------------------

  async start(): Promise<void> {
    try {
      await this.#load();
    } catch (error) {
      if (this.isAlive) this.#host.ended(this.sid, error);
    }
  }

  async #load(): Promise<void> {
    const tree = new DataTree(rules, 7);
    const timeouts = new Map<bigint, number>();
    // What a start complains of before it refuses to be one does no harm.
    let held: string[] | null = [];
    const report = ({ message }: { message: string }): void => {
      if (held === null) this.#report(message);
      else held.push(message);
    };
    const loader = new TreeLoader(tree, timeouts, true, juteLengthMax, report);
    const committedLog = new CommittedLog();
    const add = committedLog.add.bind(committedLog);
    committedLog.add = (proposal) => {
      if (this.isAlive) this.#host.applied(this.sid, proposal);
      add(proposal);
    };
    loader.onTxn = keepCommitted(committedLog);
    await this.disk.makeDirectory("/data");
    const fileSystem = this.#options.mutant?.disk?.(this.disk) ?? this.disk;
    const storage = new Storage(
      {
        folders: { snapshots: folder, logs: folder },
        juteLengthMax,
        trustEmptySnapshot: false,
        datadirAutocreate: true,
        preAllocBytes: 4096,
        forceSync: true,
        txnLogSizeLimitBytes: 0,
        snapCount: 60,
        snapSizeLimitBytes: 0,
        snapshot: { compression: "none", withDigest: true, withLastZxid: true },
      },
      {
        fileSystem,
        random: () => this.#random.next(),
        nextSlice: () => this.#time.sleep(1),
        deflater: gzipDeflater,
        inflater: gzipInflater,
      },
      {
        onSynced: (zxid) => this.input(() => this.peer?.logged(zxid)),
        onFatal: (error) => this.#fatal(error),
        onSnapshotDue: () => void this.#snapshot(),
        warn: () => undefined,
        progress: () => undefined,
      },
    );
    this.#storage = storage;
    const { lastZxid, snapshotZxid } = await storage.recover(loader, loader);
    for (const message of held) this.#report(message);
    held = null;
    if (snapshotZxid === null) await storage.takeSnapshot(new TreeSnapshot(tree, lastZxid, timeouts));
    const epochs = await loadEpochs(fileSystem, folder, lastZxid);
    if (!this.isAlive) return;
    const data = new PeerData(tree, timeouts, committedLog, loader, epochs, lastZxid);
    this.#data = data;
    this.#peerDisk = new PeerDisk(
      { folder, juteLengthMax, snapshotSizeFactor: 0.33 },
      data,
      storage,
      fileSystem,
      loader,
      {
        input: (run) => this.input(run),
        failed: (error) => this.#fatal(error),
        warn: () => undefined,
        nextSlice: () => this.#time.sleep(1),
      },
    );
    const { sid, configs, tickTimeMs, hasObserverMasters } = this.#options;
    const config = this.#options.mutant?.config?.(configs.committed) ?? configs.committed;
    this.#setClock();
    this.peer = new QuorumPeer(
      {
        sid,
        isParticipant: config.servers.get(sid)?.isParticipant ?? true,
        config,
        lastSeenConfig: configs.lastSeen,
        reconfigEnabled: true,
        votersMin: 2,
        tickTimeMs,
        initLimit: 10,
        syncLimit: 5,
        election: { notificationIntervalMsMax: 3000 },
        forceSnapshot: false,
        outboundBytesMax: 1 << 22,
        juteLengthMax,
        observerDelayMs: 200,
        hasObserverMasters,
      },
      data,
      this.#effects(data),
      this.#clock,
      () => this.#random.next(),
    );
    this.#options.mutant?.peer?.(this.peer);
    this.#host.trace(sid, `starts at ${lastZxid.toString(16)}, epochs ${epochs.accepted} ${epochs.current}`);
    this.input(() => this.peer?.begin());
  }

  #effects(data: PeerData): PeerEffects {
    const { mutant } = this.#options;
    if (mutant === null) return this;
    const changed = mutant.effects?.(this, {
      soon: (run, ms = 0) => void this.#time.after(ms, () => this.input(run)),
      logged: (zxid) => this.peer?.logged(zxid),
      data,
    });
    return new Proxy<PeerEffects>(this, {
      get: (target, name) => {
        const own: unknown =
          (changed === undefined ? undefined : Reflect.get(changed, name)) ??
          Reflect.get(target, name, target);
        return typeof own === "function" ? own.bind(target) : own;
      },
    });
  }

  saveProposed(config: QuorumConfig): void {
    this.#options.configs.saveProposed(config);
  }

  saveCommitted(config: QuorumConfig, isLastSeen: boolean): void {
    this.#options.configs.saveCommitted(config, isLastSeen);
  }

  /** The network knows servers by their ids: nobody moves. */
  reconfigured(): void {}

  /** All its connections to other servers break. */
  dropConnections(): void {
    for (const end of this.#ends) {
      if (end.isClosed) continue;
      end.close();
      end.listener?.closed();
    }
  }

  /** Ends it where it stands. `isMachine`: what it has sent is lost with it, as far as it has not arrived. */
  kill(isMachine: boolean): void {
    this.isAlive = false;
    this.#timer?.cancel();
    this.#raw?.abort();
    for (const end of this.#ends) {
      if (isMachine) end.vanish();
      end.close();
    }
    for (const connection of this.core?.connections ?? []) this.#host.clientClosed(connection);
    this.core = null;
    this.#host.trace(this.sid, "is killed");
  }

  #fatal(error: unknown): void {
    if (this.isAlive) this.#host.ended(this.sid, error);
  }

  #report(message: string): void {
    if (this.isAlive && /digest/.test(message)) this.#host.violated(`server ${this.sid}: ${message}`);
  }

  async #snapshot(): Promise<void> {
    const source = this.core?.snapshotSource();
    if (source === undefined) return;
    try {
      await this.#storage?.takeSnapshot(source);
    } catch (error) {
      this.#fatal(error);
    }
  }

  // ---- inputs -----------------------------------------------------------------------------------------------

  #setClock(): void {
    this.#clock.monotonicMs = Math.floor(this.#time.nowMs * this.#options.clockRate);
    this.#clock.wallMs = 1_700_000_000_000 + this.#clock.monotonicMs + this.wallSkewMs;
  }

  /** One input of the machine, and the end of its turn. */
  input(run: () => void): void {
    if (!this.isAlive) return;
    if (this.#isInInput) return this.#host.violated("an effect has called back");
    this.#setClock();
    this.#isInInput = true;
    run();
    this.#isInInput = false;
    this.#endTurn();
  }

  #endTurn(): void {
    this.#storage?.flush();
    for (const connection of this.#dirtyClients) {
      connection.flushing = false;
      if (connection.out.length > 0) this.#host.toClient(connection, connection.out.detach());
    }
    this.#dirtyClients.clear();
    for (const handler of this.#dirtyHandlers) {
      const link = handler.transport as Link | null;
      if (link === null || link.isStreaming) continue;
      this.#dirtyHandlers.delete(handler);
      handler.flushing = false;
      if (handler.out.length > 0) link.end.send(handler.out.detach());
    }
    const learner = this.#dirtyLearner;
    this.#dirtyLearner = null;
    if (learner !== null) {
      learner.flushing = false;
      if (learner.out.length > 0) this.#leaderEnd?.send(learner.out.detach());
    }
    this.#arm();
  }

  #arm(): void {
    const dueMs = Math.min(this.core?.nextDueMs ?? Infinity, this.peer?.nextDueMs ?? Infinity);
    if (dueMs / this.#options.clockRate >= this.#timerMs && this.#timerMs > this.#time.nowMs) return;
    this.#timer?.cancel();
    this.#timerMs = Infinity;
    if (dueMs === Infinity) return;
    this.#timerMs = Math.max(dueMs / this.#options.clockRate, this.#time.nowMs + 1);
    this.#timer = this.#time.after(this.#timerMs - this.#time.nowMs, () => this.#tick());
  }

  #tick(): void {
    this.#timerMs = Infinity;
    if (this.pausedUntilMs > this.#time.nowMs) {
      this.#timerMs = this.pausedUntilMs;
      this.#timer = this.#time.after(this.pausedUntilMs - this.#time.nowMs, () => this.#tick());
      return;
    }
    this.input(() => {
      this.core?.tick();
      this.peer?.tick();
    });
  }

  // ---- votes ------------------------------------------------------------------------------------------------

  notify(sid: bigint, notification: Notification): void {
    this.#host.network.datagram(
      this,
      () => this.#host.process(sid),
      sid,
      () => {
        const target = this.#host.process(sid);
        target?.input(() => target.peer?.heard(this.sid, notification));
      },
    );
  }

  // ---- the way to a leader ----------------------------------------------------------------------------------

  dial(sid: bigint, learner: Learner, port: LearnerPort): void {
    const refused = (): void => this.input(() => this.peer?.leaderLost(learner, "refused"));
    const { network } = this.#host;
    this.#time.after(network.delayMs * 2, () => {
      const target = this.#host.process(sid);
      if (!this.isAlive || network.isCut(this.sid, sid) || network.isCut(sid, this.sid)) {
        if (this.isAlive) this.#time.after(1000, refused);
        return;
      }
      if (target === null || target.#listening !== port) return refused();
      const [near, far] = network.stream(this, target);
      this.#ends.add(near);
      this.#leaderEnd = near;
      const splitter = this.#splitter(
        (packet) => this.input(() => this.peer?.leaderPacket(learner, packet)),
        near,
      );
      this.#leaderSplitter = splitter;
      near.listener = {
        bytes: (bytes) => splitter.push(bytes),
        closed: () => {
          this.#raw?.abort();
          this.input(() => this.peer?.leaderLost(learner, "closed"));
        },
      };
      target.#accept(far);
      this.input(() => this.peer?.leaderConnected(learner));
    });
  }

  #splitter(take: (packet: QuorumPacket) => void, end: StreamEnd): PacketSplitter {
    return new PacketSplitter(juteLengthMax, {
      onPacket: (bytes, start, stop) => {
        if (this.isAlive && !end.isClosed) take(QuorumPacket.decode(bytes.subarray(start, stop)));
      },
      onBadPacket: (reason) => this.#host.violated(`server ${this.sid}: ${reason}`),
    });
  }

  flushToLeader(learner: Learner): void {
    this.#dirtyLearner = learner;
  }

  hangUp(): void {
    this.#leaderEnd?.close();
    this.#leaderEnd = null;
    this.#leaderSplitter?.end();
    this.#raw?.abort();
    this.#raw = null;
    this.#dirtyLearner = null;
  }

  receiveSnapshot(zxid: bigint, done: () => void): void {
    const splitter = this.#leaderSplitter;
    const end = this.#leaderEnd;
    if (splitter === null || end === null) return;
    const raw = new RawPieces(
      () => undefined,
      () => undefined,
    );
    let isRaw = true;
    this.#raw = raw;
    splitter.readRaw((bytes, start, stop) => (isRaw ? raw.push(bytes, start, stop) : 0));
    this.#peerDisk?.receiveSnapshot(
      zxid,
      raw.next,
      (rest) => {
        isRaw = false;
        this.input(done);
        if (rest.length > 0) splitter.push(rest);
        for (const piece of raw.takeAll()) splitter.push(piece);
      },
      () => {
        end.close();
        end.listener?.closed();
      },
    );
  }

  // ---- the learners of a leader -----------------------------------------------------------------------------

  listen(port: LearnerPort): void {
    this.#listening = port;
  }

  unlisten(): void {
    this.#listening = null;
  }

  #accept(end: StreamEnd): void {
    const handler = this.peer?.accept("simulated") ?? null;
    if (handler === null) return end.close();
    this.#ends.add(end);
    handler.transport = new Link(end);
    const splitter = this.#splitter(
      (packet) => this.input(() => this.peer?.learnerPacket(handler, packet)),
      end,
    );
    end.listener = {
      bytes: (bytes) => splitter.push(bytes),
      closed: () => this.input(() => this.peer?.learnerLost(handler, "closed")),
    };
  }

  flushToLearner(handler: LearnerHandler): void {
    this.#dirtyHandlers.add(handler);
  }

  closeLearner(handler: LearnerHandler): void {
    const link = handler.transport as Link | null;
    this.#dirtyHandlers.delete(handler);
    if (link === null) return;
    if (!link.isStreaming && handler.out.length > 0) link.end.send(handler.out.detach());
    link.end.close();
  }

  streamSnapshot(handler: LearnerHandler, done: () => void): void {
    const link = handler.transport as Link | null;
    if (link === null) return;
    if (handler.out.length > 0) link.end.send(handler.out.detach());
    link.isStreaming = true;
    const write = async (bytes: Uint8Array): Promise<void> => {
      if (this.#host.network.breaksSnapshots) {
        link.end.send(bytes.subarray(0, bytes.length / 2));
        link.end.close();
        this.#time.after(0, () => link.end.listener?.closed());
      }
      link.end.send(bytes);
      await this.#time.sleep(1);
    };
    void this.#peerDisk?.streamSnapshot(write).then(() => {
      link.isStreaming = false;
      this.input(done);
    });
  }

  // ---- the disk ---------------------------------------------------------------------------------------------

  append(zxid: bigint, data: Uint8Array): void {
    this.#storage?.append(zxid, data);
  }

  writeEpoch(which: "accepted" | "current", epoch: number, done: () => void): void {
    this.#peerDisk?.writeEpoch(which, epoch, done);
  }

  readHistory(
    zxid: bigint,
    untilZxid: bigint,
    done: (history: readonly CommittedProposal[] | null) => void,
  ): void {
    this.#peerDisk?.readHistory(zxid, untilZxid, done);
  }

  truncate(zxid: bigint, done: () => void): void {
    this.#host.trace(this.sid, `cuts behind ${zxid.toString(16)}`);
    this.#peerDisk?.truncate(zxid, done);
  }

  saveSnapshot(zxid: bigint, done: () => void): void {
    this.#peerDisk?.saveSnapshot(zxid, done);
  }

  reload(done: (lastZxid: bigint) => void): void {
    this.#peerDisk?.reload(done);
  }

  whenDiskIdle(done: () => void): void {
    this.#peerDisk?.whenIdle(done);
  }

  // ---- clients ----------------------------------------------------------------------------------------------

  serve(place: Place, mode: "leader" | "follower" | "observer"): ZooKeeperServer {
    const data = this.#data;
    if (data === null) throw new Error("a role without data");
    const { tickTimeMs, sid } = this.#options;
    const options = serverOptionsOf({
      tickTimeMs,
      minSessionTimeoutMs: tickTimeMs * 2,
      maxSessionTimeoutMs: tickTimeMs * 20,
      sessionServerId: Number(sid),
      maxClientCnxns: 0,
      auth: { skipAcl: true },
      prep: { reconfigEnabled: true },
    });
    const state = { tree: data.tree, timeouts: data.timeouts, lastZxid: data.lastZxid };
    if (place.kind === "leader") this.#host.leads(sid, Number(place.epochZxid >> 32n));
    this.core = new ZooKeeperServer(options, state, this, this.#clock, () => this.#random.next(), place);
    this.#options.mutant?.served?.(this.core);
    this.#host.trace(sid, `serves as ${mode} at ${data.lastZxid.toString(16)}`);
    return this.core;
  }

  endServing(): void {
    this.core = null;
  }

  flush(connection: ClientConnection): void {
    this.#dirtyClients.add(connection);
  }

  close(connection: ClientConnection): void {
    if (connection.out.length > 0) this.#host.toClient(connection, connection.out.detach());
    this.#dirtyClients.delete(connection);
    this.#host.clientClosed(connection);
  }

  pause(): void {}

  resume(): void {}

  report(_report: unknown, message?: string): void {
    if (message === undefined) return;
    this.#host.trace(this.sid, message);
    this.#report(message);
  }
}

/** A learner's connection, as it hangs on its handler. */
class Link {
  readonly end: StreamEnd;
  isStreaming = false;

  constructor(end: StreamEnd) {
    this.end = end;
  }
}
