import { JuteWriter } from "../../../../protocol/jute/writer.ts";
import { formatHex } from "../../../../protocol/longs.ts";
import { JuteReader } from "../../../../protocol/jute/reader.ts";
import {
  LearnerRequest,
  PacketType,
  QuorumPacket,
  RevalidateRequest,
  TouchTable,
} from "../../../../protocol/records/quorum.ts";
import type { AuthId } from "../../auth/authId.ts";
import type { QuorumConfig } from "../../quorum/quorumConfig.ts";
import type { LeaderLink, LearnerPlace } from "../../server/place.ts";
import type { ZooKeeperServer } from "../../server/zooKeeperServer.ts";
import { ownBytes, readTxn, type DecodedTxn } from "../../txns/txnOp.ts";
import { writePacket } from "../packetWriter.ts";
import { DigestDoubt } from "./digestDoubt.ts";
import { LearnerBroadcast, type BroadcastEffects } from "./learnerBroadcast.ts";
import type { LearnerEffects, LearnerState, Proposed } from "./learnerEffects.ts";
import { LearnerSync } from "./learnerSync.ts";

/** What a learner asks of its server's disk, network and clients. The calls must not call back. */
export interface LearnerHost {
  /** Connect to the leader; `connected` or `lost` follows. */
  dial(): void;
  /** `learner.out` went from empty to not empty: write it out before the turn ends. */
  flushToLeader(): void;
  writeAcceptedEpoch(epoch: number, done: () => void): void;
  writeCurrentEpoch(epoch: number, done: () => void): void;
  /** Log, snapshots and tree are cut behind `zxid`, durably. */
  truncate(zxid: bigint, done: () => void): void;
  /** The tree is made of the bytes that follow on the leader's connection. */
  receiveSnapshot(zxid: bigint, done: () => void): void;
  /** The tree is on disk as a snapshot of that name, and nothing behind it is. */
  saveSnapshot(zxid: bigint, done: () => void): void;
  append(proposed: Proposed): void;
  /** Everything appended so far is on disk. */
  whenLogged(done: () => void): void;
  /** A transaction takes effect on a tree that nobody is served from yet. `isExact`: its digest must fit then. */
  applyLogged(proposed: Proposed, isExact: boolean): void;
  /** It has taken effect: it may be sent to others. `designatedLeader` as `BroadcastEffects.apply` has it. */
  committed(proposed: Proposed, designatedLeader: bigint | null): void;
  /** The leader's word on a session; answers whether an observer of this server had asked for it. */
  revalidatedElsewhere(sessionId: bigint, isValid: boolean): boolean;
  serve(place: LearnerPlace, epoch: number): ZooKeeperServer;
  /** As `LearnerEffects` has them. */
  see(config: QuorumConfig): void;
  activate(config: QuorumConfig, designatedLeader: bigint | null, zxid: bigint): boolean;
  /** The tree is not what the others have: nothing is served from it until a leader has sent a whole one. */
  distrustTree(): void;
  /** Looks for a leader again. */
  giveUp(reason: string, isDirty: boolean): void;
  report(level: "info" | "warn" | "error", message: string): void;
}

export interface LearnerTimes {
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
}

/** Mismatches that get a line in the log. */
const mismatchesTold = 10;

/**
 * Pauses between dials, in ms, before the learner gives up. Learner.LeaderConnector of Apache 3.9.5 dials five times,
 * 100 ms apart; a leader that was elected in the same moment opens its port within the first few of these.
 */
const dialPausesMs = [2, 4, 8, 16, 30, 60, 100, 100, 100];

/**
 * A server that follows or observes, from the dial to the end of its leader. Two machines do the work, one behind the
 * other: `LearnerSync` until UPTODATE, `LearnerBroadcast` from there on.
 */
export class Learner implements LearnerEffects, BroadcastEffects, LeaderLink {
  /** Packets for the leader; the shell empties it. */
  readonly out = new JuteWriter(4096);
  flushing = false;
  readonly #host: LearnerHost;
  readonly #times: LearnerTimes;
  readonly #isParticipant: boolean;
  readonly #nowMs: () => number;
  readonly #sync: LearnerSync;
  readonly #doubt = new DigestDoubt();
  readonly #reader = new JuteReader(new Uint8Array(0));
  #broadcast: LearnerBroadcast | null = null;
  #server: ZooKeeperServer | null = null;
  #dials = 0;
  #redialMs = Number.POSITIVE_INFINITY;
  #isConnected = false;
  #isReceiving = false;
  #isOver = false;
  #heardMs: number;
  #lastZxid: bigint;

  constructor(
    state: LearnerState,
    times: LearnerTimes,
    juteLengthMax: number,
    host: LearnerHost,
    nowMs: () => number,
  ) {
    this.#host = host;
    this.#times = times;
    this.#isParticipant = state.isParticipant;
    this.#reader.lengthMax = juteLengthMax;
    this.#nowMs = nowMs;
    this.#heardMs = nowMs();
    this.#lastZxid = state.lastLoggedZxid;
    this.#sync = new LearnerSync(state, this);
  }

  get server(): ZooKeeperServer | null {
    return this.#server;
  }

  /** Logged, and not known to be committed. */
  uncommitted(): readonly Proposed[] {
    return this.#broadcast?.uncommitted() ?? this.#logging;
  }

  // ---- inputs -----------------------------------------------------------------------------------------------

  /** @param delayMs What it waits for before it dials. */
  begin(delayMs = 0): void {
    if (delayMs === 0) return this.#dial();
    this.#redialMs = this.#nowMs() + delayMs;
    this.#heardMs = this.#redialMs;
  }

  connected(): void {
    if (this.#isOver) return;
    this.#isConnected = true;
    this.heardFromLeader();
    this.#sync.begin();
  }

  packet(packet: QuorumPacket): void {
    if (this.#isOver) return;
    this.heardFromLeader();
    if (this.#broadcast === null) this.#sync.packet(packet);
    else this.#broadcast.packet(packet);
  }

  /** Bytes have come, if no whole packet. */
  heardFromLeader(): void {
    this.#heardMs = this.#nowMs();
  }

  lost(reason: string): void {
    if (this.#isOver) return;
    if (!this.#isConnected && this.#dials <= dialPausesMs.length) {
      this.#redialMs = this.#nowMs() + dialPausesMs[this.#dials - 1];
      return;
    }
    if (this.#broadcast === null && this.#isConnected) this.#sync.lost(reason);
    else this.fail(reason, false);
  }

  /** Everything appended up to `zxid` is on disk. */
  logged(zxid: bigint): void {
    if (!this.#isOver) this.#broadcast?.logged(zxid);
  }

  tick(): void {
    const now = this.#nowMs();
    if (this.#isOver) return;
    if (now >= this.#redialMs) this.#dial();
    if (now < this.#silentMs) return;
    if (this.#broadcast === null && this.#isConnected) this.#sync.lost("the leader is silent");
    else this.fail("the leader is silent", false);
  }

  get nextDueMs(): number {
    return this.#isOver ? Number.POSITIVE_INFINITY : Math.min(this.#redialMs, this.#silentMs);
  }

  /** The role is over. */
  end(): void {
    this.#isOver = true;
    this.#broadcast?.end();
  }

  /** When the leader has been silent for too long. What the own disk takes is not held against it. */
  get #silentMs(): number {
    if (this.#sync.isBusy && !this.#isReceiving) return Number.POSITIVE_INFINITY;
    const { tickTimeMs, initLimit, syncLimit } = this.#times;
    return this.#heardMs + tickTimeMs * (this.#broadcast === null ? initLimit : syncLimit);
  }

  #dial(): void {
    this.#dials++;
    this.#redialMs = Number.POSITIVE_INFINITY;
    this.#host.dial();
  }

  // ---- what synchronisation asks for ------------------------------------------------------------------------------

  send(packet: QuorumPacket): void {
    QuorumPacket.write(this.out, packet);
    this.#flush();
  }

  #flush(): void {
    if (this.flushing || this.#isOver) return;
    this.flushing = true;
    this.#host.flushToLeader();
  }

  writeAcceptedEpoch(epoch: number): void {
    this.#host.writeAcceptedEpoch(epoch, this.#diskDone);
  }

  writeCurrentEpoch(epoch: number): void {
    this.#host.writeCurrentEpoch(epoch, this.#diskDone);
  }

  truncate(zxid: bigint): void {
    this.#host.truncate(zxid, () => {
      this.#lastZxid = zxid;
      this.#diskDone();
    });
  }

  /** Of a synchronisation: appended, and not known to be on disk. */
  #logging: readonly Proposed[] = [];

  loadSnapshot(zxid: bigint): void {
    this.#isReceiving = true;
    this.#host.receiveSnapshot(zxid, () => {
      this.#lastZxid = zxid;
      this.#isReceiving = false;
      this.#diskDone();
    });
  }

  saveSnapshot(zxid: bigint, committed: readonly Proposed[]): void {
    // Some of them the snapshot has seen already: only behind the last one the digest says something.
    for (const proposed of committed) this.#host.applyLogged(proposed, proposed.zxid === zxid);
    this.#lastZxid = zxid;
    this.#host.saveSnapshot(zxid, this.#diskDone);
  }

  logAndApply(committed: readonly Proposed[]): void {
    // If the leader goes before they are on disk they are in the log all the same: the tree needs them.
    this.#logging = committed;
    for (const proposed of committed) this.#host.append(proposed);
    this.#host.whenLogged(() => {
      if (this.#isOver) return;
      this.#logging = [];
      for (const proposed of committed) this.#host.applyLogged(proposed, true);
      this.#lastZxid = committed.at(-1)?.zxid ?? this.#lastZxid;
      this.#diskDone();
    });
  }

  readonly #diskDone = (): void => {
    if (this.#isOver) return;
    this.heardFromLeader();
    this.#sync.diskDone();
  };

  see(config: QuorumConfig): void {
    this.#host.see(config);
  }

  activate(config: QuorumConfig, designatedLeader: bigint | null, zxid: bigint): boolean {
    return this.#host.activate(config, designatedLeader, zxid);
  }

  serve(proposed: readonly Proposed[], committedCount: number): void {
    const server = this.#host.serve({ kind: "learner", leader: this }, this.#sync.epoch);
    this.#server = server;
    const broadcast = new LearnerBroadcast(this.#isParticipant, this.#lastZxid, this);
    this.#broadcast = broadcast;
    broadcast.begin(proposed, committedCount);
  }

  fail(reason: string, isDirty = false): void {
    if (this.#isOver) return;
    this.end();
    this.#host.giveUp(reason, isDirty);
  }

  // ---- what broadcast asks for ------------------------------------------------------------------------------------

  append(proposed: Proposed): void {
    this.#host.append(proposed);
  }

  apply(proposed: Proposed, designatedLeader: bigint | null): void {
    this.#reader.reset(proposed.data, 0, proposed.data.length);
    const txn = readTxn(this.#reader);
    ownBytes(txn.op);
    this.#server?.learnerWrites?.committed(txn);
    this.#host.committed(proposed, designatedLeader);
    if (this.#server !== null) this.#compareDigest(this.#server, txn);
  }

  /** What the leader's tree was, against what this one is. They cannot differ; where they do, somebody has to know. */
  #compareDigest(server: ZooKeeperServer, { header, digest }: DecodedTxn): void {
    if (digest === null || !server.options.prep.digestEnabled) return;
    const verdict = this.#doubt.judge(server.tree.digest() === digest, header.type, this.#nowMs());
    if (verdict === "fits") return;
    this.#tellMismatch(server, header.zxid);
    if (verdict === "doubt") return;
    this.#host.distrustTree();
    this.fail(`its tree is not the leader's at ${formatHex(header.zxid)}: it takes a new snapshot`, true);
  }

  #tellMismatch(server: ZooKeeperServer, zxid: bigint): void {
    const { digestMismatchesCount } = server.metrics.counters;
    digestMismatchesCount.add(1);
    if (digestMismatchesCount.value > mismatchesTold) return;
    this.#host.report(
      "error",
      `tree digest differs from the leader's at ${formatHex(zxid)}: this server may not hold what the others hold`,
    );
  }

  ack(zxid: bigint): void {
    writePacket(this.out, PacketType.ACK, zxid);
    this.#flush();
  }

  pinged(zxid: bigint): void {
    const touches = this.#server?.learnerSessions?.takeTouched() ?? [];
    writePacket(this.out, PacketType.PING, zxid, TouchTable.encode(touches));
    this.#flush();
  }

  revalidated(sessionId: bigint, isValid: boolean): void {
    if (this.#host.revalidatedElsewhere(sessionId, isValid)) return;
    this.#server?.connects.revalidated(sessionId, isValid);
  }

  synced(): void {
    this.#server?.learnerWrites?.synced();
  }

  report(level: "warn", message: string): void {
    this.#host.report(level, message);
  }

  // ---- what the clients ask for -----------------------------------------------------------------------------------

  request(
    sessionId: bigint,
    cxid: number,
    type: number,
    body: Uint8Array,
    authIds: readonly AuthId[] | null,
  ): void {
    const data = LearnerRequest.encode({ sessionId, cxid, type, body });
    const authinfo = authIds === null ? null : authIds.map(({ scheme, id }) => ({ scheme, id }));
    this.send({ type: PacketType.REQUEST, zxid: -1n, data, authinfo });
  }

  revalidate(sessionId: bigint, timeoutMs: number): void {
    const data = RevalidateRequest.encode({ sessionId, timeout: timeoutMs });
    this.send({ type: PacketType.REVALIDATE, zxid: -1n, data, authinfo: null });
  }
}
