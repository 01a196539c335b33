import { PeerState, type Notification } from "../../../protocol/records/election.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import type { QuorumPacket } from "../../../protocol/records/quorum.ts";
import { FastLeaderElection } from "../election/fastLeaderElection.ts";
import type { ElectionEffects } from "../election/electionEffects.ts";
import type { Vote } from "../election/vote.ts";
import { Oracle } from "../quorum/oracle.ts";
import type { QuorumConfig } from "../quorum/quorumConfig.ts";
import { hasQuorumAddressesOf, type ServerAddress } from "../quorum/quorumServer.ts";
import type { Clock } from "../server/effects.ts";
import type { BroadcastListener, Place } from "../server/place.ts";
import type { ZooKeeperServer } from "../server/zooKeeperServer.ts";
import { Learner, type LearnerHost } from "../zab/learner/learner.ts";
import type { Proposed } from "../zab/learner/learnerEffects.ts";
import { Leader } from "../zab/leader/leader.ts";
import type { LeaderEffects } from "../zab/leader/leaderEffects.ts";
import type { LearnerHandler } from "../zab/leader/learnerHandler.ts";
import type { LearnerHandlersEffects } from "../zab/leader/learnerHandlers.ts";
import type { ObserverMaster } from "../zab/observers/observerMaster.ts";
import { HeardConfigs } from "./heardConfigs.ts";
import { LearnerMasters } from "./learnerMasters.ts";
import { Mastering } from "./mastering.ts";
import { PeerConfig } from "./peerConfig.ts";
import type { PeerData } from "./peerData.ts";
import type { LearnerPort, PeerEffects } from "./peerEffects.ts";
import { PeerLog } from "./peerLog.ts";
import type { PeerSetup } from "./peerSetup.ts";
import { ReadOnlyService } from "./readOnly.ts";

/**
 * A member of an ensemble (QuorumPeer of Apache 3.9.5): looks for a leader, becomes one or learns from one, and looks
 * again when that ends. In each role a `ZooKeeperServer` of its own serves the clients, on one tree.
 *
 *     looking -> leading | learning -> (disk at rest, tree = log) -> looking
 */
export class QuorumPeer {
  readonly #setup: PeerSetup;
  readonly #data: PeerData;
  readonly #effects: PeerEffects;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #election: FastLeaderElection;
  readonly #config: PeerConfig;
  readonly #readOnly: ReadOnlyService;
  readonly #heardConfigs = new HeardConfigs();
  /** A reconfiguration has changed role or leader: what comes after the present role, without an election. */
  #appointed: { readonly leader: bigint; readonly zxid: bigint } | null = null;
  /** The election was stopped for another configuration, and begins anew at the end of the input. */
  #mustLook = false;
  #leader: Leader | null = null;
  #learner: Learner | null = null;
  readonly #masters: LearnerMasters;
  /** Whom the present learner learns from: the leader, or a follower. */
  #masterSid: bigint | null = null;
  readonly #mastering: Mastering;
  /** What was decided in the input under way, to be done at its end. */
  #decision: { readonly state: PeerState; readonly vote: Vote } | null = null;
  #lookMs = Number.POSITIVE_INFINITY;
  readonly #log: PeerLog;
  /** The tree was found to differ from the leader's. */
  #needsSnapshot = false;
  #isStopped = false;

  constructor(setup: PeerSetup, data: PeerData, effects: PeerEffects, clock: Clock, random: () => number) {
    this.#setup = setup;
    this.#data = data;
    this.#effects = effects;
    this.#clock = clock;
    this.#random = random;
    this.#masters = new LearnerMasters(random);
    this.#log = new PeerLog((run) => effects.whenDiskIdle(run));
    const { sid, config, lastSeenConfig, isParticipant, reconfigEnabled } = setup;
    const { askOracle = null } = setup;
    const oracle = askOracle === null ? null : new Oracle(askOracle);
    this.#config = new PeerConfig(
      sid,
      config,
      lastSeenConfig,
      isParticipant,
      reconfigEnabled,
      effects,
      oracle,
    );
    this.#mastering = new Mastering(setup, data, this.#config, effects, clock);
    this.#election = new FastLeaderElection(
      this.#standing(),
      this.#config.forElection,
      this.#electionEffects(),
      { ...setup.election, reconfigEnabled },
    );
    this.#readOnly = new ReadOnlyService(setup.readOnlyModeEnabled ?? false, setup.tickTimeMs, {
      serve: () => {
        effects.report(
          "warn",
          "no leader is to be found: only reads are served, to clients that agree to that",
        );
        return effects.serve({ kind: "readOnly" }, "read-only");
      },
      endServing: () => effects.endServing(),
    });
  }

  /** The configuration in force, as far as this server knows. */
  get config(): QuorumConfig {
    return this.#config.committed;
  }

  /** Whether this server votes, or at least follows; false: it observes. */
  get isParticipant(): boolean {
    return this.#config.isParticipant;
  }

  /** Where a server is reached, by the configuration in force or a newer one; null: it is in neither. */
  addressesOf(sid: bigint): readonly ServerAddress[] | null {
    const { committed, lastSeen } = this.#config;
    return (committed.servers.get(sid) ?? lastSeen.servers.get(sid))?.addresses ?? null;
  }

  /** The role for people: `leading`, `following`, `observing`, `looking`. */
  get state(): PeerState {
    return this.#election.state;
  }

  get leader(): Leader | null {
    return this.#leader;
  }

  /** Null while it does not follow, or takes no observers. */
  get observerMaster(): ObserverMaster | null {
    return this.#mastering.master;
  }

  /** Whom this server learns from, if it does: the leader, or a follower in its place. */
  get masterSid(): bigint | null {
    return this.#masterSid;
  }

  /** Who leads, as this server knows. */
  get currentVote(): Vote {
    return this.#election.currentVote;
  }

  get nextDueMs(): number {
    return Math.min(
      this.#election.deadlineMs,
      this.#lookMs,
      this.#readOnly.nextDueMs,
      this.#leader?.nextDueMs ?? Number.POSITIVE_INFINITY,
      this.#learner?.nextDueMs ?? Number.POSITIVE_INFINITY,
      this.#mastering.master?.nextDueMs ?? Number.POSITIVE_INFINITY,
    );
  }

  // ---- inputs -----------------------------------------------------------------------------------------------

  begin(): void {
    this.#writeConfigNode();
    this.#look();
    this.#act();
  }

  /** A notification of `sid` has come. */
  heard(sid: bigint, notification: Notification): void {
    // Configurations of others are taken over only where they may change.
    const senderConfig = this.#setup.reconfigEnabled ? this.#heardConfigs.read(notification.config) : null;
    this.#election.heard(sid, { ...notification, senderConfig }, this.#clock.monotonicMs);
    this.#act();
  }

  /** A learner has connected to the port that was opened; null: this server takes none any more. */
  accept(remote: string): LearnerHandler | null {
    return (this.#leader ?? this.#mastering.master)?.accept(remote) ?? null;
  }

  /** The port for learners cannot be opened. Nobody leads, or follows, without one that it should have. */
  portFailed(reason: string): void {
    this.#leader?.giveUp(reason);
    this.#learner?.fail(reason);
  }

  learnerPacket(handler: LearnerHandler, packet: QuorumPacket): void {
    (this.#leader ?? this.#mastering.master)?.packet(handler, packet);
  }

  learnerLost(handler: LearnerHandler, reason: string): void {
    (this.#leader ?? this.#mastering.master)?.lost(handler, reason);
  }

  leaderConnected(learner: Learner): void {
    if (learner === this.#learner) learner.connected();
  }

  leaderPacket(learner: Learner, packet: QuorumPacket): void {
    if (learner === this.#learner) learner.packet(packet);
  }

  leaderLost(learner: Learner, reason: string): void {
    if (learner === this.#learner) learner.lost(reason);
  }

  /** Every transaction up to `zxid` is on disk. */
  logged(zxid: bigint): void {
    this.#leader?.server?.logged(zxid);
    this.#learner?.logged(zxid);
    this.#log.logged(zxid);
  }

  tick(): void {
    const now = this.#clock.monotonicMs;
    if (this.#isStopped) return;
    if (now >= this.#lookMs) this.#look();
    this.#election.tick(now);
    if (this.#decision === null) this.#readOnly.tick(now);
    this.#leader?.tick();
    this.#learner?.tick();
    this.#mastering.master?.tick();
    this.#act();
  }

  /** The server ends: leaves its role at once. */
  stop(): void {
    this.#isStopped = true;
    this.#readOnly.end();
    this.#leader?.end("the server is stopping");
    if (this.#leader !== null) this.#effects.unlisten();
    this.#mastering.end("the server is stopping");
    if (this.#learner !== null) this.#effects.hangUp();
    this.#learner?.end();
    this.#leader = null;
    this.#learner = null;
  }

  // ---- looking ------------------------------------------------------------------------------------------------

  #standing(): { sid: bigint; isParticipant: boolean; lastLoggedZxid: bigint; currentEpoch: bigint } {
    const { sid } = this.#setup;
    const { isParticipant } = this.#config;
    const { lastZxid, epochs } = this.#data;
    return { sid, isParticipant, lastLoggedZxid: lastZxid, currentEpoch: BigInt(epochs.current) };
  }

  #look(): void {
    this.#lookMs = Number.POSITIVE_INFINITY;
    this.#effects.report("info", "LOOKING: for a leader");
    this.#appointed = null;
    // A tree that is not what the others have is not for anybody to read.
    if (!this.#needsSnapshot) this.#readOnly.looking(this.#clock.monotonicMs);
    this.#election.look(this.#standing(), this.#config.forElection, this.#clock.monotonicMs);
  }

  #electionEffects(): ElectionEffects {
    return {
      send: (sid, notification) => this.#effects.notify(sid, notification),
      decided: (state, vote) => (this.#decision = { state, vote }),
      adopt: ({ text }, restart) => this.#adopt(text, restart),
      isLooking: () => undefined,
    };
  }

  /** Does what an election has led to; outside of its machine. */
  #act(): void {
    if (this.#mustLook && !this.#isStopped) {
      this.#mustLook = false;
      this.#look();
    }
    const decision = this.#decision;
    if (decision === null || this.#isStopped) return;
    this.#decision = null;
    this.#readOnly.end();
    if (decision.state === PeerState.LEADING) this.#lead();
    else this.#learn(decision.vote.leader);
  }

  // ---- leading ------------------------------------------------------------------------------------------------

  #lead(): void {
    const { sid, votersMin, tickTimeMs, initLimit, syncLimit, forceSnapshot, outboundBytesMax } = this.#setup;
    const { epochs, lastZxid, committedLog } = this.#data;
    this.#effects.report("info", `LEADING: server ${sid} was elected`);
    // Followers give up after a few refused dials: the port is open before anything else is done.
    this.#effects.listen("quorum");
    this.#leader = new Leader(
      {
        sid,
        acceptedEpoch: epochs.accepted,
        currentEpoch: epochs.current,
        lastZxid,
        committedLog,
        configs: this.#config,
        votersMin,
        tickTimeMs,
        initLimit,
        syncLimit,
        forceSnapshot,
        outboundBytesMax,
      },
      this.#leaderEffects(),
      () => this.#clock.monotonicMs,
    );
  }

  #leaderEffects(): LeaderEffects {
    return {
      ...this.#handlerEffects(),
      writeAcceptedEpoch: (epoch, done) => this.#writeEpoch("accepted", epoch, done),
      writeCurrentEpoch: (epoch, done) => this.#writeEpoch("current", epoch, done),
      see: (config) => this.#see(config),
      activate: (config, designated, zxid) => void this.#activate(config, designated, zxid),
      serve: (place) => this.#serve(place, "leader", this.#leader?.epoch ?? 0),
      giveUp: (reason) => this.#endLeading(reason),
    };
  }

  #handlerEffects(): LearnerHandlersEffects {
    const effects = this.#effects;
    return {
      flush: (handler) => effects.flushToLearner(handler),
      close: (handler, reason) => {
        effects.report("info", `closing the connection of server ${handler.sid}: ${reason}`);
        effects.closeLearner(handler, reason);
      },
      readHistory: (zxid, untilZxid, done) => effects.readHistory(zxid, untilZxid, done),
      streamSnapshot: (handler, done) => effects.streamSnapshot(handler, done),
      report: (level, message) => effects.report(level, message),
    };
  }

  #endLeading(reason: string): void {
    const leader = this.#leader;
    if (leader === null) return;
    const { server } = leader;
    const uncommitted: Proposed[] = [];
    for (const { zxid, data } of server?.writePath.outstanding() ?? [])
      if (data !== null) uncommitted.push({ zxid, data });
    this.#leader = null;
    this.#effects.unlisten();
    this.#endRole(server, uncommitted, reason, false);
  }

  // ---- learning -----------------------------------------------------------------------------------------------

  #learn(leaderSid: bigint): void {
    const { sid, tickTimeMs, initLimit, syncLimit, juteLengthMax } = this.#setup;
    const { isParticipant, committed } = this.#config;
    const { epochs, lastZxid } = this.#data;
    const { masterSid, port, delayMs } = this.#findMaster(leaderSid);
    const role = isParticipant ? "FOLLOWING" : "OBSERVING";
    const master = port === "quorum" ? "" : `, its master server ${masterSid}`;
    this.#effects.report("info", `${role}: the leader is server ${leaderSid}${master}`);
    const learner: Learner = new Learner(
      {
        sid,
        isParticipant,
        acceptedEpoch: epochs.accepted,
        currentEpoch: epochs.current,
        lastLoggedZxid: lastZxid,
        needsSnapshot: this.#needsSnapshot,
        configVersion: committed.version,
      },
      { tickTimeMs, initLimit, syncLimit },
      juteLengthMax,
      this.#learnerHost(masterSid, port, () => learner),
      () => this.#clock.monotonicMs,
    );
    this.#learner = learner;
    this.#masterSid = masterSid;
    learner.begin(delayMs);
  }

  /**
   * Whom to learn from, and how long to wait before: the leader, or, for an observer with masters, the next of them
   * (QuorumPeer.findLearnerMaster). With masters there is a wait only when all have been tried.
   */
  #findMaster(leaderSid: bigint): { masterSid: bigint; port: LearnerPort; delayMs: number } {
    const { hasObserverMasters = false, observerReconnectDelayMs = 0 } = this.#setup;
    const { isParticipant, committed } = this.#config;
    if (isParticipant) return { masterSid: leaderSid, port: "quorum", delayMs: 0 };
    const delayMs = Math.floor(this.#random() * observerReconnectDelayMs);
    const master = hasObserverMasters ? this.#masters.next(committed) : null;
    if (master === null) return { masterSid: leaderSid, port: "quorum", delayMs };
    return { masterSid: master.sid, port: "observerMaster", delayMs: master.isRound ? delayMs : 0 };
  }

  #learnerHost(masterSid: bigint, port: LearnerPort, learner: () => Learner): LearnerHost {
    const effects = this.#effects;
    const data = this.#data;
    return {
      dial: () => effects.dial(masterSid, learner(), port),
      flushToLeader: () => effects.flushToLeader(learner()),
      writeAcceptedEpoch: (epoch, done) => this.#writeEpoch("accepted", epoch, done),
      writeCurrentEpoch: (epoch, done) => this.#writeEpoch("current", epoch, done),
      truncate: (zxid, done) => {
        data.committedLog.clear();
        effects.truncate(zxid, () => this.#moved(zxid, done));
      },
      receiveSnapshot: (zxid, done) => {
        data.committedLog.clear();
        effects.receiveSnapshot(zxid, () => this.#moved(zxid, done));
      },
      saveSnapshot: (zxid, done) => {
        effects.saveSnapshot(zxid, () => {
          this.#log.moved(zxid);
          this.#needsSnapshot = false;
          done();
        });
      },
      append: ({ zxid, data: bytes }) => {
        this.#log.appended(zxid);
        effects.append(zxid, bytes);
        this.#mastering.passed(learner(), "omProposalProcessTimeMs");
      },
      whenLogged: (done) => this.#log.whenAllLogged(done),
      applyLogged: (proposed, isExact) => data.apply(proposed, isExact),
      committed: (proposed, designatedLeader) => {
        data.committed(proposed);
        this.#mastering.master?.committed(proposed, designatedLeader);
        this.#mastering.passed(learner(), "omCommitProcessTimeMs");
      },
      revalidatedElsewhere: (sessionId, isValid) =>
        this.#mastering.master?.revalidated(sessionId, isValid) ?? false,
      see: (config) => this.#see(config),
      activate: (config, designated, zxid) => this.#activate(config, designated, zxid),
      serve: (place, epoch) => this.#serveLearning(place, epoch, learner()),
      distrustTree: () => (this.#needsSnapshot = true),
      giveUp: (reason, isDirty) => this.#endLearning(reason, isDirty),
      report: (level, message) => effects.report(level, message),
    };
  }

  /** The tree is another one: log and memory begin at `zxid`. */
  #moved(zxid: bigint, done: () => void): void {
    this.#data.lastZxid = zxid;
    this.#log.moved(zxid);
    this.#writeConfigNode();
    done();
  }

  #endLearning(reason: string, isDirty: boolean): void {
    const learner = this.#learner;
    if (learner === null) return;
    const uncommitted = learner.uncommitted();
    this.#learner = null;
    this.#masterSid = null;
    this.#mastering.end(reason);
    this.#effects.hangUp();
    this.#endRole(learner.server, uncommitted, reason, isDirty);
  }

  #serveLearning(place: Place, epoch: number, learner: Learner): ZooKeeperServer {
    if (!this.#config.isParticipant) return this.#serve(place, "observer", epoch);
    const server = this.#serve(place, "follower", epoch);
    this.#mastering.begin(server, epoch, learner, this.#handlerEffects());
    return server;
  }

  // ---- both ---------------------------------------------------------------------------------------------------

  #writeEpoch(which: "accepted" | "current", epoch: number, done: () => void): void {
    this.#effects.writeEpoch(which, epoch, () => {
      this.#data.epochs[which] = epoch;
      done();
    });
  }

  #serve(place: Place, mode: "leader" | "follower" | "observer", epoch: number): ZooKeeperServer {
    this.#election.established(BigInt(epoch));
    this.#effects.report("info", `${mode} in epoch ${epoch}`);
    const listening: Place =
      place.kind === "leader" ? { ...place, learners: this.#kept(place.learners) } : place;
    return this.#effects.serve(listening, mode);
  }

  /** A leader's own transactions are part of what it has, before anybody else hears of them. */
  #kept(learners: BroadcastListener): BroadcastListener {
    return {
      reconfiguring: (zxid, configText) => learners.reconfiguring(zxid, configText),
      proposed: (zxid, data) => {
        this.#log.appended(zxid);
        learners.proposed(zxid, data);
      },
      committed: (zxid, data) => {
        this.#data.lastZxid = zxid;
        learners.committed(zxid, data);
      },
      exhausted: () => learners.exhausted(),
    };
  }

  /**
   * A role is over. Before the next election the disk comes to rest, and what is in the log takes effect: a server
   * stands for everything that it has logged, as it would after a restart.
   */
  #endRole(
    server: ZooKeeperServer | null,
    uncommitted: readonly Proposed[],
    reason: string,
    isDirty: boolean,
  ): void {
    this.#effects.report("warn", `the role is over: ${reason}`);
    server?.endRole();
    if (server !== null) this.#effects.endServing();
    if (this.#isStopped) return;
    this.#log.whenAllLogged(() =>
      this.#effects.whenDiskIdle(() => {
        if (this.#isStopped) return;
        if (isDirty) return this.#reload();
        for (const proposed of uncommitted) this.#data.apply(proposed);
        this.#next();
      }),
    );
  }

  #reload(): void {
    this.#data.committedLog.clear();
    this.#effects.reload((lastZxid) => this.#moved(lastZxid, () => this.#next()));
  }

  /** The role that a reconfiguration has given this server, or an election. */
  #next(): void {
    const appointed = this.#appointed;
    if (appointed === null) return this.#lookSoon();
    this.#appointed = null;
    const { leader, zxid } = appointed;
    this.#election.appoint(leader, zxid, this.#config.isParticipant);
    if (leader === this.#setup.sid) this.#lead();
    else this.#learn(leader);
  }

  #lookSoon(): void {
    const { observerDelayMs } = this.#setup;
    const { isParticipant } = this.#config;
    const delayMs = isParticipant ? 0 : Math.floor(this.#random() * observerDelayMs);
    this.#lookMs = this.#clock.monotonicMs + delayMs;
    if (delayMs === 0) {
      this.#look();
      this.#act();
    }
  }

  /** /zookeeper/config, which each server writes for itself, outside the log (ZKDatabase.initConfigInZKDatabase). */
  #writeConfigNode(): void {
    const { text, version } = this.#config.committed;
    const bytes = new JuteWriter(text.length);
    bytes.writeText(text);
    const time = BigInt(this.#clock.wallMs);
    this.#data.tree.setData("/zookeeper/config", bytes.copy(), -1, version, time);
  }

  // ---- configurations -----------------------------------------------------------------------------------------

  #see(config: QuorumConfig): void {
    this.#config.see(config);
    this.#election.configured(this.#config.forElection);
  }

  /**
   * A configuration is in force (QuorumPeer.processReconfig). Answers whether this server has to leave its role: for
   * another one, or for another leader. With a designated leader the next role is clear then, without one it takes an
   * election.
   */
  #activate(config: QuorumConfig, designatedLeader: bigint | null, zxid: bigint): boolean {
    if (!this.#config.isChangeable) return false;
    const before = this.#config.committed;
    const isOther = this.#config.commit(config);
    this.#writeConfigNode();
    this.#election.configured(this.#config.forElection);
    if (!isOther) return false;
    this.#effects.report("info", `configuration ${config.version.toString(16)} is in force`);
    this.#effects.reconfigured(config);
    const hasOtherRole = this.#config.takeRole();
    const { leader } = this.#election.currentVote;
    if (designatedLeader === null) {
      const [old, now] = [before.servers.get(leader), config.servers.get(leader)];
      const isSame = old !== undefined && now?.isParticipant === true && hasQuorumAddressesOf(old, now);
      return hasOtherRole || !isSame;
    }
    const mustLeave = hasOtherRole || designatedLeader !== leader;
    if (mustLeave) this.#appointed = { leader: designatedLeader, zxid };
    return mustLeave;
  }

  /** A notification has told of a newer configuration while this server looks for a leader. */
  #adopt(text: string, restart: boolean): void {
    const config = this.#heardConfigs.read(text);
    if (config === null) return;
    const isOther = this.#config.commit(config);
    this.#writeConfigNode();
    if (!isOther) return;
    this.#config.takeRole();
    this.#effects.report(
      "info",
      `configuration ${config.version.toString(16)} was heard of, and is in force`,
    );
    this.#effects.reconfigured(config);
    this.#mustLook = restart;
  }
}
