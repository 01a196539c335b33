import { expect } from "chai";
import { zxidOf } from "../../../../../protocol/longs.ts";
import { PacketType } from "../../../../../protocol/records/quorum.ts";
import { Learner, type LearnerHost } from "../../../../../src/core/zab/learner/learner.ts";
import { usual } from "./usualState.ts";

const times = { tickTimeMs: 2000, initLimit: 10, syncLimit: 5 };
/** A learner whose disk does what it is asked only when the test says so. */
function subject(): { learner: Learner; done: string[]; finishDisk: () => void } {
  const done: string[] = [];
  const pending: (() => void)[] = [];
  const unasked = (): never => {
    throw new Error("not a part of this test");
  };
  const host: LearnerHost = {
    dial: () => undefined,
    flushToLeader: () => undefined,
    writeAcceptedEpoch: (_epoch, then) => pending.push(then),
    writeCurrentEpoch: (_epoch, then) => pending.push(then),
    truncate: (_zxid, then) => pending.push(then),
    receiveSnapshot: unasked,
    saveSnapshot: unasked,
    append: ({ zxid }) => done.push(`append ${zxid.toString(16)}`),
    whenLogged: (then) => pending.push(then),
    applyLogged: ({ zxid }) => done.push(`apply ${zxid.toString(16)}`),
    committed: unasked,
    revalidatedElsewhere: unasked,
    serve: unasked,
    see: unasked,
    activate: unasked,
    distrustTree: unasked,
    giveUp: (reason) => done.push(`give up: ${reason}`),
    report: () => undefined,
  };
  const learner = new Learner(usual, times, 1 << 20, host, () => 0);
  const finishDisk = (): void => {
    while (pending.length > 0) pending.shift()?.();
  };
  return { learner, done, finishDisk };
}

function synchronisedBy(learner: Learner, finishDisk: () => void): void {
  const packet = (type: PacketType, zxid: bigint, data: Uint8Array | null = null): void =>
    learner.packet({ type, zxid, data, authinfo: null });
  const next = zxidOf(1, 3);
  learner.begin();
  learner.connected();
  packet(PacketType.LEADERINFO, zxidOf(2, 0));
  finishDisk();
  packet(PacketType.DIFF, next);
  packet(PacketType.PROPOSAL, next, new Uint8Array(40));
  packet(PacketType.COMMIT, next);
  packet(PacketType.NEWLEADER, zxidOf(2, 0));
}

describe("a learner that loses its leader", () => {
  it("stands for the transactions of a synchronisation that it was logging", () => {
    const { learner, done, finishDisk } = subject();
    synchronisedBy(learner, finishDisk);
    expect(done).to.deep.equal(["append 100000003"]);
    learner.lost("the connection is gone");
    expect(done.at(-1)).to.equal("give up: the connection is gone");
    expect(learner.uncommitted().map(({ zxid }) => zxid)).to.deep.equal([zxidOf(1, 3)]);
  });

  it("has nothing more to apply once they are in log and tree", () => {
    const { learner, done, finishDisk } = subject();
    synchronisedBy(learner, finishDisk);
    finishDisk();
    learner.lost("the connection is gone");
    expect(done.slice(0, 2)).to.deep.equal(["append 100000003", "apply 100000003"]);
    expect(learner.uncommitted()).to.deep.equal([]);
  });
});
