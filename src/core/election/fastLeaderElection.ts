import { notificationVersion, PeerState, type Notification } from "../../../protocol/records/election.ts";
import { BallotBox } from "./ballotBox.ts";
import { votersOf, type ElectionConfig, type ElectionConfigs } from "./electionConfig.ts";
import {
  defaultElectionOptions,
  type ElectionEffects,
  type ElectionOptions,
  type Standing,
} from "./electionEffects.ts";
import { isBetter, noVote, type Candidate, type Vote } from "./vote.ts";

/** A notification with what its sender's config text says; null where it has none or one that cannot be read. */
export interface Heard extends Notification {
  readonly senderConfig: ElectionConfig | null;
}

/**
 * The vote: who leads. Every server proposes itself, takes over each better proposal that it hears and tells the
 * others; who is agreed upon by a quorum, and stays so for a moment, is elected. A server that comes to an ensemble at
 * work hears from those who follow and from the one who leads, and joins them.
 *
 * Inputs are `look`, `heard`, and `tick` at `deadlineMs`. Times are those of a clock that never jumps, in ms.
 * Source: FastLeaderElection of Apache 3.9.5; peer.md section 2.
 */
export class FastLeaderElection {
  readonly #effects: ElectionEffects;
  readonly #options: ElectionOptions;
  #standing: Standing;
  #configs: ElectionConfigs;
  #state: PeerState = PeerState.LOOKING;
  /** Stopped for a new configuration, or not begun. */
  #isRunning = false;
  /** Rounds this server has taken part in or heard of, since its start. */
  #logicalClock = 0n;
  #proposal: Candidate;
  /** What the last election has led to. */
  #currentVote: Vote;
  readonly #round = new BallotBox();
  readonly #settled = new BallotBox();
  #intervalMs = 0;
  /** When all were told last. */
  #toldMs = 0;
  #isFinalizing = false;
  /** A vote of this round has been counted. */
  #hasCounted = false;
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** What was sent to this server itself, to be heard when the input at hand is done. */
  #own: Notification[] = [];

  constructor(
    standing: Standing,
    configs: ElectionConfigs,
    effects: ElectionEffects,
    options: Partial<ElectionOptions> = {},
  ) {
    this.#standing = standing;
    this.#configs = configs;
    this.#effects = effects;
    this.#options = { ...defaultElectionOptions, ...options };
    this.#proposal = this.#initialProposal();
    this.#currentVote = this.#asVote({
      leader: standing.sid,
      zxid: standing.lastLoggedZxid,
      peerEpoch: standing.currentEpoch,
    });
  }

  get state(): PeerState {
    return this.#state;
  }

  get currentVote(): Vote {
    return this.#currentVote;
  }

  get logicalClock(): bigint {
    return this.#logicalClock;
  }

  /** When `tick` is due; Infinity: never. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Begins a new round with what this server stands for now. */
  look(standing: Standing, configs: ElectionConfigs, nowMs: number): void {
    this.#standing = standing;
    this.#configs = configs;
    this.#state = PeerState.LOOKING;
    this.#isRunning = true;
    this.#round.clear();
    this.#settled.clear();
    this.#hasCounted = false;
    this.#logicalClock++;
    this.#proposal = this.#initialProposal();
    this.#intervalMs = this.#options.notificationIntervalMsMin;
    this.#tellAll(nowMs);
    this.#wait(nowMs);
    this.#hearOwn(nowMs);
  }

  /** The configurations have changed while this server is at work. */
  configured(configs: ElectionConfigs): void {
    this.#configs = configs;
  }

  /** A reconfiguration has named the leader: no election is held (QuorumPeer.updateVote). */
  appoint(leader: bigint, zxid: bigint, isParticipant: boolean): void {
    this.#standing = { ...this.#standing, isParticipant };
    if (leader !== this.#currentVote.leader)
      this.#currentVote = {
        leader,
        zxid,
        peerEpoch: -1n,
        electionEpoch: -1n,
        state: PeerState.LOOKING,
        version: 0,
      };
    const learning = isParticipant ? PeerState.FOLLOWING : PeerState.OBSERVING;
    this.#state = leader === this.#standing.sid ? PeerState.LEADING : learning;
    this.#isRunning = false;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  /** This server has synchronised with its leader in `epoch`, or leads it: what it tells of its vote from now on. */
  established(epoch: bigint): void {
    this.#currentVote = { ...this.#currentVote, peerEpoch: epoch };
  }

  /** A notification of `sid` has come; this server's own ones come back inside. */
  heard(sid: bigint, notification: Heard, nowMs: number): void {
    if (this.#takesConfig(notification)) return;
    if (this.#answer(sid, notification)) return;
    if (!this.#isLooking() || !isPeerState(notification.state)) return;
    this.#count(sid, notification, nowMs);
    this.#hearOwn(nowMs);
  }

  /** Nothing was heard until `deadlineMs`. */
  tick(nowMs: number): void {
    if (nowMs < this.#deadlineMs || !this.#isLooking()) return;
    if (this.#isFinalizing) {
      this.#decide(this.#asVote(this.#proposal));
      return;
    }
    if (this.#isDecidedByNow()) {
      this.#decide(this.#asVote(this.#proposal));
      return;
    }
    // Each send connects anew where there is no connection, so that nobody has to be dialled besides.
    this.#tellAll(nowMs);
    this.#intervalMs = Math.min(this.#intervalMs * 2, this.#options.notificationIntervalMsMax);
    this.#wait(nowMs);
    this.#hearOwn(nowMs);
  }

  #isLooking(): boolean {
    return this.#isRunning && this.#state === PeerState.LOOKING;
  }

  #initialProposal(): Candidate {
    const { sid, isParticipant, lastLoggedZxid, currentEpoch } = this.#standing;
    const isVoter = this.#configs.committed.votingMembers.has(sid);
    return {
      leader: isVoter ? sid : noVote,
      zxid: isParticipant ? lastLoggedZxid : noVote,
      peerEpoch: isParticipant ? currentEpoch : noVote,
    };
  }

  #asVote(candidate: Candidate): Vote {
    return { ...candidate, electionEpoch: this.#logicalClock, state: PeerState.LOOKING, version: 0 };
  }

  #weightOf = (sid: bigint): number => this.#configs.committed.weightOf(sid);

  #isVoter(sid: bigint): boolean {
    return votersOf(this.#configs).has(sid);
  }

  #tellAll(nowMs: number): void {
    this.#toldMs = nowMs;
    for (const sid of votersOf(this.#configs)) this.#tell(sid, this.#proposal, this.#logicalClock);
  }

  #tell(sid: bigint, { leader, zxid, peerEpoch }: Candidate, electionEpoch: bigint): void {
    const { text: config } = this.#configs.committed;
    const vote = { state: this.#state, leader, zxid, electionEpoch, peerEpoch };
    const notification = { ...vote, version: notificationVersion, config };
    if (sid === this.#standing.sid) this.#own.push(notification);
    else this.#effects.send(sid, notification);
  }

  #hearOwn(nowMs: number): void {
    while (this.#own.length > 0 && this.#isLooking()) {
      const [next] = this.#own.splice(0, 1);
      this.#count(this.#standing.sid, next, nowMs);
    }
    this.#own = [];
  }

  /** Whether a newer configuration has ended this election. */
  #takesConfig({ senderConfig }: Heard): boolean {
    const { committed } = this.#configs;
    if (senderConfig === null || senderConfig.version <= committed.version) return false;
    if (!this.#options.reconfigEnabled || !this.#isLooking()) return false;
    const restart = !senderConfig.hasMembersOf(committed);
    this.#configs = { ...this.#configs, committed: senderConfig };
    if (restart) {
      this.#isRunning = false;
      this.#deadlineMs = Number.POSITIVE_INFINITY;
    }
    this.#effects.adopt(senderConfig, restart);
    return restart;
  }

  /** Tells the sender what it cannot know yet; answers whether its own vote is of no account here. */
  #answer(sid: bigint, { state, electionEpoch }: Notification): boolean {
    if (!this.#isVoter(sid)) {
      this.#tell(sid, this.#currentVote, this.#logicalClock);
      return true;
    }
    if (state !== PeerState.LOOKING) return false;
    if (this.#state !== PeerState.LOOKING) {
      this.#effects.isLooking(sid);
      this.#tell(sid, this.#currentVote, this.#currentVote.electionEpoch);
    } else if (electionEpoch < this.#logicalClock && this.#isVoter(this.#standing.sid)) {
      // Of one that does not vote it would be of no account, and would be answered, and so on without end.
      this.#tell(sid, this.#proposal, this.#logicalClock);
    }
    return false;
  }

  #count(sid: bigint, notification: Notification, nowMs: number): void {
    if (this.#isFinalizing) {
      // Apache's short wait looks at nothing but whether something better comes.
      if (!isBetter(notification, this.#proposal, this.#weightOf)) {
        this.#deadlineMs = nowMs + this.#options.finalizeWaitMs;
        return;
      }
      this.#isFinalizing = false;
    }
    this.#wait(nowMs);
    if (!this.#isVoter(sid) || !this.#isVoter(notification.leader)) return;
    switch (notification.state) {
      case PeerState.LOOKING:
        this.#countLooking(sid, notification, nowMs);
        return;
      case PeerState.FOLLOWING:
      case PeerState.LEADING:
        this.#countSettled(sid, notification, notification.state);
        return;
    }
  }

  #countLooking(sid: bigint, notification: Notification, nowMs: number): void {
    const { leader, zxid, electionEpoch, peerEpoch } = notification;
    const initial = this.#initialProposal();
    if (initial.zxid === -1n || zxid === -1n || electionEpoch < this.#logicalClock) return;
    if (electionEpoch > this.#logicalClock) {
      this.#logicalClock = electionEpoch;
      this.#round.clear();
      this.#proposal = isBetter(notification, initial, this.#weightOf) ? candidateOf(notification) : initial;
      this.#tellAll(nowMs);
    } else if (isBetter(notification, this.#proposal, this.#weightOf)) {
      this.#proposal = candidateOf(notification);
      this.#tellAll(nowMs);
    }
    this.#round.put(sid, { leader, zxid, electionEpoch, peerEpoch, state: PeerState.LOOKING, version: 0 });
    this.#hasCounted = true;
    if (!this.#round.hasQuorumFor(this.#asVote(this.#proposal), this.#configs)) return;
    this.#isFinalizing = true;
    this.#deadlineMs = nowMs + this.#options.finalizeWaitMs;
  }

  /** The oracle may have changed its mind since the last vote was counted. */
  #isDecidedByNow(): boolean {
    const { oracle = null } = this.#configs;
    if (oracle === null || !this.#hasCounted) return false;
    return this.#round.hasQuorumFor(this.#asVote(this.#proposal), this.#configs);
  }

  /** A server that has settled: its leader is joined when a quorum and the leader itself say the same. */
  #countSettled(sid: bigint, notification: Notification, state: PeerState): void {
    const { leader, zxid, electionEpoch, peerEpoch, version } = notification;
    const vote: Vote = { leader, zxid, electionEpoch, peerEpoch, version, state };
    if (electionEpoch === this.#logicalClock) {
      this.#round.put(sid, { ...vote, version: 0 });
      if (this.#isLed(this.#round, vote)) {
        this.#decide(vote);
        return;
      }
    }
    this.#settled.put(sid, vote);
    if (!this.#isLed(this.#settled, vote)) return;
    this.#logicalClock = electionEpoch;
    this.#decide(vote);
  }

  /**
   * DIFFERS: Apache asks for a quorum of the last seen configuration, too. A server that has one which was never committed,
   * and in which its own vote is needed, could then never come back. To join is safe all the same: had that configuration
   * been committed, a leader of a quorum of the committed one would know of it.
   */
  #isLed(box: BallotBox, vote: Vote): boolean {
    const { committed, oracle = null } = this.#configs;
    if (!this.#isTrusted(vote) && !box.hasQuorumFor(vote, { committed, lastSeen: null, oracle }))
      return false;
    // Of its own leadership a server has no word but its round.
    if (vote.leader === this.#standing.sid) return this.#logicalClock === vote.electionEpoch;
    return box.saysItLeads(vote.leader);
  }

  /** Where the oracle has a say, a leader's own word is enough: it may lead alone, and nobody else is left to ask. */
  #isTrusted({ leader, state }: Vote): boolean {
    const { committed, oracle = null } = this.#configs;
    if (oracle === null || !oracle.hasSay(committed.votingMembers)) return false;
    return state === PeerState.LEADING && leader !== this.#standing.sid;
  }

  /**
   * For something to be heard, but not for long where everybody must be told again. DIFFERS: in Apache whatever comes begins
   * the wait anew. Of two servers with the longest wait, one of which has missed what the other has said, the one
   * whose clock is a little faster then keeps the other from ever repeating it.
   */
  #wait(nowMs: number): void {
    this.#isFinalizing = false;
    this.#deadlineMs = Math.min(nowMs + this.#intervalMs, this.#toldMs + 2 * this.#intervalMs);
  }

  #decide(vote: Vote): void {
    const { sid, isParticipant } = this.#standing;
    const learning = isParticipant ? PeerState.FOLLOWING : PeerState.OBSERVING;
    this.#state = vote.leader === sid ? PeerState.LEADING : learning;
    this.#currentVote = { ...vote, state: PeerState.LOOKING, version: 0 };
    this.#isFinalizing = false;
    this.#isRunning = false;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#own = [];
    this.#effects.decided(this.#state, this.#currentVote);
  }
}

/** A notification that says anything else is void. */
function isPeerState(state: number): boolean {
  return state >= PeerState.LOOKING && state <= PeerState.OBSERVING;
}

function candidateOf({ leader, zxid, peerEpoch }: Notification): Candidate {
  return { leader, zxid, peerEpoch };
}
