import { expect } from "chai";
import { zxidOf } from "../../../../../protocol/longs.ts";
import { EpochAgreement } from "../../../../../src/core/zab/discovery/epochAgreement.ts";
import { MajorityQuorum } from "../../../../../src/core/quorum/quorumVerifier.ts";

const patienceMs = 1000;
const leaderSummary = { currentEpoch: 3, lastZxid: zxidOf(3, 7) };

/** Server 3 of three (or of these), with all that it has asked of the world. */
function agreement(
  voters: readonly bigint[] = [1n, 2n, 3n],
  lastSeen: readonly bigint[] | null = null,
): { agreement: EpochAgreement; done: string[] } {
  const done: string[] = [];
  const committed = new MajorityQuorum(voters);
  const newer = lastSeen === null ? null : new MajorityQuorum(lastSeen);
  const made = new EpochAgreement(
    { ...leaderSummary, sid: 3n, acceptedEpoch: 3 },
    {
      isCommittedQuorum: (sids) => committed.containsQuorum(sids),
      isQuorum: (sids) => committed.containsQuorum(sids) && (newer?.containsQuorum(sids) ?? true),
    },
    {
      writeAcceptedEpoch: (epoch) => done.push(`write acceptedEpoch ${epoch}`),
      sendLeaderInfo: (sid, epoch) => done.push(`LEADERINFO ${epoch} to ${sid}`),
      writeCurrentEpoch: (epoch) => done.push(`write currentEpoch ${epoch}`),
      synchronise: (sid) => done.push(`synchronise ${sid}`),
      established: (epoch) => done.push(`established ${epoch}`),
      drop: (sid) => done.push(`drop ${sid}`),
      giveUp: (reason) => done.push(reason),
    },
    patienceMs,
    0,
  );
  return { agreement: made, done };
}

const older = { currentEpoch: 3, lastZxid: zxidOf(3, 5) };

describe("agreement on an epoch", () => {
  it("goes from calls over epochs on disk to an established leader", () => {
    const { agreement: leader, done } = agreement();
    const said = (): string[] => done.splice(0);
    expect(said()).to.deep.equal([]);
    leader.calls(1n, 3, true);
    expect(said()).to.deep.equal(["write acceptedEpoch 4"]);
    leader.calls(2n, 2, true);
    expect(said()).to.deep.equal([]);
    leader.acceptedEpochWritten(10);
    expect(said()).to.deep.equal(["LEADERINFO 4 to 1", "LEADERINFO 4 to 2"]);
    leader.ackEpoch(1n, older);
    expect(said()).to.deep.equal(["write currentEpoch 4"]);
    leader.currentEpochWritten(20);
    expect(said()).to.deep.equal(["synchronise 1"]);
    leader.ackEpoch(2n, older);
    expect(said()).to.deep.equal(["synchronise 2"]);
    expect(leader.newLeaderAck(1n, zxidOf(4, 0))).to.equal(true);
    expect(said()).to.deep.equal(["established 4"]);
    expect([leader.isEstablished, leader.deadlineMs]).to.deep.equal([true, Number.POSITIVE_INFINITY]);
    expect(leader.newLeaderAck(2n, zxidOf(4, 0))).to.equal(true);
    expect(said()).to.deep.equal([]);
  });

  it("is newer than every epoch that a caller has accepted, an observer's too", () => {
    const { agreement: leader, done } = agreement();
    leader.calls(9n, 8, false);
    expect(done).to.deep.equal([]);
    leader.calls(2n, 5, true);
    expect(done).to.deep.equal(["write acceptedEpoch 9"]);
    leader.calls(1n, 20, true);
    expect(leader.epoch).to.equal(9);
  });

  it("tells nobody of an epoch that is not on disk", () => {
    const { agreement: leader, done } = agreement();
    leader.calls(1n, 3, true);
    leader.calls(2n, 3, true);
    leader.ackEpoch(1n, older);
    expect(done).to.deep.equal(["write acceptedEpoch 4"]);
    leader.acceptedEpochWritten(0);
    leader.ackEpoch(1n, older);
    leader.ackEpoch(2n, older);
    expect(done.slice(3)).to.deep.equal(["write currentEpoch 4"]);
    expect(leader.newLeaderAck(1n, zxidOf(4, 0))).to.equal(false);
  });

  it("tells who comes later at once", () => {
    const { agreement: leader, done } = agreement();
    leader.calls(1n, 3, true);
    leader.acceptedEpochWritten(0);
    leader.ackEpoch(1n, older);
    leader.currentEpochWritten(0);
    leader.newLeaderAck(1n, zxidOf(4, 0));
    done.length = 0;
    leader.calls(2n, 4, true);
    leader.ackEpoch(2n, { currentEpoch: -1, lastZxid: 0n });
    expect(done).to.deep.equal(["LEADERINFO 4 to 2", "synchronise 2"]);
  });

  it("drops a learner that knows more than the leader, by epoch or by zxid", () => {
    for (const ahead of [
      { currentEpoch: 4, lastZxid: 0n },
      { currentEpoch: 3, lastZxid: zxidOf(3, 8) },
    ]) {
      const { agreement: leader, done } = agreement();
      leader.calls(1n, 3, true);
      leader.acceptedEpochWritten(0);
      leader.ackEpoch(1n, ahead);
      expect(done.at(-1)).to.equal("drop 1");
      leader.currentEpochWritten(0);
      expect(done.at(-1)).to.equal("drop 1");
    }
  });

  it("does not count who had accepted the epoch before, who has no log, or who does not vote", () => {
    const { agreement: leader, done } = agreement([1n, 2n, 3n]);
    leader.calls(1n, 3, true);
    leader.calls(2n, 3, true);
    leader.calls(9n, 3, false);
    leader.acceptedEpochWritten(0);
    done.length = 0;
    leader.ackEpoch(1n, { currentEpoch: -1, lastZxid: zxidOf(3, 1) });
    leader.ackEpoch(2n, { currentEpoch: 0, lastZxid: -1n });
    leader.ackEpoch(9n, older);
    expect(done).to.deep.equal([]);
  });

  it("counts no ack of another epoch's NEWLEADER", () => {
    const { agreement: leader } = agreement();
    leader.calls(1n, 3, true);
    leader.acceptedEpochWritten(0);
    leader.ackEpoch(1n, older);
    leader.currentEpochWritten(0);
    expect(leader.newLeaderAck(1n, zxidOf(3, 0))).to.equal(false);
    expect(leader.newLeaderAck(1n, zxidOf(4, 1))).to.equal(false);
    expect(leader.isEstablished).to.equal(false);
  });

  it("needs a quorum of a newer configuration too before it is established", () => {
    const { agreement: leader } = agreement([1n, 2n, 3n], [3n, 4n, 5n]);
    leader.calls(1n, 3, true);
    leader.acceptedEpochWritten(0);
    leader.ackEpoch(1n, older);
    leader.currentEpochWritten(0);
    leader.newLeaderAck(1n, zxidOf(4, 0));
    expect(leader.isEstablished).to.equal(false);
    leader.newLeaderAck(4n, zxidOf(4, 0));
    expect(leader.isEstablished).to.equal(true);
  });

  it("gives up when a quorum does not come, follow or synchronise in time", () => {
    const waiting = agreement();
    waiting.agreement.tick(patienceMs - 1);
    expect(waiting.done).to.deep.equal([]);
    waiting.agreement.tick(patienceMs);
    expect(waiting.done).to.deep.equal(["no quorum has called in time"]);
    waiting.agreement.calls(1n, 3, true);
    expect(waiting.done.length).to.equal(1);

    const following = agreement();
    following.agreement.calls(1n, 3, true);
    following.agreement.acceptedEpochWritten(500);
    following.agreement.tick(patienceMs);
    following.agreement.tick(patienceMs + 500);
    expect(following.done.at(-1)).to.equal("no quorum has taken the new epoch over in time");

    const synchronising = agreement();
    synchronising.agreement.calls(1n, 3, true);
    synchronising.agreement.acceptedEpochWritten(0);
    synchronising.agreement.ackEpoch(1n, older);
    synchronising.agreement.currentEpochWritten(100);
    synchronising.agreement.tick(patienceMs + 100);
    expect(synchronising.done.at(-1)).to.equal("no quorum has synchronised in time");
  });

  it("alone, waits for nothing but its own disk", () => {
    const { agreement: leader, done } = agreement([3n]);
    leader.acceptedEpochWritten(0);
    leader.currentEpochWritten(0);
    expect(done).to.deep.equal(["write acceptedEpoch 4", "write currentEpoch 4", "established 4"]);
  });
});
