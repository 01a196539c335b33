import { JuteError } from "../../../../protocol/jute/juteError.ts";
import { epochOf, formatHex } from "../../../../protocol/longs.ts";
import {
  ActivateInfo,
  InformAndActivate,
  PacketType,
  packetTypeName,
  RevalidateResponse,
  type QuorumPacket,
} from "../../../../protocol/records/quorum.ts";
import type { QuorumConfig } from "../../quorum/quorumConfig.ts";
import { copyOf } from "../../requests/keep.ts";
import { configOfTxn } from "./configTxn.ts";
import type { Proposed } from "./learnerEffects.ts";

/** All that a learner in service may ask of the world. The calls must not call back. */
export interface BroadcastEffects {
  /** Add to the log; `logged` says when it is on disk. */
  append(proposed: Proposed): void;
  /** A configuration is proposed: keep it, durably, before its proposal goes to the log. */
  see(config: QuorumConfig): void;
  /** As `LearnerEffects.activate`. */
  activate(config: QuorumConfig, designatedLeader: bigint, zxid: bigint): boolean;
  /**
   * Committed: takes effect on the tree, on sessions, for the client that waits. `designatedLeader`: of the configuration
   * that it brings; null if it brings none.
   */
  apply(proposed: Proposed, designatedLeader: bigint | null): void;
  /** One ACK for a proposal that is on disk. */
  ack(zxid: bigint): void;
  /** The leader is there, and wants to know of whom the learner has heard. */
  pinged(zxid: bigint): void;
  revalidated(sessionId: bigint, isValid: boolean): void;
  /** The oldest sync under way may be answered. */
  synced(): void;
  /** The connection must go, and the server looks for a leader again. */
  fail(reason: string): void;
  report(level: "warn", message: string): void;
}

/**
 * The learner's half of broadcast, from UPTODATE to the end of its leader: proposals go to the log and are acknowledged
 * one by one when they are on disk; commits take effect in the order of the proposals (Follower.processPacket and
 * Observer.processPacket of Apache 3.9.5; peer.md section 6).
 *
 *     PROPOSAL -> append ... logged -> ACK      COMMIT -> apply      INFORM -> append, apply
 */
export class LearnerBroadcast {
  readonly #effects: BroadcastEffects;
  readonly #isParticipant: boolean;
  /** Proposals that are not committed, oldest first, from `#head` on. */
  #pending: Proposed[] = [];
  #head = 0;
  /** Zxids that were appended and not acknowledged. */
  #unacked: bigint[] = [];
  #lastZxid: bigint;
  #isOver = false;

  /** @param lastZxid Of the log. */
  constructor(isParticipant: boolean, lastZxid: bigint, effects: BroadcastEffects) {
    this.#isParticipant = isParticipant;
    this.#lastZxid = lastZxid;
    this.#effects = effects;
  }

  /** Logged, or to be logged, and not committed, in order. */
  uncommitted(): readonly Proposed[] {
    return this.#pending.slice(this.#head);
  }

  /** What came while the learner synchronised and was not logged then; the first `committedCount` are committed. */
  begin(proposed: readonly Proposed[], committedCount: number): void {
    for (const each of proposed) this.#append(each);
    for (let i = 0; i < committedCount; i++) this.#commitNext(null);
  }

  packet(packet: QuorumPacket): void {
    if (this.#isOver) return;
    try {
      this.#take(packet);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.#fail(`${packetTypeName(packet.type)} of the leader cannot be read: ${error.message}`);
    }
  }

  /** Everything up to `zxid` is on disk. */
  logged(zxid: bigint): void {
    let count = 0;
    while (count < this.#unacked.length && this.#unacked[count] <= zxid) {
      if (this.#isParticipant) this.#effects.ack(this.#unacked[count]);
      count++;
    }
    if (count > 0) this.#unacked = this.#unacked.slice(count);
  }

  /** Nothing is taken any more. */
  end(): void {
    this.#isOver = true;
  }

  #take({ type, zxid, data }: QuorumPacket): void {
    switch (type) {
      case PacketType.PING:
        return this.#effects.pinged(zxid);
      case PacketType.PROPOSAL:
        return this.#propose({ zxid, data: copyOf(data ?? none) });
      case PacketType.COMMITANDACTIVATE:
        return this.#commitAndActivate(zxid, ActivateInfo.decode(data ?? none).designatedLeader);
      case PacketType.INFORMANDACTIVATE: {
        const { designatedLeader, txn } = InformAndActivate.decode(data ?? none);
        this.#propose({ zxid, data: copyOf(txn) });
        return this.#commitAndActivate(zxid, designatedLeader);
      }
      case PacketType.COMMIT:
        return this.#commit(zxid);
      case PacketType.INFORM:
        this.#propose({ zxid, data: copyOf(data ?? none) });
        return this.#commit(zxid);
      case PacketType.SYNC:
        return this.#effects.synced();
      case PacketType.REVALIDATE: {
        const { sessionId, valid } = RevalidateResponse.decode(data ?? none);
        return this.#effects.revalidated(sessionId, valid);
      }
      default:
        this.#effects.report("warn", `the leader has sent ${packetTypeName(type)}, which is ignored`);
    }
  }

  /** DIFFERS: Apache logs a hole with a warning. We synchronise again. */
  #propose(proposed: Proposed): void {
    const { zxid } = proposed;
    const isNext = zxid === this.#lastZxid + 1n || epochOf(zxid) > epochOf(this.#lastZxid);
    if (!isNext) return this.#fail(`proposal ${formatHex(zxid)} came behind ${formatHex(this.#lastZxid)}`);
    this.#append(proposed);
  }

  /** The configuration first, then the transaction, which a client of this server may wait for. */
  #commitAndActivate(zxid: bigint, designatedLeader: bigint): void {
    const oldest = this.#pending.at(this.#head);
    const config = oldest?.zxid === zxid ? configOfTxn(oldest.data) : null;
    const mustLeave = config !== null && this.#effects.activate(config, designatedLeader, zxid);
    this.#commit(zxid, designatedLeader);
    if (mustLeave && !this.#isOver) this.#fail("the new configuration gives it another role or leader");
  }

  #append(proposed: Proposed): void {
    const config = configOfTxn(proposed.data);
    if (config !== null) this.#effects.see(config);
    this.#lastZxid = proposed.zxid;
    this.#pending.push(proposed);
    this.#unacked.push(proposed.zxid);
    this.#effects.append(proposed);
  }

  #commit(zxid: bigint, designatedLeader: bigint | null = null): void {
    if (this.#isOver) return;
    const oldest = this.#pending.at(this.#head);
    if (oldest?.zxid !== zxid)
      return this.#fail(
        `commit of ${formatHex(zxid)}, the oldest proposal is ${formatHex(oldest?.zxid ?? 0n)}`,
      );
    this.#commitNext(designatedLeader);
  }

  #commitNext(designatedLeader: bigint | null): void {
    const next = this.#pending[this.#head++];
    if (this.#head === this.#pending.length) {
      this.#pending.length = 0;
      this.#head = 0;
    } else if (this.#head > 4096) {
      this.#pending = this.#pending.slice(this.#head);
      this.#head = 0;
    }
    this.#effects.apply(next, designatedLeader);
  }

  #fail(reason: string): void {
    this.#isOver = true;
    this.#effects.fail(reason);
  }
}

const none = new Uint8Array(0);
