import { expect } from "chai";
import { zxidOf } from "../../../../../protocol/longs.ts";
import { JuteReader } from "../../../../../protocol/jute/reader.ts";
import { JuteWriter } from "../../../../../protocol/jute/writer.ts";
import { OpCode } from "../../../../../protocol/opcodes.ts";
import {
  AckEpoch,
  LearnerRequest,
  PacketType,
  RevalidateRequest,
  RevalidateResponse,
} from "../../../../../protocol/records/quorum.ts";
import type { LearnerHandler } from "../../../../../src/core/zab/leader/learnerHandler.ts";
import { readTxn } from "../../../../../src/core/txns/txnOp.ts";
import { epochZxid, established, Subject, withClient } from "./subject.ts";

describe("a leader", () => {
  it("brings a learner to an epoch and up to date, and serves with a quorum", () => {
    const subject = new Subject();
    const handler = subject.call(2n);
    expect(subject.said(handler)).to.deep.equal(["LEADERINFO 100000000"]);
    subject.send(handler, PacketType.ACKEPOCH, 0n, AckEpoch.encode({ currentEpoch: 0 }));
    expect(subject.said(handler)).to.deep.equal(["DIFF 0", "NEWLEADER 100000000"]);
    expect(subject.harness).to.equal(null);
    subject.send(handler, PacketType.ACK, epochZxid);
    expect(subject.said(handler)).to.deep.equal(["UPTODATE -1"]);
    expect(subject.core.server.lastProcessedZxid).to.equal(epochZxid);
  });

  it("commits what a quorum has on disk, and tells followers and observers", () => {
    const both = established();
    const { subject, follower } = both;
    const observer = subject.learner(9n, false);
    withClient(both);
    subject.sent(observer);
    subject.write();
    expect(subject.said(follower)).to.deep.equal(["PROPOSAL 100000002"]);
    subject.send(follower, PacketType.ACK, epochZxid + 2n);
    expect([subject.said(follower), subject.said(observer)]).to.deep.equal([[], []]);
    subject.core.logged(epochZxid + 2n);
    expect(subject.said(follower)).to.deep.equal(["COMMIT 100000002"]);
    expect(subject.said(observer)).to.deep.equal(["INFORM 100000002"]);
  });

  it("does not count an observer's acknowledgement, nor that of a server that does not vote", () => {
    const both = established();
    const { subject, follower } = both;
    const observer = subject.learner(9n, false);
    const stranger = subject.learner(7n);
    withClient(both);
    subject.write();
    subject.core.logged(epochZxid + 2n);
    subject.sent(follower);
    for (const handler of [observer, stranger]) subject.send(handler, PacketType.ACK, epochZxid + 2n);
    expect(subject.said(follower)).to.deep.equal([]);
    subject.send(follower, PacketType.ACK, epochZxid + 2n);
    expect(subject.said(follower)).to.deep.equal(["COMMIT 100000002"]);
  });

  it("sends what is under way to a learner that comes in the middle", () => {
    const both = established();
    withClient(both);
    both.subject.write();
    const third = both.subject.call(3n);
    both.subject.sent(third);
    both.subject.send(third, PacketType.ACKEPOCH, 0n, AckEpoch.encode({ currentEpoch: 0 }));
    expect(both.subject.said(third)).to.deep.equal([
      "SNAP 100000001",
      "PROPOSAL 100000002",
      "NEWLEADER 100000000",
    ]);
  });

  it("answers a sync when all before it is committed", () => {
    const both = established();
    const { subject, follower } = both;
    const sync = LearnerRequest.encode({
      sessionId: 5n,
      cxid: 1,
      type: OpCode.sync,
      body: new Uint8Array(0),
    });
    subject.send(follower, PacketType.REQUEST, -1n, sync);
    expect(subject.said(follower)).to.deep.equal(["SYNC 0"]);
    withClient(both);
    subject.write();
    subject.core.logged(epochZxid + 2n);
    subject.sent(follower);
    subject.send(follower, PacketType.REQUEST, -1n, sync);
    expect(subject.said(follower)).to.deep.equal([]);
    subject.send(follower, PacketType.ACK, epochZxid + 2n);
    expect(subject.said(follower)).to.deep.equal(["COMMIT 100000002", "SYNC 0"]);
  });

  it("knows the sessions of its learners' clients, and at which server each is", () => {
    const both = established();
    const { subject, follower } = both;
    const timeout = new JuteWriter(4);
    timeout.writeInt(10_000);
    const create = LearnerRequest.encode({
      sessionId: 77n,
      cxid: 0,
      type: OpCode.createSession,
      body: timeout.copy(),
    });
    subject.send(follower, PacketType.REQUEST, -1n, create);
    const valid = (sessionId: bigint, handler: LearnerHandler): boolean => {
      subject.sent(handler);
      subject.send(
        handler,
        PacketType.REVALIDATE,
        -1n,
        RevalidateRequest.encode({ sessionId, timeout: 10_000 }),
      );
      return RevalidateResponse.decode(subject.sent(handler)[0].data ?? new Uint8Array(0)).valid;
    };
    expect(valid(77n, follower)).to.equal(true);
    expect(valid(78n, follower)).to.equal(false);
    const third = subject.learner(3n);
    expect(valid(77n, third)).to.equal(true);
    // From now on the session is at server 3: what comes through server 2 is refused.
    const close = LearnerRequest.encode({ sessionId: 77n, cxid: 4, type: OpCode.setData, body: setData });
    subject.sent(follower);
    subject.send(follower, PacketType.REQUEST, -1n, close);
    const proposals = subject.sent(follower).filter(({ type }) => type === PacketType.PROPOSAL);
    const data = proposals.at(-1)?.data ?? null;
    const { header, op } = readTxn(new JuteReader(data ?? new Uint8Array(0)));
    expect([header.cxid, op]).to.deep.equal([4, { type: OpCode.error, record: { err: -118 } }]);
  });

  it("drops who is silent, who does not log, and who does not read", () => {
    const silent = established();
    silent.subject.learner(3n);
    for (let i = 0; i < 12; i++) {
      silent.subject.advance(500);
      silent.subject.send(silent.follower, PacketType.PING, 0n, new Uint8Array(0));
    }
    expect(silent.subject.closed).to.deep.equal(["3: server 3 is silent"]);

    const stuck = established();
    const third = stuck.subject.learner(3n);
    withClient(stuck);
    stuck.subject.send(third, PacketType.ACK, epochZxid + 1n);
    stuck.subject.write();
    stuck.subject.send(stuck.follower, PacketType.ACK, epochZxid + 2n);
    for (let i = 0; i < 12; i++) {
      stuck.subject.advance(500);
      for (const handler of [third, stuck.follower])
        stuck.subject.send(handler, PacketType.PING, 0n, new Uint8Array(0));
    }
    expect(stuck.subject.closed).to.deep.equal(["3: server 3 has not acknowledged 0x100000002 in time"]);

    const slow = established({ outboundBytesMax: 300 });
    withClient(slow);
    for (let i = 0; i < 5; i++) slow.subject.write(`/n${i}`);
    expect(slow.subject.closed[0]).to.match(/^2: server 2 is too slow/);
  });

  it("gives up without a quorum in touch", () => {
    const { subject } = established();
    for (let i = 0; i < 14; i++) subject.advance(500);
    expect(subject.gaveUp).to.equal("too few followers are in touch");
  });

  it("gives up before its epoch's last zxid, so that a new epoch begins", () => {
    const both = established({}, zxidOf(1, 0xfffffffd));
    const { subject } = both;
    const client = subject.core.accept();
    client.connect({});
    expect(subject.core.log.at(-1)?.zxid).to.equal(zxidOf(1, 0xfffffffe));
    subject.core.accept().connect({});
    expect(subject.core.log).to.have.length(1);
    subject.advance(0);
    expect(subject.gaveUp).to.equal("its epoch has no zxid left");
  });

  it("lets nobody in whose configuration is newer, who has its own id, or who says something else first", () => {
    const subject = new Subject();
    subject.call(2n, true, 5n);
    subject.call(1n);
    const other = subject.leader.accept("paper");
    subject.send(other, PacketType.ACK, 0n);
    const short = subject.leader.accept("paper");
    subject.send(short, PacketType.FOLLOWERINFO, 0n, new Uint8Array(3));
    expect(subject.closed).to.have.length(4);
    expect(subject.closed.join("\n")).to.match(
      /later configuration[^]*id of its leader[^]*instead of FOLLOWERINFO[^]*cannot be read/,
    );
  });
});

/** A body of setData: path, no data, any version. */
const setData = (() => {
  const body = new JuteWriter(32);
  body.writeString("/x");
  body.writeBuffer(null);
  body.writeInt(-1);
  return body.copy();
})();
