import { OpCode } from "../../../../protocol/opcodes.ts";
import {
  AckEpoch,
  ActivateInfo,
  InformAndActivate,
  LearnerRequest,
  PacketType,
  packetTypeName,
  RevalidateRequest,
  RevalidateResponse,
  TouchTable,
  type QuorumPacket,
} from "../../../../protocol/records/quorum.ts";
import { counterOf, zxidOf } from "../../../../protocol/longs.ts";
import type { QuorumConfig } from "../../quorum/quorumConfig.ts";
import type { BroadcastListener } from "../../server/place.ts";
import type { ZooKeeperServer } from "../../server/zooKeeperServer.ts";
import { BufferStats } from "../../stats/bufferStats.ts";
import type { LeaderGauges } from "../../stats/serverView.ts";
import { EpochAgreement, type AgreementEffects } from "../discovery/epochAgreement.ts";
import type { LeaderEffects } from "./leaderEffects.ts";
import type { LearnerHandler } from "./learnerHandler.ts";
import { LearnerHandlers, type LearnerHandlersSetup, type LearnerMaster } from "./learnerHandlers.ts";
import { Reconfigurations, type LeaderConfigs } from "./reconfigurations.ts";

export interface LeaderSetup extends LearnerHandlersSetup {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  /** Of its tree, and of its log: everything logged is applied when a server leads. */
  readonly lastZxid: bigint;
  /** As they are now; they change while it leads. */
  readonly configs: LeaderConfigs;
  /** Voters that a new configuration must have. */
  readonly votersMin: number;
}

/** Until when the answer to a sync has to wait. */
interface PendingSync {
  readonly zxid: bigint;
  readonly handler: LearnerHandler;
}

/**
 * A server that was elected, from there to its end: agrees on an epoch, brings each learner up to date, sends proposals
 * and commits to them, and serves what they ask for their clients (Leader and LearnerHandler of Apache 3.9.5; peer.md 4
 * to 6). The inputs are `accept`, `packet`, `lost` and `tick`; a proposal goes
 *
 *     ZooKeeperServer.writePath -> proposed -> PROPOSAL ... ACK -> writePath.acked -> committed -> COMMIT, INFORM
 */
export class Leader implements AgreementEffects, BroadcastListener, LearnerMaster {
  readonly #setup: LeaderSetup;
  readonly #effects: LeaderEffects;
  readonly #nowMs: () => number;
  readonly #agreement: EpochAgreement;
  readonly #handlers: LearnerHandlers;
  #syncs: PendingSync[] = [];
  #server: ZooKeeperServer | null = null;
  #lastProposed = 0n;
  #nextPingMs: number;
  #isWholeTick = false;
  #establishedMs = 0;
  /** Sizes of the proposals, for srvr and mntr. */
  readonly proposalStats = new BufferStats();
  #isOver = false;
  #isExhausted = false;
  readonly #reconfigurations: Reconfigurations;

  constructor(setup: LeaderSetup, effects: LeaderEffects, nowMs: () => number) {
    this.#setup = setup;
    this.#effects = effects;
    this.#nowMs = nowMs;
    this.#nextPingMs = nowMs() + setup.tickTimeMs / 2;
    this.#handlers = new LearnerHandlers(setup, effects, nowMs, this);
    const { sid, votersMin, configs } = setup;
    const voters = {
      synced: () => this.#synced(),
      ackedZxidOf: (voter: bigint) => this.#ackedZxidOf(voter),
    };
    this.#reconfigurations = new Reconfigurations(sid, votersMin, configs, voters, effects);
    const contains = (sids: ReadonlySet<bigint>): boolean => this.#reconfigurations.isQuorum(sids);
    this.#agreement = new EpochAgreement(
      setup,
      { isCommittedQuorum: contains, isQuorum: contains },
      this,
      setup.initLimit * setup.tickTimeMs,
      nowMs(),
    );
  }

  /** Null until the ensemble is established. */
  get server(): ZooKeeperServer | null {
    return this.#server;
  }

  get epoch(): number {
    return this.#agreement.epoch;
  }

  get lastProcessedZxid(): bigint {
    return this.#server?.lastProcessedZxid ?? this.#setup.lastZxid;
  }

  get committedConfig(): QuorumConfig {
    return this.#reconfigurations.committed;
  }

  get lastSeenConfig(): QuorumConfig {
    return this.#reconfigurations.lastSeen;
  }

  /** How many learners there are, and of which kind, as mntr shows them. */
  get gauges(): LeaderGauges & { readonly syncedObservers: number } {
    let syncedFollowers = 0;
    let syncedNonVotingFollowers = 0;
    let syncedObservers = 0;
    for (const { sid, isParticipant, isForwarding } of this.#handlers) {
      if (!isForwarding) continue;
      if (!isParticipant) syncedObservers++;
      else {
        syncedFollowers++;
        if (!this.#reconfigurations.committed.votingMembers.has(sid)) syncedNonVotingFollowers++;
      }
    }
    return {
      learners: this.#handlers.size,
      syncedFollowers,
      syncedNonVotingFollowers,
      syncedObservers,
      pendingSyncs: this.#syncs.length,
      leaderUptimeMs: this.#nowMs() - this.#establishedMs,
    };
  }

  /** When `tick` is due. */
  get nextDueMs(): number {
    return Math.min(this.#nextPingMs, this.#agreement.deadlineMs);
  }

  // ---- inputs -----------------------------------------------------------------------------------------------

  /** A learner has connected. */
  accept(remote: string): LearnerHandler {
    return this.#handlers.accept(remote);
  }

  packet(handler: LearnerHandler, packet: QuorumPacket): void {
    this.#handlers.packet(handler, packet);
  }

  /** The connection is gone. */
  lost(handler: LearnerHandler, reason: string): void {
    this.#handlers.lost(handler, reason);
  }

  /** The role is over: every learner has to look for a leader anew. */
  end(reason: string): void {
    this.#isOver = true;
    this.#needsOracle(true);
    this.#handlers.end(reason);
  }

  tick(): void {
    const now = this.#nowMs();
    this.#agreement.tick(now);
    if (now < this.#nextPingMs || this.#isOver) return;
    this.#nextPingMs = now + this.#setup.tickTimeMs / 2;
    this.#handlers.dropSilent(now);
    if (this.#server === null) return;
    if (this.#isExhausted) return this.giveUp("its epoch has no zxid left");
    if (this.#isWholeTick && !this.#hasQuorum(now) && !this.#goesOnAlone())
      return this.giveUp("too few followers are in touch");
    this.#isWholeTick = !this.#isWholeTick;
    // What the oracle lets this server decide may have waited for its word.
    if (this.#setup.configs.oracle?.isNeeded === true) this.#server.writePath.decideAnew();
    for (const handler of this.#handlers) if (handler.isForwarding) this.#ping(handler);
  }

  /** Too few are in touch: whether that is nobody, and the oracle lets this server go on by itself. */
  #goesOnAlone(): boolean {
    for (const { isParticipant, isForwarding } of this.#handlers)
      if (isParticipant && isForwarding) return false;
    this.#needsOracle(true);
    if (!this.#reconfigurations.isQuorum(new Set([this.#setup.sid]))) return false;
    this.#effects.report("warn", "nobody follows, and the oracle lets this server go on alone");
    return true;
  }

  #needsOracle(isNeeded: boolean): void {
    const { oracle = null } = this.#setup.configs;
    if (oracle !== null) oracle.isNeeded = isNeeded;
  }

  // ---- what the learners say ----------------------------------------------------------------------------------

  take(handler: LearnerHandler, packet: QuorumPacket): void {
    const { type, zxid, data } = packet;
    switch (handler.phase) {
      case "new":
        return this.#onInfo(handler, packet);
      case "informed": {
        if (type !== PacketType.ACKEPOCH)
          return this.#handlers.drop(handler, `${packetTypeName(type)} instead of ACKEPOCH`);
        const { currentEpoch } = AckEpoch.decode(data ?? none);
        handler.phase = "acked";
        handler.peerZxid = zxid;
        return this.#agreement.ackEpoch(handler.sid, { currentEpoch, lastZxid: zxid });
      }
      case "told":
        if (type !== PacketType.ACK)
          return this.#handlers.drop(handler, `${packetTypeName(type)} instead of ACK`);
        return this.#onNewLeaderAck(handler, zxid);
      case "synced":
      case "serving":
        return this.#onBroadcast(handler, packet);
      default:
        return this.#handlers.drop(handler, `${packetTypeName(type)} came out of turn`);
    }
  }

  #onInfo(handler: LearnerHandler, packet: QuorumPacket): void {
    const acceptedEpoch = this.#handlers.introduce(handler, packet);
    if (acceptedEpoch !== null) this.#agreement.calls(handler.sid, acceptedEpoch, handler.isParticipant);
  }

  #onNewLeaderAck(handler: LearnerHandler, zxid: bigint): void {
    if (!this.#agreement.newLeaderAck(handler.sid, zxid)) return;
    if (handler.isClosed) return;
    // Its ACK may have been the one that established the ensemble, which has told it already.
    if (handler.phase !== "told") return;
    handler.phase = "synced";
    this.#handlers.heard(handler);
    if (this.#server !== null) this.#handlers.upToDate(handler);
  }

  #onBroadcast(handler: LearnerHandler, packet: QuorumPacket): void {
    const { type, zxid, data } = packet;
    const server = this.#server;
    switch (type) {
      case PacketType.ACK:
        return this.#onAck(handler, zxid);
      case PacketType.PING:
        return this.#onTouches(data ?? none);
      case PacketType.REVALIDATE:
        return this.#onRevalidate(handler, data ?? none);
      case PacketType.REQUEST:
        if (server !== null) this.#onRequest(server, handler, packet);
        return;
      default:
        this.#effects.report(
          "warn",
          `server ${handler.sid} has sent ${packetTypeName(type)}, which is ignored`,
        );
    }
  }

  #onAck(handler: LearnerHandler, zxid: bigint): void {
    // The second ACK of NEWLEADER, and those of proposals that an earlier leader has made.
    if (counterOf(zxid) === 0) return;
    handler.acked(zxid, this.#nowMs());
    this.#server?.writePath.acked(handler.sid, zxid);
  }

  /** The sessions that the learner has heard of since its last answer. */
  #onTouches(data: Uint8Array): void {
    const server = this.#server;
    if (server === null) return;
    const { monotonicMs } = server.clock;
    for (const { sessionId, timeout } of TouchTable.decode(data)) {
      const session = server.sessions.get(sessionId);
      if (session === undefined) continue;
      session.timeoutMs = timeout;
      server.sessions.touch(session, monotonicMs);
    }
  }

  #onRevalidate(handler: LearnerHandler, data: Uint8Array): void {
    const server = this.#server;
    const { sessionId, timeout } = RevalidateRequest.decode(data);
    let valid = false;
    const session = server?.sessions.get(sessionId);
    // A session that is local here cannot go on elsewhere.
    if (server !== null && session !== undefined && !session.closing && !session.local) {
      session.timeoutMs = timeout;
      valid = server.sessions.touch(session, server.clock.monotonicMs);
      if (valid) server.sessions.setOwner(session, handler);
    }
    this.#handlers.send(handler, PacketType.REVALIDATE, -1n, RevalidateResponse.encode({ sessionId, valid }));
  }

  #onRequest(server: ZooKeeperServer, handler: LearnerHandler, { data, authinfo }: QuorumPacket): void {
    const request = LearnerRequest.decode(data ?? none);
    if (request.type === OpCode.sync) return this.#onSync(server, handler);
    const authIds = (authinfo ?? []).map(({ scheme, id }) => ({ scheme: scheme ?? "", id: id ?? "" }));
    server.leaderWrites?.fromLearner(handler, request, authIds);
  }

  #onSync(server: ZooKeeperServer, handler: LearnerHandler): void {
    // Another server leads already: this one does not know what has been committed.
    if (server.writePath.isStopped) return;
    if (server.outstandingProposals === 0) return this.#handlers.send(handler, PacketType.SYNC, 0n, null);
    this.#syncs.push({ zxid: this.#lastProposed, handler });
  }

  // ---- broadcast --------------------------------------------------------------------------------------------

  reconfiguring(zxid: bigint, configText: Uint8Array): void {
    const quorum = this.#reconfigurations.begin(zxid, configText);
    this.#server?.writePath.useQuorum(quorum, zxid);
  }

  proposed(zxid: bigint, data: Uint8Array): void {
    const now = this.#nowMs();
    this.#lastProposed = zxid;
    this.proposalStats.add(data.length);
    for (const handler of this.#handlers)
      if (handler.isForwarding && handler.isParticipant) this.#propose(handler, zxid, data, now);
  }

  #propose(handler: LearnerHandler, zxid: bigint, data: Uint8Array, now: number): void {
    handler.proposed(zxid, now);
    this.#handlers.send(handler, PacketType.PROPOSAL, zxid, data);
  }

  committed(zxid: bigint, data: Uint8Array): void {
    this.#setup.committedLog.add({ zxid, data });
    if (this.#reconfigurations.isPending(zxid)) this.#activate(zxid, data);
    else this.#tellCommitted(zxid, data);
    while (this.#syncs.length > 0 && this.#syncs[0].zxid <= zxid) {
      const [{ handler }] = this.#syncs.splice(0, 1);
      this.#handlers.send(handler, PacketType.SYNC, 0n, null);
    }
  }

  #tellCommitted(zxid: bigint, data: Uint8Array): void {
    for (const handler of this.#handlers) {
      if (!handler.isForwarding) continue;
      if (handler.isParticipant) this.#handlers.send(handler, PacketType.COMMIT, zxid, null);
      else this.#handlers.send(handler, PacketType.INFORM, zxid, data);
    }
  }

  /**
   * The new configuration is in force. It may have another leader: then every member leaves for that one, without an
   * election, and this server commits nothing any more.
   */
  #activate(zxid: bigint, data: Uint8Array): void {
    const designatedLeader = this.#reconfigurations.finish();
    this.#server?.writePath.useQuorum(this.#reconfigurations.quorum);
    if (designatedLeader !== this.#setup.sid) this.#server?.writePath.stopCommitting();
    const toParticipants = ActivateInfo.encode({ designatedLeader });
    const toObservers = InformAndActivate.encode({ designatedLeader, txn: data });
    for (const handler of this.#handlers) {
      if (!handler.isForwarding) continue;
      if (handler.isParticipant)
        this.#handlers.send(handler, PacketType.COMMITANDACTIVATE, zxid, toParticipants);
      else this.#handlers.send(handler, PacketType.INFORMANDACTIVATE, zxid, toObservers);
    }
  }

  #ackedZxidOf(sid: bigint): bigint | null {
    if (this.#server !== null) return this.#server.writePath.ackedZxidOf(sid);
    return this.#handlers.of(sid)?.phase === "synced" ? zxidOf(this.#agreement.epoch, 0) : null;
  }

  exhausted(): void {
    this.#isExhausted = true;
    this.#nextPingMs = this.#nowMs();
  }

  #ping(handler: LearnerHandler): void {
    this.#handlers.send(handler, PacketType.PING, this.#lastProposed, null);
  }

  // ---- the agreement on an epoch, and synchronisation -----------------------------------------------------------

  writeAcceptedEpoch(epoch: number): void {
    this.#effects.writeAcceptedEpoch(epoch, () => {
      if (this.#isOver) return;
      this.#reconfigurations.nameFirst(epoch);
      this.#agreement.acceptedEpochWritten(this.#nowMs());
    });
  }

  writeCurrentEpoch(epoch: number): void {
    this.#effects.writeCurrentEpoch(epoch, () => {
      if (!this.#isOver) this.#agreement.currentEpochWritten(this.#nowMs());
    });
  }

  sendLeaderInfo(sid: bigint, epoch: number): void {
    const handler = this.#handlers.of(sid);
    if (handler !== undefined) this.#handlers.sendLeaderInfo(handler, epoch);
  }

  synchronise(sid: bigint): void {
    const handler = this.#handlers.of(sid);
    if (handler !== undefined) this.#handlers.synchronise(handler);
  }

  /** From here on the learner gets everything; first, what is under way. */
  forwarding(handler: LearnerHandler, reachedZxid: bigint): void {
    if (handler.isParticipant) this.#needsOracle(false);
    const server = this.#server;
    if (server === null || !handler.isParticipant) return;
    const now = this.#nowMs();
    for (const { zxid, data } of server.writePath.outstanding())
      if (zxid > reachedZxid && data !== null) this.#propose(handler, zxid, data, now);
  }

  established(epoch: number): void {
    const epochZxid = zxidOf(epoch, 0);
    this.#lastProposed = epochZxid;
    this.#establishedMs = this.#nowMs();
    const { sid } = this.#setup;
    const ensemble = this.#reconfigurations;
    const designatedLeader = ensemble.establish(epochZxid);
    const { quorum } = ensemble;
    const server = this.#effects.serve({ kind: "leader", sid, quorum, epochZxid, learners: this, ensemble });
    this.#server = server;
    if (designatedLeader !== sid) server.writePath.stopCommitting();
    for (const handler of this.#handlers) {
      if (handler.phase !== "synced") continue;
      this.#handlers.upToDate(handler);
    }
  }

  drop(sid: bigint, reason: string): void {
    const handler = this.#handlers.of(sid);
    if (handler !== undefined) this.#handlers.drop(handler, reason);
  }

  giveUp(reason: string): void {
    if (this.#isOver) return;
    this.end(reason);
    this.#effects.giveUp(reason);
  }

  // ---- who is there -----------------------------------------------------------------------------------------

  #synced(): ReadonlySet<bigint> {
    const sids = new Set([this.#setup.sid]);
    for (const { sid, isParticipant, phase } of this.#handlers)
      if (isParticipant && phase === "serving") sids.add(sid);
    return sids;
  }

  #hasQuorum(now: number): boolean {
    const sids = new Set([this.#setup.sid]);
    for (const { sid, isParticipant, deadlineMs } of this.#handlers)
      if (isParticipant && deadlineMs >= now) sids.add(sid);
    return this.#reconfigurations.isQuorum(sids);
  }

  forgotten(handler: LearnerHandler): void {
    this.#syncs = this.#syncs.filter((sync) => sync.handler !== handler);
    if (this.#handlers.of(handler.sid) === undefined) this.#agreement.left(handler.sid);
  }
}

const none = new Uint8Array(0);
