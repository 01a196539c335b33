import { zxidOf } from "../../../../protocol/longs.ts";

/** What a server has: what decides who may lead whom. */
export interface StateSummary {
  readonly currentEpoch: number;
  readonly lastZxid: bigint;
}

/** Whether `one` knows of more than `other`. */
export function isMoreRecent(one: StateSummary, other: StateSummary): boolean {
  if (one.currentEpoch !== other.currentEpoch) return one.currentEpoch > other.currentEpoch;
  return one.lastZxid > other.lastZxid;
}

/** All that the agreement may ask of the world. The calls must not call back. */
export interface AgreementEffects {
  /** Put the epoch on disk; `acceptedEpochWritten` says when it is there. */
  writeAcceptedEpoch(epoch: number): void;
  /** Tell the learner the new epoch; it answers with ACKEPOCH. */
  sendLeaderInfo(sid: bigint, epoch: number): void;
  /** Put the epoch on disk; `currentEpochWritten` says when it is there. */
  writeCurrentEpoch(epoch: number): void;
  /** Bring the learner up to date and send it NEWLEADER. */
  synchronise(sid: bigint): void;
  /** A quorum has synchronised and holds the epoch on disk: serve, and send UPTODATE to who has acked. */
  established(epoch: number): void;
  drop(sid: bigint, reason: string): void;
  /** This server does not become the leader; it looks again. */
  giveUp(reason: string): void;
}

/** A learner's connection, as far as the agreement goes. A server may call again: the connection before is over. */
interface Caller {
  readonly isParticipant: boolean;
  hasLeaderInfo: boolean;
  isSynchronising: boolean;
}

/** Whether these servers decide, in the committed and, if it is newer, in the last seen configuration. */
export interface AgreementQuorums {
  /** Of the committed configuration alone: counts who has called and who follows. */
  isCommittedQuorum(sids: ReadonlySet<bigint>): boolean;
  /** Of both: counts who has synchronised. */
  isQuorum(sids: ReadonlySet<bigint>): boolean;
}

type Phase =
  "calling" | "acceptedOnDisk" | "following" | "currentOnDisk" | "synchronising" | "established" | "over";

/**
 * The discovery phase, the leader's half: a quorum calls, the leader makes an epoch that is newer than any that one of
 * them has accepted, a quorum follows it there, is synchronised and says so. Then no older leader can get a quorum for
 * anything any more, and the new one has all that was committed.
 *
 * Each epoch is on the leader's disk before anybody is told of it; Apache tells of the current one while it is written.
 * Source: Leader.getEpochToPropose, waitForEpochAck and waitForNewLeaderAck of Apache 3.9.5; peer.md section 4.
 */
export class EpochAgreement {
  readonly #ownSid: bigint;
  readonly #own: StateSummary;
  readonly #quorums: AgreementQuorums;
  readonly #effects: AgreementEffects;
  readonly #patienceMs: number;
  readonly #callers = new Map<bigint, Caller>();
  readonly #called = new Set<bigint>();
  readonly #following = new Set<bigint>();
  readonly #synchronised = new Set<bigint>();
  #phase: Phase = "calling";
  #epoch: number;
  #deadlineMs: number;

  /** @param patienceMs For each phase: initLimit times tickTime. */
  constructor(
    own: StateSummary & { readonly sid: bigint; readonly acceptedEpoch: number },
    quorums: AgreementQuorums,
    effects: AgreementEffects,
    patienceMs: number,
    nowMs: number,
  ) {
    this.#ownSid = own.sid;
    this.#own = own;
    this.#quorums = quorums;
    this.#effects = effects;
    this.#patienceMs = patienceMs;
    this.#epoch = own.acceptedEpoch + 1;
    this.#deadlineMs = nowMs + patienceMs;
    this.#called.add(own.sid);
    this.#checkCalls();
  }

  /** The new epoch; until a quorum has called it may still rise. */
  get epoch(): number {
    return this.#epoch;
  }

  get isEstablished(): boolean {
    return this.#phase === "established";
  }

  /** When `tick` is due; Infinity: never. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** FOLLOWERINFO or OBSERVERINFO of a learner. Observers raise the epoch too, but do not count. */
  calls(sid: bigint, acceptedEpoch: number, isParticipant: boolean): void {
    if (this.#phase === "over") return;
    const caller: Caller = { isParticipant, hasLeaderInfo: false, isSynchronising: false };
    this.#callers.set(sid, caller);
    if (this.#phase === "calling") {
      this.#epoch = Math.max(this.#epoch, acceptedEpoch + 1);
      if (isParticipant) this.#called.add(sid);
      this.#checkCalls();
    } else if (this.#phase !== "acceptedOnDisk") this.#inform(sid, caller);
  }

  acceptedEpochWritten(nowMs: number): void {
    if (this.#phase !== "acceptedOnDisk") return;
    this.#enter("following", nowMs);
    for (const [sid, caller] of this.#callers) this.#inform(sid, caller);
    this.#follows(this.#ownSid, true);
  }

  /** ACKEPOCH; `currentEpoch` is -1 if the learner had accepted the epoch before: it is not counted then. */
  ackEpoch(sid: bigint, summary: StateSummary): void {
    const caller = this.#callers.get(sid);
    if (caller === undefined || !caller.hasLeaderInfo || caller.isSynchronising) return;
    if (this.#phase === "synchronising" || this.#phase === "established") {
      this.#synchronise(sid, caller);
      return;
    }
    if (summary.currentEpoch !== -1 && isMoreRecent(summary, this.#own)) {
      this.left(sid);
      this.#effects.drop(sid, `server ${sid} is ahead of its leader`);
      return;
    }
    caller.isSynchronising = true;
    const counts = caller.isParticipant && summary.currentEpoch !== -1 && summary.lastZxid !== -1n;
    this.#follows(sid, counts);
  }

  currentEpochWritten(nowMs: number): void {
    if (this.#phase !== "currentOnDisk") return;
    this.#enter("synchronising", nowMs);
    for (const [sid, { isSynchronising }] of this.#callers)
      if (isSynchronising) this.#effects.synchronise(sid);
    // Its own tree and log are what the others are brought to.
    this.#synchronised.add(this.#ownSid);
    this.#checkSynchronised();
  }

  /** A learner's ACK of NEWLEADER. A wrong zxid does not count. Answers whether it did. */
  newLeaderAck(sid: bigint, zxid: bigint): boolean {
    if (zxid !== zxidOf(this.#epoch, 0)) return false;
    if (this.#phase === "established") return true;
    if (this.#phase !== "synchronising") return false;
    this.#synchronised.add(sid);
    this.#checkSynchronised();
    return true;
  }

  /**
   * The learner's connection is gone. Its call and its ack stay counted, as in Apache: both are promises that the
   * server has on disk.
   */
  left(sid: bigint): void {
    this.#callers.delete(sid);
  }

  tick(nowMs: number): void {
    if (nowMs < this.#deadlineMs || this.#phase === "over") return;
    const waitedFor: Partial<Record<Phase, string>> = {
      calling: "no quorum has called in time",
      following: "no quorum has taken the new epoch over in time",
      synchronising: "no quorum has synchronised in time",
    };
    this.#giveUp(waitedFor[this.#phase] ?? "the disk did not answer in time");
  }

  #checkCalls(): void {
    if (!this.#quorums.isCommittedQuorum(this.#called)) return;
    this.#phase = "acceptedOnDisk";
    this.#effects.writeAcceptedEpoch(this.#epoch);
  }

  #inform(sid: bigint, caller: Caller): void {
    caller.hasLeaderInfo = true;
    this.#effects.sendLeaderInfo(sid, this.#epoch);
  }

  #follows(sid: bigint, counts: boolean): void {
    if (counts) this.#following.add(sid);
    if (this.#phase !== "following" || !this.#quorums.isCommittedQuorum(this.#following)) return;
    this.#phase = "currentOnDisk";
    this.#effects.writeCurrentEpoch(this.#epoch);
  }

  #synchronise(sid: bigint, caller: Caller): void {
    caller.isSynchronising = true;
    this.#effects.synchronise(sid);
  }

  #checkSynchronised(): void {
    if (!this.#quorums.isQuorum(this.#synchronised)) return;
    this.#phase = "established";
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#effects.established(this.#epoch);
  }

  #enter(phase: Phase, nowMs: number): void {
    this.#phase = phase;
    this.#deadlineMs = nowMs + this.#patienceMs;
  }

  #giveUp(reason: string): void {
    this.#phase = "over";
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#effects.giveUp(reason);
  }
}
