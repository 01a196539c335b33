import { expect } from "chai";
import { notificationVersion, PeerState, type Notification } from "../../../../protocol/records/election.ts";
import type { ElectionConfig } from "../../../../src/core/election/electionConfig.ts";
import { FastLeaderElection } from "../../../../src/core/election/fastLeaderElection.ts";
import { noVote } from "../../../../src/core/election/vote.ts";
import { majorityOf } from "./simulatedVoters.ts";

const three = majorityOf([1n, 2n, 3n]);

/** One server under test, with what it has asked of the world. */
class Subject {
  readonly sent: [bigint, Notification][] = [];
  readonly decisions: [PeerState, bigint][] = [];
  readonly adopted: [bigint, boolean][] = [];
  readonly looking: bigint[] = [];
  readonly election: FastLeaderElection;
  readonly #sid: bigint;
  readonly #zxid: bigint;
  readonly #config: ElectionConfig;
  readonly #isParticipant: boolean;

  constructor(sid = 2n, { zxid = 5n, config = three, isParticipant = true, reconfigEnabled = false } = {}) {
    this.#sid = sid;
    this.#zxid = zxid;
    this.#config = config;
    this.#isParticipant = isParticipant;
    this.election = new FastLeaderElection(
      this.#standing(),
      { committed: config, lastSeen: null },
      {
        send: (to, notification) => this.sent.push([to, notification]),
        decided: (state, vote) => this.decisions.push([state, vote.leader]),
        adopt: (adopted, restart) => this.adopted.push([adopted.version, restart]),
        isLooking: (looking) => this.looking.push(looking),
      },
      { reconfigEnabled },
    );
  }

  #standing(): { sid: bigint; isParticipant: boolean; lastLoggedZxid: bigint; currentEpoch: bigint } {
    return {
      sid: this.#sid,
      isParticipant: this.#isParticipant,
      lastLoggedZxid: this.#zxid,
      currentEpoch: 1n,
    };
  }

  look(nowMs = 0): this {
    this.election.look(this.#standing(), { committed: this.#config, lastSeen: null }, nowMs);
    return this;
  }

  /** What was sent since the last call, as `recipient: leader zxid round epoch`. */
  said(): string[] {
    return this.sent
      .splice(0)
      .map(
        ([to, { leader, zxid, electionEpoch, peerEpoch }]) =>
          `${to}: ${leader} ${zxid} ${electionEpoch} ${peerEpoch}`,
      );
  }

  hear(
    from: bigint,
    vote: Partial<Notification>,
    nowMs = 0,
    senderConfig: ElectionConfig | null = null,
  ): void {
    const usual = { leader: from, zxid: 5n, electionEpoch: 1n, peerEpoch: 1n, state: PeerState.LOOKING };
    const notification = { ...usual, version: notificationVersion, config: "", ...vote };
    this.election.heard(from, { ...notification, senderConfig }, nowMs);
  }
}

describe("fast leader election", () => {
  it("proposes itself to every other voter, with its zxid, round and epoch and the committed config", () => {
    const subject = new Subject().look();
    expect(subject.sent.map(([, { state, config }]) => [state, config])).to.deep.equal([
      [PeerState.LOOKING, three.text],
      [PeerState.LOOKING, three.text],
    ]);
    expect(subject.said()).to.deep.equal(["1: 2 5 1 1", "3: 2 5 1 1"]);
  });

  it("prefers the greater epoch, then the greater zxid, then the greater server id", () => {
    const better: Partial<Notification>[] = [
      { leader: 1n, peerEpoch: 2n, zxid: 0n },
      { leader: 1n, zxid: 6n },
      { leader: 3n },
    ];
    for (const vote of better) {
      const subject = new Subject().look();
      subject.said();
      subject.hear(3n, vote);
      const { leader, zxid = 5n, peerEpoch = 1n } = vote;
      expect(subject.said()).to.deep.equal([
        `1: ${leader} ${zxid} 1 ${peerEpoch}`,
        `3: ${leader} ${zxid} 1 ${peerEpoch}`,
      ]);
    }
    const subject = new Subject().look();
    subject.said();
    subject.hear(3n, { leader: 3n, zxid: 4n });
    subject.hear(1n, { leader: 3n, peerEpoch: 0n, zxid: 9n });
    subject.hear(1n, { leader: 1n });
    expect(subject.said()).to.deep.equal([]);
  });

  it("never prefers a server without weight", () => {
    const config = majorityOf([1n, 2n, 3n], 0n, new Map([[3n, 0]]));
    const subject = new Subject(2n, { config }).look();
    subject.said();
    subject.hear(3n, { leader: 3n, zxid: 100n });
    expect(subject.said()).to.deep.equal([]);
  });

  it("is elected when a quorum has proposed it and nothing better comes for 200 ms", () => {
    const subject = new Subject(3n).look();
    subject.hear(2n, { leader: 3n }, 10);
    subject.election.tick(209);
    expect(subject.decisions).to.deep.equal([]);
    expect(subject.election.deadlineMs).to.equal(210);
    subject.election.tick(210);
    expect(subject.decisions).to.deep.equal([[PeerState.LEADING, 3n]]);
  });

  it("waits anew when anything comes within the 200 ms, and goes on when it is better", () => {
    const subject = new Subject(2n).look();
    subject.hear(1n, { leader: 2n }, 0);
    subject.hear(1n, { leader: 2n }, 150);
    subject.election.tick(200);
    expect(subject.decisions).to.deep.equal([]);
    subject.said();
    subject.hear(3n, {}, 300);
    expect(subject.said()).to.deep.equal(["1: 3 5 1 1", "3: 3 5 1 1"]);
    subject.election.tick(500);
    expect(subject.decisions).to.deep.equal([[PeerState.FOLLOWING, 3n]]);
  });

  it("does not count votes that differ in one of the four fields", () => {
    for (const vote of [{ zxid: 4n }, { peerEpoch: 0n }, { leader: 1n }]) {
      const subject = new Subject(2n).look();
      subject.hear(1n, { leader: 2n, ...vote }, 0);
      expect(subject.election.deadlineMs).to.equal(200);
      subject.election.tick(200);
      expect(subject.decisions).to.deep.equal([]);
    }
  });

  it("takes a newer round over, forgets the votes of the older one, and proposes the better of both", () => {
    const subject = new Subject(2n, { config: majorityOf([1n, 2n, 3n, 4n, 5n]) }).look();
    subject.hear(1n, { leader: 2n });
    subject.said();
    subject.hear(3n, { leader: 1n, zxid: 4n, electionEpoch: 7n }, 10);
    expect(subject.election.logicalClock).to.equal(7n);
    expect(subject.said()[0]).to.equal("1: 2 5 7 1");
    subject.hear(4n, { leader: 2n, electionEpoch: 7n }, 10);
    // With the vote of the older round these would be three.
    subject.election.tick(210);
    expect(subject.decisions).to.deep.equal([]);
    subject.hear(5n, { leader: 2n, electionEpoch: 7n }, 210);
    subject.election.tick(410);
    expect(subject.decisions).to.deep.equal([[PeerState.LEADING, 2n]]);
  });

  it("looks at nothing but whether something better comes while it waits for the end, as Apache", () => {
    const subject = new Subject(2n).look();
    subject.hear(1n, { leader: 2n });
    subject.hear(3n, { leader: 1n, zxid: 4n, electionEpoch: 7n }, 10);
    expect(subject.election.logicalClock).to.equal(1n);
    subject.election.tick(210);
    expect(subject.decisions).to.deep.equal([[PeerState.LEADING, 2n]]);
  });

  it("answers a voter of an older round with its proposal, and counts it not", () => {
    const subject = new Subject(2n).look().look();
    subject.said();
    subject.hear(3n, { electionEpoch: 1n });
    expect(subject.said()).to.deep.equal(["3: 2 5 2 1"]);
  });

  it("hears no voter that the configuration does not name, but tells it the current vote and the clock", () => {
    const subject = new Subject(2n).look();
    subject.said();
    subject.hear(99n, { leader: 99n, zxid: 1000n, electionEpoch: 50n });
    expect(subject.said()).to.deep.equal(["99: 2 5 1 1"]);
    subject.hear(3n, { leader: 99n, zxid: 1000n });
    expect(subject.said()).to.deep.equal([]);
    expect(subject.election.logicalClock).to.equal(1n);
  });

  it("joins a leader at work when it and a quorum say so, and takes their round", () => {
    const subject = new Subject(1n).look();
    const settled = { leader: 3n, zxid: 2n, electionEpoch: 9n, peerEpoch: 4n };
    subject.hear(2n, { ...settled, state: PeerState.FOLLOWING });
    expect(subject.decisions).to.deep.equal([]);
    subject.hear(3n, { ...settled, zxid: 1n, state: PeerState.LEADING });
    expect(subject.decisions).to.deep.equal([[PeerState.FOLLOWING, 3n]]);
    expect(subject.election.logicalClock).to.equal(9n);
  });

  it("does not join a leader of which only others say that it leads", () => {
    const subject = new Subject(1n, { config: majorityOf([1n, 2n, 3n, 4n, 5n]) }).look();
    for (const sid of [2n, 3n, 4n])
      subject.hear(sid, { leader: 5n, electionEpoch: 9n, state: PeerState.FOLLOWING });
    expect(subject.decisions).to.deep.equal([]);
  });

  it("tells one that is LOOKING whom it follows, in the round of its election and the epoch it serves in", () => {
    const subject = new Subject(2n).look();
    subject.hear(3n, { leader: 3n }, 0);
    subject.election.tick(200);
    subject.election.established(6n);
    subject.said();
    subject.hear(1n, { electionEpoch: 12n }, 1000);
    expect(subject.sent.map(([, { state }]) => state)).to.deep.equal([PeerState.FOLLOWING]);
    expect(subject.said()).to.deep.equal(["1: 3 5 1 6"]);
    expect(subject.looking).to.deep.equal([1n]);
    subject.hear(1n, { state: PeerState.FOLLOWING }, 1000);
    expect(subject.said()).to.deep.equal([]);
  });

  it("repeats its votes after 200 ms of silence, then after twice as long each time, up to a minute", () => {
    const subject = new Subject(1n).look();
    const waits: number[] = [];
    for (let nowMs = 0; waits.length < 11;) {
      waits.push(subject.election.deadlineMs - nowMs);
      nowMs = subject.election.deadlineMs;
      subject.said();
      subject.election.tick(nowMs);
      expect(subject.said()).to.deep.equal(["2: 1 5 1 1", "3: 1 5 1 1"]);
    }
    expect(waits).to.deep.equal([200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000]);
  });

  it("repeats them also where worse votes come all the time, a little sooner than it would", () => {
    const subject = new Subject(3n).look();
    subject.said();
    const said: number[] = [];
    for (let nowMs = 190; nowMs < 2000; nowMs += 190) {
      subject.hear(2n, { zxid: 4n }, nowMs);
      subject.election.tick(nowMs);
      if (subject.said().length > 0) said.push(nowMs);
    }
    // Behind 400 ms, then behind 800 more.
    expect(said).to.deep.equal([570, 1520]);
  });

  it("never proposes an observer, which learns who leads", () => {
    const subject = new Subject(9n, { isParticipant: false }).look();
    expect(subject.said()).to.deep.equal(
      [1n, 2n, 3n].map((sid) => `${sid}: ${noVote} ${noVote} 1 ${noVote}`),
    );
    subject.hear(2n, { leader: 3n, state: PeerState.FOLLOWING, electionEpoch: 4n });
    subject.hear(3n, { leader: 3n, state: PeerState.LEADING, electionEpoch: 4n });
    expect(subject.decisions).to.deep.equal([[PeerState.OBSERVING, 3n]]);
  });

  it("proposes nobody when it is no voter of the configuration yet", () => {
    const subject = new Subject(4n).look();
    expect(subject.said()[0]).to.equal(`1: ${noVote} 5 1 1`);
  });

  it("ignores votes of servers that have no log", () => {
    const subject = new Subject(2n).look();
    subject.said();
    subject.hear(3n, { zxid: -1n, peerEpoch: 9n });
    expect(subject.said()).to.deep.equal([]);
  });

  it("elects itself at once when it is alone", () => {
    const subject = new Subject(1n, { config: majorityOf([1n]) }).look();
    subject.election.tick(200);
    expect(subject.decisions).to.deep.equal([[PeerState.LEADING, 1n]]);
  });

  it("takes a newer configuration over, and stops for one with other members", () => {
    const newer = majorityOf([1n, 2n, 3n], 5n);
    const larger = majorityOf([1n, 2n, 3n, 4n], 6n);
    const subject = new Subject(2n, { reconfigEnabled: true }).look();
    subject.hear(1n, { leader: 2n }, 0, newer);
    expect(subject.adopted).to.deep.equal([[5n, false]]);
    expect(subject.election.deadlineMs).to.equal(200);
    subject.hear(3n, {}, 0, larger);
    expect(subject.adopted).to.deep.equal([
      [5n, false],
      [6n, true],
    ]);
    expect(subject.election.deadlineMs).to.equal(Number.POSITIVE_INFINITY);
    subject.hear(1n, { leader: 2n }, 0);
    subject.election.tick(1000);
    expect(subject.decisions).to.deep.equal([]);
  });

  it("takes no configuration over where reconfiguration is off, or when it has settled", () => {
    const larger = majorityOf([1n, 2n, 3n, 4n], 6n);
    const subject = new Subject(2n).look();
    subject.hear(1n, { leader: 2n }, 0, larger);
    subject.election.tick(200);
    expect(subject.decisions).to.deep.equal([[PeerState.LEADING, 2n]]);
    const settled = new Subject(1n, { config: majorityOf([1n]), reconfigEnabled: true }).look();
    settled.election.tick(200);
    settled.hear(1n, {}, 300, larger);
    expect([subject.adopted, settled.adopted]).to.deep.equal([[], []]);
  });

  it("needs a quorum of a newer configuration that it has seen, too", () => {
    const decisions: PeerState[] = [];
    const standing = { sid: 3n, isParticipant: true, lastLoggedZxid: 5n, currentEpoch: 1n };
    const configs = { committed: three, lastSeen: majorityOf([3n, 4n, 5n], 8n) };
    const election = new FastLeaderElection(standing, configs, {
      send: () => {},
      decided: (state) => decisions.push(state),
      adopt: () => {},
      isLooking: () => {},
    });
    election.look(standing, configs, 0);
    const vote = { leader: 3n, zxid: 5n, electionEpoch: 1n, peerEpoch: 1n, state: PeerState.LOOKING };
    const hear = (sid: bigint): void =>
      election.heard(sid, { ...vote, version: 2, config: "", senderConfig: null }, 0);
    hear(1n);
    hear(2n);
    expect(election.deadlineMs).to.equal(200);
    election.tick(200);
    expect(decisions).to.deep.equal([]);
    hear(4n);
    election.tick(400);
    expect(decisions).to.deep.equal([PeerState.LEADING]);
  });

  it("joins a settled leader by the committed configuration, whatever it has seen that was never committed", () => {
    const decisions: [PeerState, bigint][] = [];
    const standing = { sid: 3n, isParticipant: true, lastLoggedZxid: 9n, currentEpoch: 1n };
    const configs = { committed: three, lastSeen: majorityOf([1n, 3n], 8n) };
    const election = new FastLeaderElection(standing, configs, {
      send: () => {},
      decided: (state, { leader }) => decisions.push([state, leader]),
      adopt: () => {},
      isLooking: () => {},
    });
    election.look(standing, configs, 0);
    const vote = {
      leader: 2n,
      zxid: 5n,
      electionEpoch: 7n,
      peerEpoch: 2n,
      version: 2,
      config: "",
      senderConfig: null,
    };
    election.heard(1n, { ...vote, state: PeerState.FOLLOWING }, 0);
    expect(decisions).to.deep.equal([]);
    election.heard(2n, { ...vote, state: PeerState.LEADING }, 0);
    expect(decisions).to.deep.equal([[PeerState.FOLLOWING, 2n]]);
  });

  it("without a vote, does not answer those of older rounds, who would answer in turn without end", () => {
    const observer = new Subject(9n, { isParticipant: false }).look().look();
    observer.said();
    observer.hear(2n, { electionEpoch: 1n });
    expect(observer.said()).to.deep.equal([]);
    const voter = new Subject(3n).look().look();
    voter.said();
    voter.hear(2n, { electionEpoch: 1n });
    expect(voter.said()).to.deep.equal(["2: 3 5 2 1"]);
  });
});
