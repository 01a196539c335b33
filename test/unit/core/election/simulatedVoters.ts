import { PeerState, type Notification } from "../../../../protocol/records/election.ts";
import type { ElectionConfig } from "../../../../src/core/election/electionConfig.ts";
import { FastLeaderElection } from "../../../../src/core/election/fastLeaderElection.ts";
import type { Vote } from "../../../../src/core/election/vote.ts";
import type { SeededRandom } from "../../../simulation/random.ts";

/** A majority of these, each of weight 1 where nothing else is said. */
export function majorityOf(
  sids: readonly bigint[],
  version = 0n,
  weights: ReadonlyMap<bigint, number> = new Map(),
): ElectionConfig {
  const votingMembers = new Set(sids);
  return {
    version,
    votingMembers,
    text: `members ${sids.join()} version=${version.toString(16)}`,
    weightOf: (sid) => weights.get(sid) ?? 1,
    containsQuorum: (acks) => sids.filter((sid) => acks.has(sid)).length * 2 > sids.length,
    hasMembersOf: (other) => [...votingMembers].join() === [...other.votingMembers].join(),
  };
}

export interface Voter {
  readonly sid: bigint;
  readonly isParticipant: boolean;
  zxid: bigint;
  epoch: bigint;
  election: FastLeaderElection;
  decision: Vote | null;
  isUp: boolean;
  /** A leader or follower without its quorum gives up then. */
  patienceEndsMs: number;
}

interface Delivery {
  readonly atMs: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly notification: Notification;
}

const patienceMs = 2000;
const checkMs = 100;

/** Servers that elect, on a virtual clock and a network that delays, loses and parts as it is told. */
export class SimulatedVoters {
  readonly voters: Voter[] = [];
  nowMs = 0;
  /** Chance that a message is lost. */
  loss = 0;
  delayMsMax = 20;
  readonly #random: SeededRandom;
  readonly #config: ElectionConfig;
  readonly #cut = new Set<string>();
  #inFlight: Delivery[] = [];

  constructor(random: SeededRandom, config: ElectionConfig) {
    this.#random = random;
    this.#config = config;
  }

  add(sid: bigint, zxid: bigint, epoch: bigint, isParticipant = true): Voter {
    const voter: Voter = {
      sid,
      isParticipant,
      zxid,
      epoch,
      election: this.#newElection(sid, zxid, epoch, isParticipant),
      decision: null,
      isUp: false,
      patienceEndsMs: 0,
    };
    this.voters.push(voter);
    return voter;
  }

  /** With a memory of nothing but what is on disk. */
  start(voter: Voter): void {
    voter.election = this.#newElection(voter.sid, voter.zxid, voter.epoch, voter.isParticipant);
    voter.isUp = true;
    this.look(voter);
  }

  stop(voter: Voter): void {
    voter.isUp = false;
    voter.decision = null;
    this.#inFlight = this.#inFlight.filter(({ from, to }) => from !== voter.sid && to !== voter.sid);
  }

  look(voter: Voter): void {
    voter.decision = null;
    const standing = {
      sid: voter.sid,
      isParticipant: voter.isParticipant,
      lastLoggedZxid: voter.zxid,
      currentEpoch: voter.epoch,
    };
    voter.election.look(standing, { committed: this.#config, lastSeen: null }, this.nowMs);
  }

  /** Nothing goes from one to the other any more. */
  cut(from: bigint, to: bigint): void {
    this.#cut.add(`${from}>${to}`);
  }

  healAll(): void {
    this.#cut.clear();
  }

  leaders(): Voter[] {
    return this.voters.filter(({ isUp, election }) => isUp && election.state === PeerState.LEADING);
  }

  /** Whether every server that is up has settled with one leader. */
  isSettled(): boolean {
    const up = this.voters.filter(({ isUp }) => isUp);
    const [first] = up;
    return up.every(
      ({ decision }) => decision !== null && decision.leader === (first.decision?.leader ?? null),
    );
  }

  /** Goes on until `done` or `msMax` (virtual) have passed; answers whether it was done. */
  run(msMax: number, done: () => boolean = () => false): boolean {
    const endMs = this.nowMs + msMax;
    while (this.nowMs < endMs) {
      if (done()) return true;
      this.#step(Math.min(endMs, this.#nextMs()));
    }
    return done();
  }

  #nextMs(): number {
    const times = [this.nowMs + checkMs, ...this.#inFlight.map(({ atMs }) => atMs)];
    for (const { isUp, election } of this.voters) if (isUp) times.push(election.deadlineMs);
    return Math.max(this.nowMs, Math.min(...times));
  }

  #step(atMs: number): void {
    this.nowMs = atMs;
    const due = this.#inFlight.filter((one) => one.atMs <= atMs).sort((a, b) => a.atMs - b.atMs);
    this.#inFlight = this.#inFlight.filter((one) => one.atMs > atMs);
    for (const { from, to, notification } of due) {
      const target = this.voters.find(({ sid, isUp }) => sid === to && isUp);
      target?.election.heard(from, { ...notification, senderConfig: null }, atMs);
    }
    for (const voter of this.voters) {
      if (voter.isUp) voter.election.tick(atMs);
      if (voter.isUp && voter.decision !== null) this.#checkQuorum(voter);
    }
  }

  /** What ZAB does behind the election: who has no quorum with its leader for a while looks again. */
  #checkQuorum(voter: Voter): void {
    const leader = voter.decision?.leader ?? 0n;
    const followers = this.voters.filter(
      (one) => one.isUp && one.decision?.leader === leader && this.#reaches(one.sid, leader),
    );
    const leads = followers.some(
      ({ sid, election }) => sid === leader && election.state === PeerState.LEADING,
    );
    const isWell =
      leads &&
      this.#reaches(voter.sid, leader) &&
      this.#config.containsQuorum(new Set(followers.map(({ sid }) => sid)));
    if (isWell) voter.patienceEndsMs = this.nowMs + patienceMs;
    else if (this.nowMs > voter.patienceEndsMs) this.look(voter);
  }

  #reaches(one: bigint, other: bigint): boolean {
    return !this.#cut.has(`${one}>${other}`) && !this.#cut.has(`${other}>${one}`);
  }

  #newElection(sid: bigint, zxid: bigint, epoch: bigint, isParticipant: boolean): FastLeaderElection {
    const standing = { sid, isParticipant, lastLoggedZxid: zxid, currentEpoch: epoch };
    return new FastLeaderElection(
      standing,
      { committed: this.#config, lastSeen: null },
      {
        send: (to, notification) => this.#send(sid, to, notification),
        decided: (_, vote) => {
          const voter = this.voters.find((one) => one.sid === sid);
          if (voter === undefined) return;
          voter.decision = vote;
          voter.patienceEndsMs = this.nowMs + patienceMs;
        },
        adopt: () => {},
        isLooking: () => {},
      },
      // So that a test does not have to wait for long silences.
      { notificationIntervalMsMax: 2000 },
    );
  }

  #send(from: bigint, to: bigint, notification: Notification): void {
    if (this.#cut.has(`${from}>${to}`) || this.#random.chance(this.loss)) return;
    const atMs = this.nowMs + 1 + this.#random.below(this.delayMsMax);
    this.#inFlight.push({ atMs, from, to, notification });
  }
}
