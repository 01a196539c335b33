import { expect } from "chai";
import { JuteWriter } from "../../../../../protocol/jute/writer.ts";
import { OpCode } from "../../../../../protocol/opcodes.ts";
import { ActivateInfo, InformAndActivate, PacketType } from "../../../../../protocol/records/quorum.ts";
import { writeTxnOp } from "../../../../../src/core/txns/txnOp.ts";
import { LearnerBroadcast } from "../../../../../src/core/zab/learner/learnerBroadcast.ts";

/** A reconfiguration as PROPOSAL carries it. */
function reconfig(zxid: bigint, configText: string): Uint8Array {
  const out = new JuteWriter(256);
  out.writeLong(1n);
  out.writeInt(0);
  out.writeLong(zxid);
  out.writeLong(0n);
  out.writeInt(OpCode.reconfig);
  const data = Buffer.from(configText);
  writeTxnOp(out, { type: OpCode.reconfig, record: { path: "/zookeeper/config", data, version: -1 } });
  return out.copy();
}

class Subject {
  readonly done: string[] = [];
  readonly learner: LearnerBroadcast;

  constructor(isParticipant: boolean, mustLeave: boolean) {
    this.learner = new LearnerBroadcast(isParticipant, 4n, {
      append: ({ zxid }) => this.done.push(`append ${zxid}`),
      apply: ({ zxid }) => this.done.push(`apply ${zxid}`),
      ack: (zxid) => this.done.push(`ack ${zxid}`),
      see: ({ version }) => this.done.push(`see ${version}`),
      activate: ({ version }, leader) => {
        this.done.push(`activate ${version} led by ${leader}`);
        return mustLeave;
      },
      pinged: () => undefined,
      revalidated: () => undefined,
      synced: () => undefined,
      fail: (reason) => this.done.push(`fail: ${reason}`),
      report: () => undefined,
    });
  }

  take(type: PacketType, zxid: bigint, data: Uint8Array): this {
    this.learner.packet({ type, zxid, data, authinfo: null });
    return this;
  }
}

const leave = "fail: the new configuration gives it another role or leader";

describe("a learner in service that is reconfigured", () => {
  it("keeps what is proposed before it logs it, and applies it once it is in force", () => {
    for (const mustLeave of [false, true]) {
      const subject = new Subject(true, mustLeave);
      subject.take(PacketType.PROPOSAL, 5n, reconfig(5n, "version=5"));
      subject.learner.logged(5n);
      subject.take(PacketType.COMMITANDACTIVATE, 5n, ActivateInfo.encode({ designatedLeader: 3n }));
      const all = ["see 5", "append 5", "ack 5", "activate 5 led by 3", "apply 5"];
      expect(subject.done).to.deep.equal(mustLeave ? [...all, leave] : all);
    }
  });

  it("hears of it in one piece as an observer", () => {
    const subject = new Subject(false, false);
    const txn = reconfig(5n, "version=5");
    subject.take(PacketType.INFORMANDACTIVATE, 5n, InformAndActivate.encode({ designatedLeader: 2n, txn }));
    expect(subject.done).to.deep.equal(["see 5", "append 5", "activate 5 led by 2", "apply 5"]);
  });

  it("leaves a leader that sends a configuration which cannot be read, and logs nothing of it", () => {
    const subject = new Subject(true, false);
    subject.take(PacketType.PROPOSAL, 5n, reconfig(5n, "server.1=x"));
    expect(subject.done).to.have.length(1);
    expect(subject.done[0]).to.match(/^fail: PROPOSAL of the leader cannot be read/);
  });
});
