import { expect } from "chai";
import { ErrorCode, errorCodeName } from "../../../../../protocol/errors.ts";
import { OpCode } from "../../../../../protocol/opcodes.ts";
import {
  AckEpoch,
  ActivateInfo,
  InformAndActivate,
  LearnerRequest,
  PacketType,
  packetTypeName,
  type QuorumPacket,
} from "../../../../../protocol/records/quorum.ts";
import { QuorumConfig } from "../../../../../src/core/quorum/quorumConfig.ts";
import type { LearnerHandler } from "../../../../../src/core/zab/leader/learnerHandler.ts";
import { epochZxid, line, Subject, withClient } from "./subject.ts";

interface Change {
  readonly joiningServers: string | null;
  readonly leavingServers: string | null;
  readonly newMembers: string | null;
  readonly curConfigId: bigint;
}

const none = new Uint8Array(0);
const nobody: Change = { joiningServers: null, leavingServers: null, newMembers: null, curConfigId: -1n };
/** Behind the session of the one client. */
const firstWrite = epochZxid + 2n;

/** Server 1 leads 2 and 3 and has a client; configurations may change. */
function changeable(): { subject: Subject; two: LearnerHandler; three: LearnerHandler } {
  const subject = new Subject();
  subject.configs.isChangeable = true;
  const two = subject.learner(2n);
  const three = subject.learner(3n);
  const open = [{ perms: 31, id: { scheme: "world", id: "anyone" } }];
  subject.core.server.tree.setAcl("/zookeeper/config", open, 1);
  withClient({ subject, follower: two });
  subject.send(three, PacketType.ACK, epochZxid + 1n);
  subject.sent(three);
  return { subject, two, three };
}

function ask(subject: Subject, change: Partial<Change>): number {
  return subject.core.clients[0].send(OpCode.reconfig, { ...nobody, ...change });
}

/** What a reconfiguration is refused with, once a quorum has the refusal on disk. */
function refusal(change: Partial<Change>, prepare: (subject: Subject) => void = () => undefined): string {
  const { subject, two } = changeable();
  prepare(subject);
  const xid = ask(subject, change);
  const last = subject.core.server.writePath.prep.lastZxid;
  subject.core.logged(last);
  subject.send(two, PacketType.ACK, last);
  subject.core.pump();
  return errorCodeName(subject.core.clients[0].takeReply(xid).err);
}

function activation(packets: QuorumPacket[]): string[] {
  return packets.map(({ type, zxid, data }) => {
    const at = `${packetTypeName(type)} ${(zxid - epochZxid).toString()}`;
    const bytes = data ?? new Uint8Array(0);
    if (type === PacketType.COMMITANDACTIVATE)
      return `${at} led by ${ActivateInfo.decode(bytes).designatedLeader}`;
    if (type === PacketType.INFORMANDACTIVATE)
      return `${at} led by ${InformAndActivate.decode(bytes).designatedLeader}`;
    return at;
  });
}

describe("a leader whose ensemble is reconfigured", () => {
  it("gives the configuration of the files the version of its epoch, by NEWLEADER", () => {
    const subject = new Subject();
    subject.configs.isChangeable = true;
    const two = subject.call(2n);
    subject.sent(two);
    subject.send(two, PacketType.ACKEPOCH, 0n, AckEpoch.encode({ currentEpoch: 0 }));
    const [, newLeader] = subject.sent(two);
    expect(Buffer.from(newLeader.data ?? []).toString()).to.match(/version=100000000$/);
    expect(subject.activated).to.deep.equal([]);
    subject.send(two, PacketType.ACK, epochZxid);
    expect(subject.activated).to.deep.equal(["100000000 led by 1"]);
  });

  it("commits it with both configurations, and what follows with the new one alone", () => {
    const { subject, two, three } = changeable();
    const four = subject.learner(4n);
    const five = subject.learner(5n);
    ask(subject, { joiningServers: [line(4), line(5)].join(",") });
    expect(subject.activated).to.have.length(1);
    subject.write("/behind");
    subject.core.logged(firstWrite + 1n);
    subject.send(two, PacketType.ACK, firstWrite + 1n);
    // Two of the old three: of the new five it takes another one.
    expect(subject.activated).to.have.length(1);
    for (const handler of [two, three, four, five]) subject.sent(handler);
    subject.send(four, PacketType.ACK, firstWrite);
    expect(subject.activated.at(-1)).to.equal("100000002 led by 1");
    expect(activation(subject.sent(three))).to.deep.equal(["COMMITANDACTIVATE 2 led by 1"]);
    subject.send(four, PacketType.ACK, firstWrite + 1n);
    expect(activation(subject.sent(five))).to.deep.equal(["COMMITANDACTIVATE 2 led by 1", "COMMIT 3"]);
    // One of the old three, and two new ones.
    subject.write("/later");
    subject.core.logged(firstWrite + 2n);
    for (const handler of [four, five]) {
      expect(subject.core.server.lastProcessedZxid).to.equal(firstWrite + 1n);
      subject.send(handler, PacketType.ACK, firstWrite + 2n);
    }
    expect(subject.core.server.lastProcessedZxid).to.equal(firstWrite + 2n);
  });

  it("that leaves names the voter that has most as leader, tells all, and commits nothing more", () => {
    const { subject, two, three } = changeable();
    const observer = subject.learner(9n, false);
    for (const handler of [two, three, observer]) subject.sent(handler);
    ask(subject, { joiningServers: line(4), leavingServers: "1" });
    subject.write("/behind");
    const four = subject.learner(4n);
    subject.send(four, PacketType.ACK, firstWrite);
    subject.send(three, PacketType.ACK, firstWrite + 1n);
    for (const handler of [three, observer]) subject.sent(handler);
    subject.send(two, PacketType.ACK, firstWrite);
    expect(subject.activated.at(-1)).to.equal("100000002 led by 3");
    expect(activation(subject.sent(three))).to.deep.equal(["COMMITANDACTIVATE 2 led by 3"]);
    expect(activation(subject.sent(observer))).to.deep.equal(["INFORMANDACTIVATE 2 led by 3"]);
    subject.core.logged(firstWrite + 1n);
    for (const handler of [two, four]) subject.send(handler, PacketType.ACK, firstWrite + 1n);
    expect(subject.core.server.lastProcessedZxid).to.equal(firstWrite);
  });

  it("answers no sync once another one leads: that one may have committed more", () => {
    const { subject, two, three } = changeable();
    ask(subject, { leavingServers: "1" });
    for (const handler of [two, three]) subject.send(handler, PacketType.ACK, firstWrite);
    subject.core.logged(firstWrite);
    subject.core.pump();
    expect(subject.activated.at(-1)).to.equal("100000002 led by 2");
    subject.sent(two);
    const request = LearnerRequest.encode({ sessionId: 1n, cxid: 1, type: OpCode.sync, body: none });
    subject.send(two, PacketType.REQUEST, -1n, request);
    expect(subject.said(two)).to.deep.equal([]);
    const [client] = subject.core.clients;
    client.send(OpCode.sync, { path: "/" });
    expect(client.closed).to.equal(true);
  });

  it("needs a quorum of a configuration that may be in force already, from the first call on", () => {
    const subject = new Subject();
    subject.configs.isChangeable = true;
    const later = QuorumConfig.fromText([line(3), line(4), line(5)].join("\n")).withVersion(7n);
    subject.configs.lastSeen = later;
    const calls = [2n, 4n].map((sid) => subject.call(sid));
    expect(calls.map((handler) => subject.said(handler))).to.deep.equal([[], []]);
    const five = subject.call(5n);
    expect(subject.said(five)).to.deep.equal(["LEADERINFO 100000000"]);
  });

  it("gives up without a quorum of the configuration that was proposed", () => {
    const { subject, two, three } = changeable();
    const learners = [4n, 5n, 6n].map((sid) => subject.learner(sid));
    ask(subject, { joiningServers: [line(4), line(5), line(6), line(7)].join(",") });
    for (const handler of learners) subject.leader.lost(handler, "gone");
    for (let i = 0; i < 4; i++) {
      for (const handler of [two, three]) subject.send(handler, PacketType.PING, 0n, new Uint8Array(0));
      subject.advance(500);
    }
    expect(subject.gaveUp).to.equal("too few followers are in touch");
  });

  it("refuses what makes no sense, each with Apache's code", () => {
    const busy = (subject: Subject): void =>
      void (subject.configs.lastSeen = subject.configs.committed.withVersion(7n));
    expect(refusal({ leavingServers: "3" })).to.equal("OK");
    expect(refusal({ leavingServers: "3" }, busy)).to.equal("RECONFIGINPROGRESS");
    expect(refusal({ leavingServers: "3", curConfigId: 5n })).to.equal("BADVERSION");
    expect(refusal({ leavingServers: "3", curConfigId: epochZxid })).to.equal("OK");
    expect(refusal({ leavingServers: "2,3" })).to.equal("BADARGUMENTS");
    expect(refusal({ leavingServers: "three" })).to.equal("MARSHALLINGERROR");
    expect(refusal({ joiningServers: "server.4=127.0.0.1:1:2" })).to.equal("BADARGUMENTS");
    expect(refusal({ joiningServers: "server.4" })).to.equal("BADARGUMENTS");
    expect(refusal({ joiningServers: "server.x=127.0.0.1:1:2;3" })).to.equal("MARSHALLINGERROR");
    expect(refusal({ joiningServers: [4, 5, 6].map(line).join(",") })).to.equal("NEWCONFIGNOQUORUM");
    expect(refusal({ newMembers: [1, 2, 3].map(line).join("\n") })).to.equal("OK");
    expect(refusal({ newMembers: [1, 2].map(line).join(",") })).to.equal("OK");
    expect(refusal({ newMembers: line(1) })).to.equal("BADARGUMENTS");
    expect(refusal({ newMembers: "clientPort=2181" })).to.equal("BADARGUMENTS");
    const twice = ["server.4=10.0.0.1:1:2;10.0.0.1:3", "server.5=10.0.0.1:3:4;10.0.0.1:5"].join(",");
    expect(refusal({ joiningServers: twice })).to.equal("BADARGUMENTS");
  });

  it("takes no second one while one is under way", () => {
    const { subject } = changeable();
    ask(subject, { leavingServers: "3" });
    ask(subject, { leavingServers: "2" });
    const [, second] = [...subject.core.server.writePath.outstanding()];
    expect(second.op).to.deep.equal({
      type: OpCode.error,
      record: { err: ErrorCode.RECONFIGINPROGRESS },
    });
    expect(subject.configs.lastSeen.text).to.equal(
      QuorumConfig.fromText([line(1), line(2)].join("\n")).withVersion(firstWrite).text,
    );
  });
});
