import { expect } from "chai";
import { JuteReader } from "../../../../../protocol/jute/reader.ts";
import { zxidOf } from "../../../../../protocol/longs.ts";
import { OpCode } from "../../../../../protocol/opcodes.ts";
import {
  AckEpoch,
  InformAndActivate,
  LearnerInfo,
  LearnerRequest,
  PacketType,
  packetTypeName,
  QuorumPacket,
  RevalidateRequest,
  RevalidateResponse,
  TouchTable,
} from "../../../../../protocol/records/quorum.ts";
import { QuorumConfig } from "../../../../../src/core/quorum/quorumConfig.ts";
import type { LearnerHandler } from "../../../../../src/core/zab/leader/learnerHandler.ts";
import { ObserverMaster } from "../../../../../src/core/zab/observers/observerMaster.ts";
import { CommittedLog } from "../../../../../src/core/zab/sync/committedLog.ts";

const epoch = 3;
const zxid = (counter: number): bigint => zxidOf(epoch, counter);
const config = QuorumConfig.fromText("server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\nversion=300000000");
const bytes = Buffer.from("txn");

/** A follower (server 1, with transactions 1 to 4 of epoch 3) that takes observers; network and leader are of paper. */
class Subject {
  readonly master: ObserverMaster;
  readonly closed: string[] = [];
  readonly toLeader: QuorumPacket[] = [];
  readonly touched: string[] = [];
  readonly movedAway: bigint[] = [];
  syncs: (() => void)[] = [];
  lastZxid = zxid(4);
  nowMs = 0;
  readonly #committedLog = new CommittedLog();

  constructor() {
    for (let i = 1; i <= 4; i++) this.#committedLog.add({ zxid: zxid(i), data: bytes });
    this.master = new ObserverMaster(
      {
        sid: 1n,
        epoch,
        committedLog: this.#committedLog,
        tickTimeMs: 1000,
        initLimit: 10,
        syncLimit: 5,
        forceSnapshot: false,
        outboundBytesMax: 1 << 20,
      },
      {
        flush: () => undefined,
        close: (handler, reason) => void this.closed.push(`${handler.sid}: ${reason}`),
        readHistory: (_, __, done) => done(null),
        streamSnapshot: (_, done) => done(),
        report: () => undefined,
        lastProcessedZxid: () => this.lastZxid,
        committedConfig: () => config,
        lastSeenConfig: () => config,
        toLeader: (packet) => void this.toLeader.push(packet),
        awaitSync: (answer) => void this.syncs.push(answer),
        isSession: () => true,
        movedAway: (sessionId) => void this.movedAway.push(sessionId),
        touch: (sessionId, timeoutMs) => void this.touched.push(`${sessionId} for ${timeoutMs}`),
      },
      () => this.nowMs,
    );
  }

  send(handler: LearnerHandler, type: PacketType, at = -1n, data: Uint8Array | null = null): void {
    this.master.packet(handler, { type, zxid: at, data, authinfo: null });
  }

  call(sid: bigint, type: PacketType = PacketType.OBSERVERINFO, configVersion = 0n): LearnerHandler {
    const handler = this.master.accept("paper");
    const info = LearnerInfo.encode({ sid, protocolVersion: 0x10000, configVersion });
    this.send(handler, type, zxidOf(2, 0), info);
    return handler;
  }

  /** An observer that has everything, from its call to UPTODATE. */
  observer(sid: bigint): LearnerHandler {
    const handler = this.call(sid);
    this.send(handler, PacketType.ACKEPOCH, this.lastZxid, AckEpoch.encode({ currentEpoch: 2 }));
    this.send(handler, PacketType.ACK, zxid(0));
    this.packets(handler);
    return handler;
  }

  commit(counter: number, designatedLeader: bigint | null = null): void {
    this.#committedLog.add({ zxid: zxid(counter), data: bytes });
    this.lastZxid = zxid(counter);
    this.master.committed({ zxid: zxid(counter), data: bytes }, designatedLeader);
  }

  packets(handler: LearnerHandler): QuorumPacket[] {
    const reader = new JuteReader(handler.out.copy());
    handler.out.clear();
    const packets: QuorumPacket[] = [];
    while (reader.remaining > 0) packets.push(QuorumPacket.read(reader));
    return packets;
  }

  heard(handler: LearnerHandler): string[] {
    return this.packets(handler).map((each) => `${packetTypeName(each.type)} ${each.zxid.toString(16)}`);
  }
}

describe("a master of observers", () => {
  let subject: Subject;

  beforeEach(() => {
    subject = new Subject();
  });

  it("names the epoch of its leader at once, and sends what is missing, with what is committed meanwhile", () => {
    const observer = subject.call(9n);
    expect(subject.heard(observer)).to.deep.equal(["LEADERINFO 300000000"]);
    subject.send(observer, PacketType.ACKEPOCH, zxid(2), AckEpoch.encode({ currentEpoch: 2 }));
    subject.commit(5);
    const [diff, ...rest] = subject.packets(observer);
    expect([diff.type, diff.zxid]).to.deep.equal([PacketType.DIFF, zxid(4)]);
    expect(rest.map((each) => each.type)).to.deep.equal([
      PacketType.PROPOSAL,
      PacketType.COMMIT,
      PacketType.PROPOSAL,
      PacketType.COMMIT,
      PacketType.NEWLEADER,
      PacketType.INFORM,
    ]);
    expect(Buffer.from(rest[4].data ?? []).toString()).to.equal(config.text);
    subject.send(observer, PacketType.ACK, zxid(0));
    expect(subject.heard(observer)).to.deep.equal([`UPTODATE ${(-1n).toString(16)}`]);
    subject.send(observer, PacketType.ACK, zxid(0));
    expect(subject.closed).to.deep.equal([]);
  });

  it("tells what is committed, and of a new configuration who leads in it", () => {
    const observer = subject.observer(9n);
    subject.commit(5);
    subject.commit(6, 2n);
    const [inform, activate] = subject.packets(observer);
    expect(inform).to.deep.include({ type: PacketType.INFORM, zxid: zxid(5) });
    expect(Buffer.from(inform.data ?? []).toString()).to.equal("txn");
    expect(activate).to.deep.include({ type: PacketType.INFORMANDACTIVATE, zxid: zxid(6) });
    const { designatedLeader, txn } = InformAndActivate.decode(activate.data ?? bytes);
    expect([designatedLeader, Buffer.from(txn).toString()]).to.deep.equal([2n, "txn"]);
  });

  for (const [who, type, sid, version, reason] of [
    ["a follower", PacketType.FOLLOWERINFO, 9n, 0n, "FOLLOWERINFO instead of OBSERVERINFO"],
    ["its own id", PacketType.OBSERVERINFO, 1n, 0n, "has the id of its leader"],
    ["a later configuration", PacketType.OBSERVERINFO, 9n, zxid(1), "has a later configuration"],
  ] as const)
    it(`does not take ${who}`, () => {
      const handler = subject.call(sid, type, version);
      expect(handler.isClosed).to.equal(true);
      expect(subject.closed).to.have.length(1);
      expect(subject.closed[0]).to.include(reason);
      expect(handler.out.length).to.equal(0);
    });

  it("drops who acknowledges a proposal, and who says what cannot be read", () => {
    subject.send(subject.observer(8n), PacketType.ACK, zxid(4));
    subject.send(subject.observer(9n), PacketType.REVALIDATE, -1n, Buffer.alloc(3));
    expect(subject.closed[0]).to.equal("8: an observer acknowledges nothing");
    expect(subject.closed[1]).to.match(/^9: REVALIDATE cannot be read/);
  });

  it("asks its leader about sessions, and gives each observer its own answers", () => {
    const [first, second] = [subject.observer(8n), subject.observer(9n)];
    const ask = (handler: LearnerHandler, sessionId: bigint): void =>
      subject.send(
        handler,
        PacketType.REVALIDATE,
        -1n,
        RevalidateRequest.encode({ sessionId, timeout: 700 }),
      );
    ask(first, 50n);
    ask(second, 51n);
    ask(first, 52n);
    expect(subject.toLeader.map(({ type }) => type)).to.deep.equal(Array(3).fill(PacketType.REVALIDATE));
    expect(subject.master.revalidated(99n, true), "of a client of the follower").to.equal(false);
    // What was asked by one that is gone keeps its place.
    subject.master.lost(second, "closed");
    expect(subject.master.revalidated(50n, true)).to.equal(true);
    expect(subject.master.revalidated(51n, true)).to.equal(true);
    expect(subject.master.revalidated(52n, false)).to.equal(true);
    expect(subject.master.revalidated(52n, false)).to.equal(false);
    const answers = subject.packets(first).map(({ data }) => RevalidateResponse.decode(data ?? bytes));
    expect(answers).to.deep.equal([
      { sessionId: 50n, valid: true },
      { sessionId: 52n, valid: false },
    ]);
    expect(subject.touched).to.deep.equal(["50 for 700", "51 for 700"]);
  });

  it("passes requests on as they are, and answers a sync when the leader has", () => {
    const observer = subject.observer(9n);
    const request = (type: number): Uint8Array =>
      LearnerRequest.encode({ sessionId: 5n, cxid: 1, type, body: Buffer.from("body") });
    subject.send(observer, PacketType.REQUEST, -1n, request(OpCode.create));
    subject.send(observer, PacketType.REQUEST, -1n, request(OpCode.sync));
    expect(subject.toLeader.map(({ data }) => data)).to.deep.equal([
      request(OpCode.create),
      request(OpCode.sync),
    ]);
    expect(subject.syncs).to.have.length(1);
    subject.commit(5);
    subject.syncs[0]();
    expect(subject.heard(observer)).to.deep.equal(["INFORM 300000005", "SYNC 0"]);
  });

  it("passes nothing on that an observer has kept of a session whose client has moved on", () => {
    const [first, second] = [subject.observer(8n), subject.observer(9n)];
    const request = (handler: LearnerHandler, cxid: number, type: number = OpCode.setData): void =>
      subject.send(
        handler,
        PacketType.REQUEST,
        -1n,
        LearnerRequest.encode({ sessionId: 5n, cxid, type, body: Buffer.from("body") }),
      );
    const comesTo = (handler: LearnerHandler): void => {
      const data = RevalidateRequest.encode({ sessionId: 5n, timeout: 700 });
      subject.send(handler, PacketType.REVALIDATE, -1n, data);
      subject.master.revalidated(5n, true);
    };
    request(first, 1, OpCode.createSession);
    request(first, 2);
    comesTo(second);
    expect(subject.movedAway).to.deep.equal([5n]);
    request(first, 3);
    request(first, 4, OpCode.sync);
    request(second, 5);
    // Its own client: the leader's word is for this server itself.
    expect(subject.master.revalidated(5n, true)).to.equal(false);
    request(second, 6);
    comesTo(first);
    request(second, 7);
    request(first, 8);
    const passedOn = subject.toLeader
      .filter(({ type }) => type === PacketType.REQUEST)
      .map(({ data }) => LearnerRequest.decode(data ?? bytes).cxid);
    expect(passedOn).to.deep.equal([1, 2, 5, 8]);
    expect(subject.syncs).to.have.length(0);
    expect(subject.closed).to.deep.equal([]);
  });

  it("pings, hands on who is alive, and drops who says nothing", () => {
    const [alive, silent] = [subject.observer(8n), subject.observer(9n)];
    subject.commit(5);
    for (let i = 0; i < 11; i++) {
      subject.nowMs += 500;
      subject.master.tick();
      subject.send(alive, PacketType.PING, 0n, TouchTable.encode([{ sessionId: 5n, timeout: 400 }]));
    }
    expect(subject.heard(alive).at(-1)).to.equal("PING 300000005");
    expect(subject.touched.at(-1)).to.equal("5 for 400");
    expect(subject.closed).to.deep.equal(["9: server 9 is silent"]);
    expect(silent.isClosed).to.equal(true);
    expect(subject.master.syncedObservers).to.equal(1);
  });

  it("sends its observers away at its end", () => {
    const observer = subject.observer(9n);
    subject.master.end("the leader is gone");
    expect(subject.closed).to.deep.equal(["9: the leader is gone"]);
    subject.commit(5);
    expect(subject.heard(observer)).to.deep.equal([]);
  });
});
