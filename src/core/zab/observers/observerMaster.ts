import { counterOf, formatHex } from "../../../../protocol/longs.ts";
import { OpCode } from "../../../../protocol/opcodes.ts";
import {
  InformAndActivate,
  LearnerRequest,
  PacketType,
  packetTypeName,
  RevalidateRequest,
  RevalidateResponse,
  TouchTable,
  type QuorumPacket,
} from "../../../../protocol/records/quorum.ts";
import type { QuorumConfig } from "../../quorum/quorumConfig.ts";
import type { LearnerHandler } from "../leader/learnerHandler.ts";
import {
  LearnerHandlers,
  type LearnerHandlersEffects,
  type LearnerHandlersSetup,
  type LearnerMaster,
} from "../leader/learnerHandlers.ts";
import type { Proposed } from "../learner/learnerEffects.ts";
import { SessionPlaces } from "./sessionPlaces.ts";

/** Questions about sessions that may be under way at once; whoever goes beyond that is dropped. */
export const revalidationsMax = 1_000_000;

export interface ObserverMasterSetup extends LearnerHandlersSetup {
  /** The epoch of the leader that this server follows. */
  readonly epoch: number;
}

/** The follower that a master of observers is part of. The calls must not call back. */
export interface ObserverMasterEffects extends LearnerHandlersEffects {
  /** Of the follower's tree. */
  lastProcessedZxid(): bigint;
  committedConfig(): QuorumConfig;
  lastSeenConfig(): QuorumConfig;
  /** Pass a packet on to the leader; its bytes are valid during the call only. */
  toLeader(packet: QuorumPacket): void;
  /** A sync goes to the leader next; `answer` is called when that has answered it, in an input of its own. */
  awaitSync(answer: () => void): void;
  /** A session is alive: the leader has to hear of it. */
  touch(sessionId: bigint, timeoutMs: number): void;
  /** Whether the session is one of the ensemble. */
  isSession(sessionId: bigint): boolean;
  /** Its client speaks through an observer now: a connection that it has left here is over. */
  movedAway(sessionId: bigint): void;
}

interface Revalidation {
  readonly sessionId: bigint;
  readonly timeoutMs: number;
  readonly handler: LearnerHandler;
}

/**
 * A follower that takes observers in the place of its leader, from UPTODATE to the end of the role: brings them up to
 * date from what it has itself, tells them what is committed, and passes on what they ask for their clients
 * (ObserverMaster of Apache 3.9.5, on observerMasterPort). To the leader their sessions are those of this follower.
 *
 *     COMMIT of the leader -> committed -> INFORM      REQUEST, REVALIDATE of an observer -> leader -> SYNC, REVALIDATE
 *
 * DIFFERS: Apache keeps up to zookeeper.observerMaster.sizeLimit bytes of commits, since its tree lags behind them, and
 * turns away whom they do not reach back to; here what is committed is in tree and committed log before the next packet.
 */
export class ObserverMaster implements LearnerMaster {
  readonly epoch: number;
  readonly #setup: ObserverMasterSetup;
  readonly #effects: ObserverMasterEffects;
  readonly #nowMs: () => number;
  readonly #handlers: LearnerHandlers;
  /** As the leader will answer them; those of handlers that are gone stay in their place. */
  #revalidations: Revalidation[] = [];
  readonly #places: SessionPlaces<LearnerHandler>;
  #lastForwarded = 0n;
  #nextPingMs: number;
  #isOver = false;

  constructor(setup: ObserverMasterSetup, effects: ObserverMasterEffects, nowMs: () => number) {
    this.epoch = setup.epoch;
    this.#setup = setup;
    this.#effects = effects;
    this.#nowMs = nowMs;
    this.#nextPingMs = nowMs() + setup.tickTimeMs / 2;
    this.#handlers = new LearnerHandlers(setup, effects, nowMs, this);
    this.#places = new SessionPlaces((place, id) => place?.isClosed !== true && effects.isSession(id));
  }

  get lastProcessedZxid(): bigint {
    return this.#effects.lastProcessedZxid();
  }

  get committedConfig(): QuorumConfig {
    return this.#effects.committedConfig();
  }

  get lastSeenConfig(): QuorumConfig {
    return this.#effects.lastSeenConfig();
  }

  /** Observers that get what is committed. */
  get syncedObservers(): number {
    let count = 0;
    for (const { isForwarding } of this.#handlers) if (isForwarding) count++;
    return count;
  }

  /** When `tick` is due. */
  get nextDueMs(): number {
    return this.#isOver ? Number.POSITIVE_INFINITY : this.#nextPingMs;
  }

  // ---- inputs -----------------------------------------------------------------------------------------------

  /** An observer has connected. */
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

  /** The follower's next transaction has taken effect; `designatedLeader` is of the configuration that it brings. */
  committed({ zxid, data }: Proposed, designatedLeader: bigint | null): void {
    this.#lastForwarded = zxid;
    const isReconfig = designatedLeader !== null;
    const told = isReconfig ? InformAndActivate.encode({ designatedLeader, txn: data }) : data;
    const type = isReconfig ? PacketType.INFORMANDACTIVATE : PacketType.INFORM;
    for (const handler of this.#handlers)
      if (handler.isForwarding) this.#handlers.send(handler, type, zxid, told);
  }

  /** The leader's word on a session. Answers whether an observer had asked; if not, it is about a client of its own. */
  revalidated(sessionId: bigint, valid: boolean): boolean {
    const oldest = this.#revalidations.at(0);
    if (oldest?.sessionId !== sessionId) {
      if (valid) this.#places.cameHere(sessionId);
      return false;
    }
    this.#revalidations.shift();
    const data = RevalidateResponse.encode({ sessionId, valid });
    this.#handlers.send(oldest.handler, PacketType.REVALIDATE, -1n, data);
    if (!valid) return true;
    this.#effects.touch(sessionId, oldest.timeoutMs);
    this.#places.cameTo(sessionId, oldest.handler);
    this.#effects.movedAway(sessionId);
    return true;
  }

  tick(): void {
    const now = this.#nowMs();
    if (now < this.#nextPingMs || this.#isOver) return;
    this.#nextPingMs = now + this.#setup.tickTimeMs / 2;
    this.#handlers.dropSilent(now);
    for (const handler of this.#handlers)
      if (handler.isForwarding) this.#handlers.send(handler, PacketType.PING, this.#lastForwarded, null);
  }

  /** The follower has lost its leader, or stops: the observers have to find another master. */
  end(reason: string): void {
    this.#isOver = true;
    this.#handlers.end(reason);
  }

  // ---- what the observers say ---------------------------------------------------------------------------------

  take(handler: LearnerHandler, packet: QuorumPacket): void {
    const { type, zxid } = packet;
    switch (handler.phase) {
      case "new":
        return this.#onInfo(handler, packet);
      case "informed":
        if (type !== PacketType.ACKEPOCH) return this.#refuse(handler, type, PacketType.ACKEPOCH);
        handler.peerZxid = zxid;
        return this.#handlers.synchronise(handler);
      case "told":
        if (type !== PacketType.ACK) return this.#refuse(handler, type, PacketType.ACK);
        this.#handlers.upToDate(handler);
        return this.#handlers.heard(handler);
      case "serving":
        return this.#onBroadcast(handler, packet);
      default:
        return this.#handlers.drop(handler, `${packetTypeName(type)} came out of turn`);
    }
  }

  forwarding(): void {}

  forgotten(): void {}

  #refuse(handler: LearnerHandler, type: number, expected: PacketType): void {
    this.#handlers.drop(handler, `${packetTypeName(type)} instead of ${packetTypeName(expected)}`);
  }

  /** What the leader's epoch is has been decided: nobody has to be waited for. */
  #onInfo(handler: LearnerHandler, packet: QuorumPacket): void {
    if (packet.type !== PacketType.OBSERVERINFO)
      return this.#refuse(handler, packet.type, PacketType.OBSERVERINFO);
    if (this.#handlers.introduce(handler, packet) === null) return;
    this.#handlers.sendLeaderInfo(handler, this.epoch);
  }

  #onBroadcast(handler: LearnerHandler, packet: QuorumPacket): void {
    const { type, zxid, data } = packet;
    switch (type) {
      case PacketType.ACK:
        // The second ACK of NEWLEADER; of proposals an observer has none.
        if (counterOf(zxid) !== 0) this.#handlers.drop(handler, "an observer acknowledges nothing");
        return;
      case PacketType.PING:
        for (const { sessionId, timeout } of TouchTable.decode(data ?? none))
          this.#effects.touch(sessionId, timeout);
        return;
      case PacketType.REVALIDATE:
        return this.#onRevalidate(handler, packet);
      case PacketType.REQUEST:
        return this.#onRequest(handler, packet);
      default:
        this.#effects.report(
          "warn",
          `server ${handler.sid} has sent ${packetTypeName(type)}, which is ignored`,
        );
    }
  }

  #onRevalidate(handler: LearnerHandler, packet: QuorumPacket): void {
    const { sessionId, timeout } = RevalidateRequest.decode(packet.data ?? none);
    if (this.#revalidations.length >= revalidationsMax)
      return this.#handlers.drop(handler, "too many sessions wait for the leader's word");
    this.#revalidations.push({ sessionId, timeoutMs: timeout, handler });
    this.#effects.toLeader(packet);
  }

  #onRequest(handler: LearnerHandler, packet: QuorumPacket): void {
    const { type, sessionId } = LearnerRequest.decode(packet.data ?? none);
    if (type === OpCode.createSession) this.#places.cameTo(sessionId, handler);
    // DIFFERS: Apache passes it on, and the leader cannot tell it from what the client has asked for since.
    if (!this.#places.maySpeak(sessionId, handler)) {
      const text = `a request of session ${formatHex(sessionId)} came late: it has left server ${handler.sid}`;
      return this.#effects.report("info", text);
    }
    if (type === OpCode.sync)
      this.#effects.awaitSync(() => this.#handlers.send(handler, PacketType.SYNC, 0n, null));
    this.#effects.toLeader(packet);
  }
}

const none = new Uint8Array(0);
