import { JuteError } from "../../../../protocol/jute/juteError.ts";
import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import { epochOf, formatHex, zxidOf } from "../../../../protocol/longs.ts";
import {
  LeaderInfo,
  LearnerInfo,
  learnerProtocolVersion,
  PacketType,
  packetTypeName,
  type QuorumPacket,
} from "../../../../protocol/records/quorum.ts";
import type { QuorumConfig } from "../../quorum/quorumConfig.ts";
import { writePacket } from "../packetWriter.ts";
import type { CommittedLog, CommittedProposal } from "../sync/committedLog.ts";
import { planSync } from "../sync/syncPlan.ts";
import { LearnerHandler } from "./learnerHandler.ts";

export interface LearnerHandlersSetup {
  readonly sid: bigint;
  readonly committedLog: CommittedLog;
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  /** zookeeper.forceSnapshotSync. */
  readonly forceSnapshot: boolean;
  /** Bytes that may wait for a learner before it is dropped, to be synchronised again. */
  readonly outboundBytesMax: number;
}

/** What the handlers ask of the world. The calls must not call back; what has a `done` is under way until that. */
export interface LearnerHandlersEffects {
  /** `handler.out` went from empty to not empty: write it out before the turn ends. */
  flush(handler: LearnerHandler): void;
  /** Write out what is in `handler.out`, then close. */
  close(handler: LearnerHandler, reason: string): void;
  /**
   * Transactions of the logs on disk from the last that is not above `zxid`, up to `untilZxid`; null where the logs do
   * not reach back so far, or are larger than is worth it.
   */
  readHistory(
    zxid: bigint,
    untilZxid: bigint,
    done: (history: readonly CommittedProposal[] | null) => void,
  ): void;
  /**
   * Write out what is in `handler.out`, then the state as it is now and the signature behind it; what comes into
   * `handler.out` meanwhile waits for `done`.
   */
  streamSnapshot(handler: LearnerHandler, done: () => void): void;
  report(level: "info" | "warn", message: string): void;
}

/** Whose learners they are: a leader, or a follower that is a master of observers (LearnerMaster of Apache). */
export interface LearnerMaster {
  /** Of its tree. */
  readonly lastProcessedZxid: bigint;
  readonly committedConfig: QuorumConfig;
  readonly lastSeenConfig: QuorumConfig;
  /** The epoch that its learners are to follow. */
  readonly epoch: number;
  /** Takes a packet of a handler that is not closed. Throws JuteError for one that cannot be read. */
  take(handler: LearnerHandler, packet: QuorumPacket): void;
  /** From here on the learner gets everything; up to `reachedZxid` it has it already. */
  forwarding(handler: LearnerHandler, reachedZxid: bigint): void;
  /** It is closed, and nothing goes to it any more. */
  forgotten(handler: LearnerHandler): void;
}

/**
 * The learners that are connected to a server, and what is done for each of them whatever that server is: from the first
 * packet over synchronisation to the end (LearnerHandler of Apache 3.9.5; peer.md 4 and 5).
 */
export class LearnerHandlers {
  readonly #setup: LearnerHandlersSetup;
  readonly #effects: LearnerHandlersEffects;
  readonly #nowMs: () => number;
  readonly #master: LearnerMaster;
  readonly #handlers = new Set<LearnerHandler>();
  readonly #handlerBySid = new Map<bigint, LearnerHandler>();
  #isOver = false;

  constructor(
    setup: LearnerHandlersSetup,
    effects: LearnerHandlersEffects,
    nowMs: () => number,
    master: LearnerMaster,
  ) {
    this.#setup = setup;
    this.#effects = effects;
    this.#nowMs = nowMs;
    this.#master = master;
  }

  get size(): number {
    return this.#handlers.size;
  }

  [Symbol.iterator](): Iterator<LearnerHandler> {
    return this.#handlers[Symbol.iterator]();
  }

  /** Who has said that it is this server; undefined if nobody has. */
  of(sid: bigint): LearnerHandler | undefined {
    return this.#handlerBySid.get(sid);
  }

  // ---- inputs -----------------------------------------------------------------------------------------------

  /** A learner has connected. */
  accept(remote: string): LearnerHandler {
    const { initLimit, syncLimit, tickTimeMs } = this.#setup;
    const handler = new LearnerHandler(remote, this.#nowMs() + (initLimit + syncLimit) * tickTimeMs);
    this.#handlers.add(handler);
    return handler;
  }

  packet(handler: LearnerHandler, packet: QuorumPacket): void {
    if (this.#isOver || handler.isClosed) return;
    this.heard(handler);
    try {
      this.#master.take(handler, packet);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.drop(handler, `${packetTypeName(packet.type)} cannot be read: ${error.message}`);
    }
  }

  /** The connection is gone. */
  lost(handler: LearnerHandler, reason: string): void {
    if (handler.isClosed) return;
    this.#forget(handler);
    if (!this.#isOver && handler.sid !== -1n)
      this.#effects.report("warn", `server ${handler.sid} is gone: ${reason}`);
  }

  /** No learner is served any more. */
  end(reason: string): void {
    this.#isOver = true;
    for (const handler of Array.from(this.#handlers)) this.drop(handler, reason);
  }

  // ---- what a learner says, and hears -------------------------------------------------------------------------

  heard(handler: LearnerHandler): void {
    const { syncLimit, initLimit, tickTimeMs } = this.#setup;
    const isInSync = handler.phase === "serving" || handler.phase === "synced";
    const ticks = isInSync ? syncLimit : initLimit + syncLimit;
    handler.deadlineMs = this.#nowMs() + ticks * tickTimeMs;
  }

  /** Its first packet: who it is. Answers the epoch that it has accepted; null if it may not stay. */
  introduce(handler: LearnerHandler, { type, zxid, data }: QuorumPacket): number | null {
    const refuse = (reason: string): null => {
      this.drop(handler, reason);
      return null;
    };
    if (type !== PacketType.FOLLOWERINFO && type !== PacketType.OBSERVERINFO)
      return refuse(`${packetTypeName(type)} instead of FOLLOWERINFO`);
    const { sid, protocolVersion, configVersion } = LearnerInfo.decode(data ?? none);
    if (protocolVersion === null || protocolVersion < learnerProtocolVersion)
      return refuse(`server ${sid} is older than 3.4`);
    if (configVersion !== null && configVersion > this.#master.committedConfig.version)
      return refuse(`server ${sid} has a later configuration than its leader`);
    if (sid === this.#setup.sid) return refuse(`server ${sid} has the id of its leader`);
    const before = this.#handlerBySid.get(sid);
    if (before !== undefined) this.drop(before, `server ${sid} has connected anew`);
    handler.sid = sid;
    handler.isParticipant = type === PacketType.FOLLOWERINFO;
    handler.phase = "called";
    this.#handlerBySid.set(sid, handler);
    return epochOf(zxid);
  }

  sendLeaderInfo(handler: LearnerHandler, epoch: number): void {
    handler.phase = "informed";
    const data = LeaderInfo.encode({ protocolVersion: learnerProtocolVersion });
    this.send(handler, PacketType.LEADERINFO, zxidOf(epoch, 0), data);
  }

  upToDate(handler: LearnerHandler): void {
    handler.phase = "serving";
    this.send(handler, PacketType.UPTODATE, -1n, null);
  }

  send(handler: LearnerHandler, type: PacketType, zxid: bigint, data: Uint8Array | null): void {
    if (handler.isClosed) return;
    writePacket(handler.out, type, zxid, data);
    if (handler.out.length > this.#setup.outboundBytesMax)
      return this.drop(handler, `server ${handler.sid} is too slow: ${handler.out.length} bytes wait for it`);
    if (handler.flushing) return;
    handler.flushing = true;
    this.#effects.flush(handler);
  }

  // ---- synchronisation ------------------------------------------------------------------------------------------

  synchronise(handler: LearnerHandler): void {
    handler.phase = "syncing";
    const { committedLog, forceSnapshot } = this.#setup;
    const min = committedLog.minZxid ?? this.#master.lastProcessedZxid;
    if (forceSnapshot || handler.peerZxid >= min) return this.#synchronise(handler, null);
    // Nothing is lost that is committed while the disk is read: it joins the committed log, which is looked at then.
    this.#effects.readHistory(handler.peerZxid, min, (history) => {
      if (!this.#isOver && !handler.isClosed) this.#synchronise(handler, history);
    });
  }

  #synchronise(handler: LearnerHandler, history: readonly CommittedProposal[] | null): void {
    const { committedLog, forceSnapshot } = this.#setup;
    const plan = planSync(handler.peerZxid, {
      lastProcessedZxid: this.#master.lastProcessedZxid,
      committedLog,
      forceSnapshot,
      fromDisk: () => history,
    });
    this.#effects.report(
      "info",
      `server ${handler.sid} is at ${formatHex(handler.peerZxid)} and gets ${plan.kind} ${formatHex(plan.zxid)} ` +
        `with ${plan.proposals.length} transactions`,
    );
    this.send(handler, PacketType[plan.kind], plan.zxid, null);
    for (const { zxid, data } of plan.proposals) {
      this.send(handler, PacketType.PROPOSAL, zxid, data);
      this.send(handler, PacketType.COMMIT, zxid, null);
    }
    if (handler.isClosed) return;
    const newLeader = (): void => this.#newLeader(handler);
    if (plan.kind === "SNAP") this.#effects.streamSnapshot(handler, newLeader);
    handler.isForwarding = true;
    this.#master.forwarding(handler, plan.reachedZxid);
    if (plan.kind !== "SNAP") newLeader();
  }

  #newLeader(handler: LearnerHandler): void {
    if (this.#isOver || handler.isClosed) return;
    handler.phase = "told";
    this.heard(handler);
    const { text: configText } = this.#master.lastSeenConfig;
    const text = new JuteWriter(configText.length);
    text.writeText(configText);
    this.send(handler, PacketType.NEWLEADER, zxidOf(this.#master.epoch, 0), text.view());
  }

  // ---- who is there -----------------------------------------------------------------------------------------

  /** Who says nothing, or does not get a proposal onto its disk. */
  dropSilent(now: number): void {
    const syncMs = this.#setup.syncLimit * this.#setup.tickTimeMs;
    for (const handler of Array.from(this.#handlers)) {
      const { sid, waitingSinceMs, deadlineMs } = handler;
      if (deadlineMs < now) this.drop(handler, `server ${sid} is silent`);
      else if (waitingSinceMs !== null && handler.phase === "serving" && waitingSinceMs + syncMs < now)
        this.drop(handler, `server ${sid} has not acknowledged ${formatHex(handler.waitingForZxid)} in time`);
    }
  }

  drop(handler: LearnerHandler, reason: string): void {
    if (handler.isClosed) return;
    this.#forget(handler);
    this.#effects.close(handler, reason);
  }

  #forget(handler: LearnerHandler): void {
    const isKnown = this.#handlerBySid.get(handler.sid) === handler;
    handler.phase = "closed";
    handler.isForwarding = false;
    this.#handlers.delete(handler);
    if (isKnown) this.#handlerBySid.delete(handler.sid);
    this.#master.forgotten(handler);
  }
}

const none = new Uint8Array(0);
