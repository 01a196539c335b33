import { JuteError } from "../../../../protocol/jute/juteError.ts";
import { counterOf, epochOf, zxidOf } from "../../../../protocol/longs.ts";
import {
  AckEpoch,
  ActivateInfo,
  InformAndActivate,
  LearnerInfo,
  learnerProtocolVersion,
  PacketType,
  packetTypeName,
  type QuorumPacket,
} from "../../../../protocol/records/quorum.ts";
import type { QuorumConfig } from "../../quorum/quorumConfig.ts";
import { copyOf } from "../../requests/keep.ts";
import { configOfTxn, readConfig } from "./configTxn.ts";
import type { LearnerEffects, LearnerState, Proposed } from "./learnerEffects.ts";

type Phase = "new" | "called" | "accepting" | "choosing" | "syncing" | "saving" | "ready" | "over";

const nothing = new Uint8Array(0);

/**
 * The learner's half of discovery and synchronisation, from its call to UPTODATE. What it says is always behind what it
 * has on disk: the accepted epoch before ACKEPOCH; the cut or the snapshot, then the missing transactions, then the
 * current epoch, before the ACK of NEWLEADER (ZOOKEEPER-4643, 4785). An observer keeps to it too.
 *
 * Inputs are `begin`, `packet`, `diskDone` and `lost`. While `isBusy` the packets that come wait inside; the connection
 * is better not read from. Source: Learner.registerWithLeader and syncWithLeader of Apache 3.9.5; peer.md 4, 5.3, 12.
 */
export class LearnerSync {
  readonly #state: LearnerState;
  readonly #effects: LearnerEffects;
  #phase: Phase = "new";
  #epoch = 0;
  #isBusy = false;
  /** What is to be done when the disk has done what is under way. */
  #next: (() => void) | null = null;
  #waiting: QuorumPacket[] = [];
  /** From the leader and not in the log yet, in zxid order; the first `#committedCount` are committed. */
  #proposed: Proposed[] = [];
  #committedCount = 0;
  #lastZxid: bigint;
  /** Whether the tree is not what is on disk. */
  #isDirty = false;
  /** Of the snapshot that came over the wire; null without one. */
  #snapshotZxid: bigint | null = null;
  /** As NEWLEADER has named it: in force once UPTODATE has come. */
  #leaderConfig: QuorumConfig | null = null;

  constructor(state: LearnerState, effects: LearnerEffects) {
    this.#state = state;
    this.#effects = effects;
    this.#lastZxid = state.lastLoggedZxid;
  }

  /** Whether the disk is at work, so that packets wait. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** The epoch of the leader, once it has told it. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The connection to the leader is made: calls. */
  begin(): void {
    const { sid, isParticipant, acceptedEpoch, configVersion } = this.#state;
    this.#phase = "called";
    const data = LearnerInfo.encode({ sid, protocolVersion: learnerProtocolVersion, configVersion });
    this.#send(
      isParticipant ? PacketType.FOLLOWERINFO : PacketType.OBSERVERINFO,
      zxidOf(acceptedEpoch, 0),
      data,
    );
  }

  packet(packet: QuorumPacket): void {
    if (this.#phase === "over") return;
    if (this.#isBusy) this.#waiting.push(packet);
    else this.#take(packet);
  }

  /** What was asked of the disk is durable. */
  diskDone(): void {
    if (this.#phase === "over") return;
    const next = this.#next;
    this.#isBusy = false;
    this.#next = null;
    next?.();
    this.#takeWaiting();
  }

  /** The connection is gone. */
  lost(reason: string): void {
    if (this.#phase !== "over") this.#fail(reason);
  }

  #takeWaiting(): void {
    let taken = 0;
    while (taken < this.#waiting.length && !this.#isBusy && this.#phase !== "over")
      this.#take(this.#waiting[taken++]);
    this.#waiting = this.#phase === "over" ? [] : this.#waiting.slice(taken);
  }

  #take(packet: QuorumPacket): void {
    try {
      this.#takeReadable(packet);
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.#fail(`${packetTypeName(packet.type)} of the leader cannot be read: ${error.message}`);
    }
  }

  #takeReadable(packet: QuorumPacket): void {
    // A leader pings everybody whom it sends to, in sync or not.
    if (packet.type === PacketType.PING) return;
    switch (this.#phase) {
      case "called":
        return this.#onLeaderInfo(packet);
      case "choosing":
        return this.#onChoice(packet);
      case "syncing":
      case "ready":
        return this.#onSync(packet);
      default:
        return this.#fail(`${packetTypeName(packet.type)} came out of turn`);
    }
  }

  #onLeaderInfo({ type, zxid }: QuorumPacket): void {
    if (type !== PacketType.LEADERINFO) return this.#fail(`${packetTypeName(type)} instead of LEADERINFO`);
    const { acceptedEpoch, currentEpoch } = this.#state;
    this.#epoch = epochOf(zxid);
    if (this.#epoch < acceptedEpoch)
      return this.#fail(
        `the leader's epoch ${this.#epoch} is older than ${acceptedEpoch}, which was accepted`,
      );
    if (this.#epoch === acceptedEpoch) return this.#ackEpoch(-1);
    this.#phase = "accepting";
    this.#effects.writeAcceptedEpoch(this.#epoch);
    this.#wait(() => this.#ackEpoch(currentEpoch));
  }

  /** -1 for an epoch that was accepted before: a second word on it must not count. */
  #ackEpoch(currentEpoch: number): void {
    this.#phase = "choosing";
    const { needsSnapshot, lastLoggedZxid } = this.#state;
    this.#send(PacketType.ACKEPOCH, needsSnapshot ? 0n : lastLoggedZxid, AckEpoch.encode({ currentEpoch }));
  }

  #onChoice({ type, zxid }: QuorumPacket): void {
    this.#phase = "syncing";
    if (this.#state.needsSnapshot && type !== PacketType.SNAP)
      return this.#fail(`${packetTypeName(type)} where it needs SNAP, since its tree is not to be trusted`);
    switch (type) {
      case PacketType.DIFF:
        return;
      case PacketType.TRUNC:
        this.#isDirty = true;
        this.#effects.truncate(zxid);
        return this.#wait(() => this.#isAt(zxid));
      case PacketType.SNAP:
        this.#isDirty = true;
        this.#effects.loadSnapshot(zxid);
        return this.#wait(() => {
          this.#lastZxid = zxid;
          this.#snapshotZxid = zxid;
        });
      default:
        return this.#fail(`${packetTypeName(type)} instead of DIFF, TRUNC or SNAP`);
    }
  }

  /** Tree, log and snapshots are one again. */
  #isAt(zxid: bigint): void {
    this.#lastZxid = zxid;
    this.#isDirty = false;
  }

  #onSync(packet: QuorumPacket): void {
    const { type, zxid, data } = packet;
    switch (type) {
      case PacketType.PROPOSAL:
        return this.#propose(zxid, data ?? nothing);
      case PacketType.COMMIT:
        return this.#commit(zxid);
      case PacketType.COMMITANDACTIVATE:
        return this.#commitAndActivate(zxid, ActivateInfo.decode(data ?? nothing).designatedLeader);
      case PacketType.INFORM:
        this.#propose(zxid, data ?? nothing);
        return this.#commit(zxid);
      case PacketType.INFORMANDACTIVATE: {
        const { designatedLeader, txn } = InformAndActivate.decode(data ?? nothing);
        this.#propose(zxid, txn);
        return this.#commitAndActivate(zxid, designatedLeader);
      }
      case PacketType.NEWLEADER:
        return this.#onNewLeader(packet);
      case PacketType.UPTODATE:
        return this.#onUpToDate();
      default:
        return this.#fail(`${packetTypeName(type)} came out of turn`);
    }
  }

  #propose(zxid: bigint, data: Uint8Array): void {
    if (this.#phase === "over") return;
    const isNext = zxid === this.#lastZxid + 1n || epochOf(zxid) > epochOf(this.#lastZxid);
    if (!isNext && !this.#isAtBegin(zxid))
      return this.#fail(`proposal 0x${zxid.toString(16)} came behind 0x${this.#lastZxid.toString(16)}`);
    this.#lastZxid = zxid;
    const config = configOfTxn(data);
    if (config !== null) this.#effects.see(config);
    // A copy: what came is a view of bytes that will be used again.
    this.#proposed.push({ zxid, data: copyOf(data) });
  }

  /** A standalone history begins with 1 and has no epoch; a new server has nothing at all. */
  #isAtBegin(zxid: bigint): boolean {
    return this.#lastZxid === 0n && counterOf(zxid) === 1;
  }

  #commit(zxid: bigint): void {
    if (this.#phase === "over") return;
    const oldest = this.#proposed.at(this.#committedCount);
    if (oldest?.zxid !== zxid)
      return this.#fail(
        `commit of 0x${zxid.toString(16)}, the next one is 0x${(oldest?.zxid ?? 0n).toString(16)}`,
      );
    this.#committedCount++;
  }

  #commitAndActivate(zxid: bigint, designatedLeader: bigint): void {
    const proposed = this.#proposed.at(this.#committedCount);
    const config = proposed?.zxid === zxid ? configOfTxn(proposed.data) : null;
    this.#commit(zxid);
    if (config !== null && this.#phase !== "over") this.#activate(config, designatedLeader, zxid);
  }

  #activate(config: QuorumConfig, designatedLeader: bigint | null, zxid: bigint): void {
    if (this.#effects.activate(config, designatedLeader, zxid))
      this.#fail("the new configuration gives it another role or leader");
  }

  #onNewLeader({ zxid, data }: QuorumPacket): void {
    if (this.#phase !== "syncing" || zxid !== zxidOf(this.#epoch, 0))
      return this.#fail(`NEWLEADER of 0x${zxid.toString(16)} came out of turn`);
    this.#phase = "saving";
    // A leader before 3.5 names none.
    if (data !== null && data.length > 1) {
      this.#leaderConfig = readConfig(data);
      this.#effects.see(this.#leaderConfig);
    }
    const committed = this.#proposed.slice(0, this.#committedCount);
    this.#proposed = this.#proposed.slice(this.#committedCount);
    this.#committedCount = 0;
    if (this.#snapshotZxid !== null) {
      const reached = committed.at(-1)?.zxid ?? this.#snapshotZxid;
      this.#effects.saveSnapshot(reached, committed);
      return this.#wait(() => {
        this.#isDirty = false;
        this.#saveEpoch();
      });
    }
    if (committed.length === 0) return this.#saveEpoch();
    this.#effects.logAndApply(committed);
    this.#wait(() => this.#saveEpoch());
  }

  #saveEpoch(): void {
    this.#effects.writeCurrentEpoch(this.#epoch);
    this.#wait(() => {
      this.#phase = "ready";
      this.#ack();
    });
  }

  #onUpToDate(): void {
    if (this.#phase !== "ready") return this.#fail("UPTODATE came before NEWLEADER");
    if (this.#leaderConfig !== null) this.#activate(this.#leaderConfig, null, zxidOf(this.#epoch, 0));
    if (this.#isOver()) return;
    this.#phase = "over";
    this.#ack();
    this.#effects.serve(this.#proposed, this.#committedCount);
  }

  #isOver(): boolean {
    return this.#phase === "over";
  }

  #ack(): void {
    this.#send(PacketType.ACK, zxidOf(this.#epoch, 0), null);
  }

  #wait(next: () => void): void {
    this.#isBusy = true;
    this.#next = next;
  }

  #send(type: PacketType, zxid: bigint, data: Uint8Array | null): void {
    this.#effects.send({ type, zxid, data, authinfo: null });
  }

  #fail(reason: string): void {
    this.#phase = "over";
    this.#waiting = [];
    this.#effects.fail(reason, this.#isDirty);
  }
}
