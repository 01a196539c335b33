import { createServer, type Server as NetServer, type Socket } from "node:net";
import type { Notification } from "../../../protocol/records/election.ts";
import type { PeerData } from "../../core/peer/peerData.ts";
import { PeerDisk } from "../../core/peer/peerDisk.ts";
import type { LearnerPort, PeerEffects } from "../../core/peer/peerEffects.ts";
import { QuorumPeer } from "../../core/peer/quorumPeer.ts";
import type { QuorumConfig } from "../../core/quorum/quorumConfig.ts";
import type { ClientAddress, ServerAddress } from "../../core/quorum/quorumServer.ts";
import type { Clock } from "../../core/server/effects.ts";
import type { Place } from "../../core/server/place.ts";
import type { TreeLoader } from "../../core/server/treeLoader.ts";
import type { ZooKeeperServer } from "../../core/server/zooKeeperServer.ts";
import type { FileSystem } from "../../core/storage/fileSystem.ts";
import type { Storage } from "../../core/storage/storage.ts";
import type { Learner } from "../../core/zab/learner/learner.ts";
import type { LearnerHandler } from "../../core/zab/leader/learnerHandler.ts";
import type { CommittedProposal } from "../../core/zab/sync/committedLog.ts";
import type { EnsembleConfig } from "../config/serverConfig.ts";
import { ExitCode } from "../cli/exitCodes.ts";
import type { Log } from "../log.ts";
import { DynamicFiles } from "../config/dynamicFiles.ts";
import { ElectionConnections, type Address } from "./electionConnections.ts";
import { askOracleFile } from "./oracleFile.ts";
import { PacketSocket } from "./packetSocket.ts";
import { discard, type FailureLevel, type PeerTransport } from "./peerTransport.ts";

/** Connections on a quorum port, far above any ensemble's size; what comes beyond them is closed at once. */
const learnersMax = 1000;

/** What a member needs of the server around it. */
export interface MemberHost {
  readonly log: Log;
  readonly clock: Clock;
  /** Sets the clock; before each input. */
  enter(): void;
  /** Makes sure that the turn has an end, at which `flush` is called. */
  requestTurn(): void;
  /** A bug in the core ends this server and not the process. */
  guarded(run: () => void): void;
  serve(place: Place, mode: "leader" | "follower" | "observer" | "read-only"): ZooKeeperServer;
  endServing(): void;
  /** A reconfiguration says where clients reach this server. */
  clientAddressIs(address: ClientAddress): void;
  /** The disk has failed, or what is on it cannot be used. */
  diskFailed(error: unknown): void;
}

export interface MemberOptions {
  readonly ensemble: EnsembleConfig;
  /** Closed with the member. */
  readonly transport: PeerTransport;
  readonly tickTimeMs: number;
  /** jute.maxbuffer plus extrasize. */
  readonly juteLengthMax: number;
  readonly outboundBytesMax: number;
  /** Of the snapshots and the epochs. */
  readonly folder: string;
  readonly snapshotSizeFactor: number;
}

/** Where a member's files are. */
export interface MemberDisk {
  readonly storage: Storage;
  readonly fileSystem: FileSystem;
  readonly loader: TreeLoader;
}

/** A member of an ensemble in this process: its sockets to the others and its disk, around `QuorumPeer`. */
export class Member implements PeerEffects {
  readonly peer: QuorumPeer;
  readonly #options: MemberOptions;
  readonly #host: MemberHost;
  readonly #disk: PeerDisk;
  readonly #election: ElectionConnections;
  readonly #configFiles: DynamicFiles;
  /** Where this server listens for the others. */
  #own: readonly ServerAddress[];
  readonly #dirty = new Set<LearnerHandler>();
  #dirtyLearner: Learner | null = null;
  readonly #ports = new Set<NetServer>();
  #leader: PacketSocket | null = null;
  readonly #transport: PeerTransport;
  readonly #dials = new Set<() => void>();
  /** Who has connected to the quorum port and is not known yet. */
  readonly #callers = new Set<Socket>();
  #isStopped = false;

  constructor(options: MemberOptions, data: PeerData, disk: MemberDisk, host: MemberHost) {
    const { ensemble, tickTimeMs, juteLengthMax, outboundBytesMax } = options;
    this.#options = options;
    this.#host = host;
    this.#disk = new PeerDisk(options, data, disk.storage, disk.fileSystem, disk.loader, {
      input: (run) => this.#input(run),
      failed: (error) => host.diskFailed(error),
      warn: (message) => this.report("warn", message),
      nextSlice: () => new Promise((go) => setImmediate(go)),
    });
    this.#transport = options.transport;
    this.#own = ensemble.config.servers.get(ensemble.sid)?.addresses ?? [];
    this.#configFiles = new DynamicFiles(ensemble.configFile, ensemble.sid, host.log);
    this.peer = new QuorumPeer(
      {
        sid: ensemble.sid,
        isParticipant: ensemble.isParticipant,
        config: ensemble.config,
        lastSeenConfig: ensemble.lastSeenConfig,
        reconfigEnabled: ensemble.reconfigEnabled,
        votersMin: ensemble.votersMin,
        tickTimeMs,
        initLimit: ensemble.initLimit,
        syncLimit: ensemble.syncLimit,
        election: {
          notificationIntervalMsMin: ensemble.notificationIntervalMsMin,
          notificationIntervalMsMax: ensemble.notificationIntervalMsMax,
        },
        forceSnapshot: ensemble.forceSnapshotSync,
        outboundBytesMax,
        juteLengthMax,
        observerDelayMs: ensemble.observerDelayMs,
        observerReconnectDelayMs: ensemble.observerReconnectDelayMs,
        hasObserverMasters: ensemble.observerMasterPort !== null,
        readOnlyModeEnabled: ensemble.readOnlyModeEnabled,
        askOracle: oracleOf(ensemble),
      },
      data,
      this,
      host.clock,
      Math.random,
    );
    this.#election = new ElectionConnections(
      {
        transport: this.#transport,
        tellsAll: ensemble.hasManyAddresses,
        checksReach: ensemble.checksReach,
        sid: ensemble.sid,
        addresses: electionAddresses(this.#own),
        listensEverywhere: ensemble.listenOnAllIps,
        addressesOf: (sid) => {
          const addresses = this.peer.addressesOf(sid);
          return addresses === null ? null : electionAddresses(addresses);
        },
        callsStrangersBack: ensemble.reconfigEnabled,
        connectMsMax: ensemble.cnxTimeoutMs,
        initialMsMax: ensemble.openingMsMax,
        bindTriesMax: ensemble.electionPortBindRetry,
      },
      {
        heard: (sid, notification) => this.#input(() => this.peer.heard(sid, notification)),
        report: (level, message) => this.report(level, message),
      },
    );
  }

  // ---- life -------------------------------------------------------------------------------------------------

  /** Binds the election port, then begins to look for a leader. Rejects if the port is taken, and stays so. */
  async start(): Promise<void> {
    try {
      await this.#election.listen();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const text = `cannot listen on the election port of server.${this.#options.ensemble.sid}: ${reason}`;
      throw Object.assign(new Error(text, { cause: error }), {
        exitCode: ExitCode.UNABLE_TO_BIND_QUORUM_PORT,
      });
    }
    this.#input(() => this.peer.begin());
  }

  /** Writes out what the turn has gathered for the other servers. */
  flush(): void {
    for (const handler of this.#dirty) {
      const link = linkOf(handler);
      if (link === null) this.#dirty.delete(handler);
      else if (!link.isStreaming) {
        this.#dirty.delete(handler);
        handler.flushing = false;
        link.socket.flush(handler.out);
      }
    }
    const learner = this.#dirtyLearner;
    this.#dirtyLearner = null;
    if (learner === null) return;
    learner.flushing = false;
    this.#leader?.flush(learner.out);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.peer.stop();
    this.unlisten();
    this.hangUp();
    await this.#election.close();
    this.#transport.close();
    await this.#disk.done;
  }

  #input(run: () => void): void {
    if (this.#isStopped) return;
    this.#host.enter();
    this.#host.guarded(run);
    this.#host.requestTurn();
  }

  report(level: "debug" | "info" | "warn" | "error", message: string): void {
    this.#host.log[level](message);
  }

  // ---- votes ------------------------------------------------------------------------------------------------

  notify(sid: bigint, notification: Notification): void {
    this.#election.send(sid, notification);
  }

  // ---- the way to a leader ----------------------------------------------------------------------------------

  dial(sid: bigint, learner: Learner, port: LearnerPort): void {
    const addresses = this.peer.addressesOf(sid);
    if (addresses === null) {
      setImmediate(() =>
        this.#input(() => this.peer.leaderLost(learner, `server ${sid} is not in the configuration`)),
      );
      return;
    }
    // All at once: the first that answers is taken.
    const reasons: string[] = [];
    const one = (address: ServerAddress): void => {
      const target = { host: address.host, port: this.#portOf(address, port) };
      const cancel = this.#transport.dial(target, this.#options.ensemble.cnxTimeoutMs, {
        ready: (socket) => {
          this.#giveDialsUp(cancel);
          this.#prove(`the ${nameOf(port)}, server ${sid},`, socket, learner);
        },
        failed: (reason, level) => {
          this.#dials.delete(cancel);
          reasons.push(reason);
          if (level === "warn")
            this.report(
              "warn",
              `the ${nameOf(port)}, server ${sid} at ${target.host}:${target.port}: ${reason}`,
            );
          if (reasons.length < addresses.length) return;
          this.#input(() => this.peer.leaderLost(learner, reasons.join(", ")));
        },
      });
      this.#dials.add(cancel);
    };
    for (const address of addresses) one(address);
  }

  #giveDialsUp(but: (() => void) | null): void {
    for (const cancel of this.#dials) if (cancel !== but) cancel();
    this.#dials.clear();
  }

  /** The port of masters is one for all of them, and stands in this server's own configuration. */
  #portOf({ quorumPort }: ServerAddress, port: LearnerPort): number {
    return port === "quorum" ? quorumPort : (this.#options.ensemble.observerMasterPort ?? quorumPort);
  }

  #prove(whom: string, socket: Socket, learner: Learner): void {
    const giveUp = (): void => void socket.destroy();
    this.#dials.add(giveUp);
    this.#transport.prove(socket, {
      ready: () => {
        this.#dials.delete(giveUp);
        this.#onLeader(socket, learner);
      },
      failed: (reason) => {
        if (!this.#dials.delete(giveUp)) return;
        this.report("warn", `${whom} does not let us in: ${reason}`);
        this.#input(() => this.peer.leaderLost(learner, reason));
      },
    });
  }

  #onLeader(socket: Socket, learner: Learner): void {
    this.#leader = new PacketSocket(socket, this.#options.juteLengthMax, {
      enter: () => this.#host.enter(),
      heard: () => learner.heardFromLeader(),
      packet: (packet) => this.#input(() => this.peer.leaderPacket(learner, packet)),
      lost: (reason) => this.#input(() => this.peer.leaderLost(learner, reason)),
    });
    this.#input(() => this.peer.leaderConnected(learner));
  }

  flushToLeader(learner: Learner): void {
    this.#dirtyLearner = learner;
    this.#host.requestTurn();
  }

  hangUp(): void {
    this.#giveDialsUp(null);
    this.#leader?.destroy();
    this.#leader = null;
    this.#dirtyLearner = null;
  }

  receiveSnapshot(zxid: bigint, done: () => void): void {
    const leader = this.#leader;
    if (leader === null) return;
    const pieces = leader.beginRaw();
    this.#disk.receiveSnapshot(
      zxid,
      pieces.next,
      (rest) => {
        this.#input(done);
        leader.endRaw(rest);
      },
      (reason) => {
        this.report("warn", `the leader's snapshot broke off: ${reason}`);
        leader.fail("its snapshot cannot be read");
      },
    );
  }

  // ---- the learners of a leader, or of a master of observers -----------------------------------------------------------------------------

  listen(which: LearnerPort): void {
    const everywhere = this.#options.ensemble.listenOnAllIps;
    const ports = new Set<number>();
    for (const address of this.#own) {
      const { host } = address;
      const port = this.#portOf(address, which);
      if (everywhere && ports.has(port)) continue;
      ports.add(port);
      const server = createServer({ noDelay: true }, (socket) => this.#onLearner(socket));
      server.maxConnections = learnersMax;
      this.#ports.add(server);
      server.on("error", (error) => {
        if (!this.#ports.delete(server)) return;
        const name = which === "quorum" ? "quorum port" : "observerMasterPort";
        const reason = `cannot listen on the ${name} ${port}: ${error.message}`;
        // One of several addresses is enough: a network may have gone.
        if (this.#ports.size > 0) this.report("warn", reason);
        else this.#input(() => this.peer.portFailed(reason));
      });
      server.listen({ port, ...(everywhere ? {} : { host }) });
    }
  }

  unlisten(): void {
    for (const server of this.#ports) server.close();
    this.#ports.clear();
    for (const socket of this.#callers) discard(socket);
    this.#callers.clear();
  }

  #onLearner(raw: Socket): void {
    this.#callers.add(raw);
    const refuse = (reason: string, level: FailureLevel): void => {
      if (this.#callers.delete(raw))
        this.report(level, `quorum connection from ${raw.remoteAddress ?? "nowhere"}: ${reason}`);
      discard(raw);
    };
    const admit = (socket: Socket): void => {
      // No longer when this server has stopped leading in between.
      if (this.#callers.delete(raw)) this.#onChecked(socket);
      else discard(socket);
    };
    this.#transport.accept(raw, {
      ready: (socket) => this.#transport.check(socket, { ready: () => admit(socket), failed: refuse }),
      failed: refuse,
    });
  }

  #onChecked(socket: Socket): void {
    this.#host.enter();
    const handler = this.peer.accept(`${socket.remoteAddress}:${socket.remotePort}`);
    if (handler === null) return discard(socket);
    handler.transport = new LearnerLink(
      new PacketSocket(socket, this.#options.juteLengthMax, {
        enter: () => this.#host.enter(),
        heard: () => undefined,
        packet: (packet) => this.#input(() => this.peer.learnerPacket(handler, packet)),
        lost: (reason) => this.#input(() => this.peer.learnerLost(handler, reason)),
      }),
    );
  }

  flushToLearner(handler: LearnerHandler): void {
    this.#dirty.add(handler);
    this.#host.requestTurn();
  }

  closeLearner(handler: LearnerHandler): void {
    const link = linkOf(handler);
    this.#dirty.delete(handler);
    if (link === null) return;
    if (link.isStreaming) return link.socket.destroy();
    link.socket.flush(handler.out);
    link.socket.end();
  }

  streamSnapshot(handler: LearnerHandler, done: () => void): void {
    const link = linkOf(handler);
    if (link === null) return;
    link.socket.flush(handler.out);
    link.isStreaming = true;
    const sending = this.#disk.streamSnapshot((bytes) => link.socket.write(bytes));
    sending.then(
      () => {
        link.isStreaming = false;
        this.#input(done);
        this.flushToLearner(handler);
      },
      (error: unknown) =>
        this.report("debug", `the snapshot for server ${handler.sid} broke off: ${String(error)}`),
    );
  }

  // ---- the disk ---------------------------------------------------------------------------------------------

  append(zxid: bigint, data: Uint8Array): void {
    this.#disk.append(zxid, data);
    this.#host.requestTurn();
  }

  writeEpoch(which: "accepted" | "current", epoch: number, done: () => void): void {
    this.#disk.writeEpoch(which, epoch, done);
  }

  readHistory(
    zxid: bigint,
    untilZxid: bigint,
    done: (history: readonly CommittedProposal[] | null) => void,
  ): void {
    this.#disk.readHistory(zxid, untilZxid, done);
  }

  truncate(zxid: bigint, done: () => void): void {
    this.#disk.truncate(zxid, done);
  }

  saveSnapshot(zxid: bigint, done: () => void): void {
    this.#disk.saveSnapshot(zxid, done);
  }

  reload(done: (lastZxid: bigint) => void): void {
    this.#disk.reload(done);
  }

  whenDiskIdle(done: () => void): void {
    this.#disk.whenIdle(done);
  }

  // ---- configurations ---------------------------------------------------------------------------------------

  saveProposed(config: QuorumConfig): void {
    this.#configFiles.saveProposed(config);
  }

  saveCommitted(config: QuorumConfig, isLastSeen: boolean): void {
    this.#configFiles.saveCommitted(config, isLastSeen);
  }

  reconfigured(config: QuorumConfig): void {
    const own = config.servers.get(this.#options.ensemble.sid);
    if (own !== undefined) this.#own = own.addresses;
    this.#election.restart(electionAddresses(this.#own));
    if (own !== undefined && own.clientAddress !== null) this.#host.clientAddressIs(own.clientAddress);
  }

  // ---- clients ----------------------------------------------------------------------------------------------

  serve(place: Place, mode: "leader" | "follower" | "observer" | "read-only"): ZooKeeperServer {
    return this.#host.serve(place, mode);
  }

  endServing(): void {
    this.#host.endServing();
  }
}

/** A learner's socket, as it hangs on its handler. */
class LearnerLink {
  readonly socket: PacketSocket;
  /** A snapshot is on its way: packets wait. */
  isStreaming = false;

  constructor(socket: PacketSocket) {
    this.socket = socket;
  }
}

function electionAddresses(addresses: readonly ServerAddress[]): Address[] {
  return addresses.map(({ host, electionPort }) => ({ host, port: electionPort }));
}

function oracleOf({ oraclePath }: EnsembleConfig): (() => boolean) | null {
  return oraclePath === null ? null : () => askOracleFile(oraclePath);
}

function nameOf(port: LearnerPort): string {
  return port === "quorum" ? "leader" : "master of observers";
}

function linkOf({ transport }: LearnerHandler): LearnerLink | null {
  return transport instanceof LearnerLink ? transport : null;
}
