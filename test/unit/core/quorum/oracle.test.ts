import { expect } from "chai";
import { PeerState } from "../../../../protocol/records/election.ts";
import { PacketType } from "../../../../protocol/records/quorum.ts";
import { FastLeaderElection } from "../../../../src/core/election/fastLeaderElection.ts";
import { Oracle } from "../../../../src/core/quorum/oracle.ts";
import { QuorumConfig } from "../../../../src/core/quorum/quorumConfig.ts";
import { majorityOf } from "../election/simulatedVoters.ts";
import { epochZxid, established, line, Subject, withClient } from "../zab/leader/subject.ts";

const two = QuorumConfig.fromText([1, 2].map(line).join("\n"));

/** An oracle that says what it is told to. */
class Paper {
  says = false;
  asked = 0;
  readonly oracle = new Oracle(() => {
    this.asked++;
    return this.says;
  });
}

describe("a server of two that an oracle may let go on alone", () => {
  let paper: Paper;

  beforeEach(() => {
    paper = new Paper();
  });

  describe("in an election", () => {
    const standing = { sid: 1n, isParticipant: true, lastLoggedZxid: 5n, currentEpoch: 1n };

    function look(sids: readonly bigint[] = [1n, 2n]): { election: FastLeaderElection; decided: string[] } {
      const decided: string[] = [];
      const configs = { committed: majorityOf(sids), lastSeen: null, oracle: paper.oracle };
      const election = new FastLeaderElection(standing, configs, {
        send: () => undefined,
        decided: (state, { leader }) => decided.push(`${state} ${leader}`),
        adopt: () => undefined,
        isLooking: () => undefined,
      });
      election.look(standing, configs, 0);
      return { election, decided };
    }

    function hear(election: FastLeaderElection, state: PeerState, leader: bigint): void {
      const vote = { leader, zxid: 9n, electionEpoch: 7n, peerEpoch: 2n };
      election.heard(2n, { ...vote, state, version: 2, config: "", senderConfig: null }, 10);
    }

    it("elects itself if the oracle says so, after the usual moment", () => {
      paper.says = true;
      const { election, decided } = look();
      election.tick(election.deadlineMs - 1);
      expect(decided).to.have.length(0);
      election.tick(election.deadlineMs);
      expect(decided).to.have.length(1);
      expect(election.state).to.equal(PeerState.LEADING);
    });

    it("asks again each time that nobody is heard", () => {
      const { election, decided } = look();
      for (let i = 0; i < 3; i++) election.tick(election.deadlineMs);
      expect(decided).to.have.length(0);
      paper.says = true;
      election.tick(election.deadlineMs);
      expect(election.state).to.equal(PeerState.LEADING);
    });

    it("follows the other one that leads, whatever the oracle says", () => {
      for (const says of [false, true]) {
        paper.says = says;
        const { election, decided } = look();
        hear(election, PeerState.LEADING, 2n);
        expect(election.state, decided.join()).to.equal(PeerState.FOLLOWING);
      }
    });

    it("does not take the word of one that follows", () => {
      const { election } = look();
      hear(election, PeerState.FOLLOWING, 1n);
      hear(election, PeerState.FOLLOWING, 2n);
      expect(election.state).to.equal(PeerState.LOOKING);
    });

    it("is one of a majority like any other where there are three", () => {
      paper.says = true;
      const { election } = look([1n, 2n, 3n]);
      for (let i = 0; i < 3; i++) election.tick(election.deadlineMs);
      hear(election, PeerState.LEADING, 2n);
      expect(election.state).to.equal(PeerState.LOOKING);
      expect(paper.asked).to.equal(0);
    });
  });

  describe("as a leader", () => {
    function leads(): ReturnType<typeof established> {
      const configs = { committed: two, lastSeen: two, isChangeable: false, oracle: paper.oracle };
      const made = established({ configs });
      withClient(made);
      return made;
    }

    /** As many ticks as it takes to look whether there is a quorum, and whom it has lost by then. */
    function ticks(subject: Subject): void {
      for (let i = 0; i < 2; i++) subject.advance(500);
    }

    it("is one at once where the oracle says so, without anybody", () => {
      paper.says = true;
      const configs = { committed: two, lastSeen: two, isChangeable: false, oracle: paper.oracle };
      const subject = new Subject({ configs });
      subject.disk();
      expect(subject.harness).to.not.equal(null);
      ticks(subject);
      expect(subject.gaveUp).to.equal(null);
    });

    it("gives up without its follower, unless the oracle lets it go on", () => {
      for (const says of [false, true]) {
        paper = new Paper();
        const { subject, follower } = leads();
        subject.leader.lost(follower, "closed");
        paper.says = says;
        ticks(subject);
        expect(subject.gaveUp).to.equal(says ? null : "too few followers are in touch");
      }
    });

    it("commits alone what it had proposed, and what comes then, but asks nobody while it is followed", () => {
      const { subject, follower } = leads();
      paper.says = true;
      const { server } = subject.core;
      subject.write("/a");
      subject.core.logged(epochZxid + 2n);
      expect(server.outstandingProposals, "its follower has not acknowledged").to.equal(1);
      subject.leader.lost(follower, "closed");
      ticks(subject);
      expect(server.outstandingProposals).to.equal(0);
      subject.write("/b");
      subject.core.logged(epochZxid + 3n);
      expect(server.outstandingProposals).to.equal(0);
      const again = subject.learner(2n);
      expect(again.isForwarding).to.equal(true);
      const { asked } = paper;
      subject.write("/c");
      subject.core.logged(epochZxid + 4n);
      expect([server.outstandingProposals, paper.asked]).to.deep.equal([1, asked]);
      subject.send(again, PacketType.ACK, epochZxid + 4n);
      expect(server.outstandingProposals).to.equal(0);
    });

    it("commits nothing alone, not before it is on its own disk", () => {
      const { subject, follower } = leads();
      paper.says = true;
      const { server } = subject.core;
      subject.write("/a");
      subject.leader.lost(follower, "closed");
      ticks(subject);
      expect(server.outstandingProposals).to.equal(1);
      subject.core.logged(epochZxid + 2n);
      expect(server.outstandingProposals).to.equal(0);
    });

    it("commits at its next tick what the oracle was against for a moment", () => {
      const { subject, follower } = leads();
      paper.says = true;
      subject.leader.lost(follower, "closed");
      ticks(subject);
      paper.says = false;
      subject.write("/a");
      subject.core.logged(epochZxid + 2n);
      expect(subject.core.server.outstandingProposals).to.equal(1);
      paper.says = true;
      ticks(subject);
      expect(subject.core.server.outstandingProposals).to.equal(0);
    });

    it("ends when the oracle takes its word back", () => {
      const { subject, follower } = leads();
      paper.says = true;
      subject.leader.lost(follower, "closed");
      ticks(subject);
      paper.says = false;
      ticks(subject);
      expect(subject.gaveUp).to.equal("too few followers are in touch");
    });

    it("may be asked for again once it has ended, though it was followed", () => {
      const { subject } = leads();
      expect(paper.oracle.isNeeded).to.equal(false);
      subject.leader.giveUp("for a test");
      expect(paper.oracle.isNeeded).to.equal(true);
    });
  });
});
