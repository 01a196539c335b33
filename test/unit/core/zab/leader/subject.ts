import { expect } from "chai";
import { zxidOf } from "../../../../../protocol/longs.ts";
import { JuteReader } from "../../../../../protocol/jute/reader.ts";
import { OpCode } from "../../../../../protocol/opcodes.ts";
import {
  AckEpoch,
  LearnerInfo,
  PacketType,
  packetTypeName,
  QuorumPacket,
} from "../../../../../protocol/records/quorum.ts";
import { QuorumConfig } from "../../../../../src/core/quorum/quorumConfig.ts";
import { CommittedLog } from "../../../../../src/core/zab/sync/committedLog.ts";
import { Leader, type LeaderSetup } from "../../../../../src/core/zab/leader/leader.ts";
import type { LearnerHandler } from "../../../../../src/core/zab/leader/learnerHandler.ts";
import { openAcl } from "../../../../support/coreClient.ts";
import { CoreHarness } from "../../../../support/coreHarness.ts";

const tickTimeMs = 1000;
export const epochZxid = zxidOf(1, 0);

export const line = (sid: number): string =>
  `server.${sid}=127.0.0.1:${2000 + sid}:${3000 + sid}:participant;${4000 + sid}`;
const three = QuorumConfig.fromText([1, 2, 3].map(line).join("\n"));

/** A leader (server 1 of three, by default) with network, disk and clients of paper. */
export class Subject {
  readonly clock = { monotonicMs: 1_000_000, wallMs: 1_700_000_000_000 };
  readonly leader: Leader;
  readonly closed: string[] = [];
  readonly activated: string[] = [];
  readonly configs = { committed: three, lastSeen: three, isChangeable: false };
  gaveUp: string | null = null;
  harness: CoreHarness | null = null;
  #disk: (() => void)[] = [];

  constructor(setup: Partial<LeaderSetup> = {}, firstZxid = epochZxid) {
    this.leader = new Leader(
      {
        sid: 1n,
        acceptedEpoch: 0,
        currentEpoch: 0,
        lastZxid: 0n,
        committedLog: new CommittedLog(),
        configs: this.configs,
        votersMin: 2,
        tickTimeMs,
        initLimit: 10,
        syncLimit: 5,
        forceSnapshot: false,
        outboundBytesMax: 1 << 20,
        ...setup,
      },
      {
        flush: () => undefined,
        close: (handler, reason) => void this.closed.push(`${handler.sid}: ${reason}`),
        writeAcceptedEpoch: (_, done) => void this.#disk.push(done),
        writeCurrentEpoch: (_, done) => void this.#disk.push(done),
        readHistory: (_, __, done) => void this.#disk.push(() => done(null)),
        streamSnapshot: (_, done) => void this.#disk.push(done),
        see: (config) => void (this.configs.lastSeen = config),
        activate: (config, designated) => {
          this.configs.committed = config;
          this.activated.push(`${config.version.toString(16)} led by ${designated}`);
        },
        serve: (place) => {
          this.harness = new CoreHarness({
            place: { ...place, epochZxid: firstZxid },
            clock: this.clock,
            prep: { reconfigEnabled: this.configs.isChangeable },
          });
          return this.harness.server;
        },
        giveUp: (reason) => (this.gaveUp = reason),
        report: () => undefined,
      },
      () => this.clock.monotonicMs,
    );
  }

  get core(): CoreHarness {
    if (this.harness === null) throw new Error("the leader does not serve");
    return this.harness;
  }

  /** Whatever the disk has to do is done. */
  disk(): void {
    for (let done = this.#disk.shift(); done !== undefined; done = this.#disk.shift()) done();
  }

  send(handler: LearnerHandler, type: PacketType, zxid: bigint, data: Uint8Array | null = null): void {
    this.leader.packet(handler, { type, zxid, data, authinfo: null });
    this.disk();
  }

  /** What has gone to a learner since the last look. */
  sent(handler: LearnerHandler): QuorumPacket[] {
    const reader = new JuteReader(handler.out.copy());
    handler.out.clear();
    handler.flushing = false;
    const packets: QuorumPacket[] = [];
    while (reader.remaining > 0) packets.push(QuorumPacket.read(reader));
    return packets;
  }

  said(handler: LearnerHandler): string[] {
    return this.sent(handler).map(({ type, zxid }) => `${packetTypeName(type)} ${zxid.toString(16)}`);
  }

  /** A learner, from its call to UPTODATE, with an empty log. */
  learner(sid: bigint, isParticipant = true): LearnerHandler {
    const handler = this.call(sid, isParticipant);
    this.send(handler, PacketType.ACKEPOCH, 0n, AckEpoch.encode({ currentEpoch: 0 }));
    this.send(handler, PacketType.ACK, epochZxid);
    this.sent(handler);
    return handler;
  }

  call(sid: bigint, isParticipant = true, configVersion = 0n): LearnerHandler {
    const handler = this.leader.accept("paper");
    const info = LearnerInfo.encode({ sid, protocolVersion: 0x10000, configVersion });
    this.send(handler, isParticipant ? PacketType.FOLLOWERINFO : PacketType.OBSERVERINFO, 0n, info);
    return handler;
  }

  /** A write of a client of the leader's own; its reply is open. */
  write(path = "/a"): void {
    this.core.clients[0].send(OpCode.create, { path, data: null, acl: openAcl, flags: 0 });
  }

  advance(ms: number): void {
    this.clock.monotonicMs += ms;
    this.leader.tick();
  }
}

export function established(
  setup: Partial<LeaderSetup> = {},
  firstZxid = epochZxid,
): { subject: Subject; follower: LearnerHandler } {
  const subject = new Subject(setup, firstZxid);
  const follower = subject.learner(2n);
  expect(subject.harness).to.not.equal(null);
  return { subject, follower };
}

/** A session at the leader, which a follower has let through. */
export function withClient({ subject, follower }: { subject: Subject; follower: LearnerHandler }): void {
  const client = subject.core.accept();
  client.connect({});
  subject.core.logged(epochZxid + 1n);
  subject.send(follower, PacketType.ACK, epochZxid + 1n);
  subject.core.pump();
  client.connected();
  subject.sent(follower);
}
