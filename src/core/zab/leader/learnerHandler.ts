import { JuteWriter } from "../../../../protocol/jute/writer.ts";

/**
 * Where a learner is, as its leader sees it:
 *
 *     new -> called (FOLLOWERINFO) -> informed (LEADERINFO) -> acked (ACKEPOCH) -> syncing -> told (NEWLEADER)
 *         -> synced (its ACK) -> serving (UPTODATE)
 */
export type LearnerPhase =
  "new" | "called" | "informed" | "acked" | "syncing" | "told" | "synced" | "serving" | "closed";

/** A learner's connection to this leader; the shell hangs its socket on `transport`. */
export class LearnerHandler {
  /** For messages: where it comes from. */
  readonly remote: string;
  /** Packets that wait to be written; the shell empties it, but while a snapshot is on its way. */
  readonly out = new JuteWriter(4096);
  /** The shell's own; the core never looks at it. */
  transport: object | null = null;
  phase: LearnerPhase = "new";
  sid = -1n;
  isParticipant = false;
  /** Last zxid in its log, as of ACKEPOCH. */
  peerZxid = 0n;
  /** Whether it gets what is proposed and committed. */
  isForwarding = false;
  /** True while `out` has been announced to the shell. */
  flushing = false;
  /** It has to say something until then, ms of the monotonic clock. */
  deadlineMs: number;
  /** The newest proposal that it was sent. */
  sentZxid = -1n;
  /** When the oldest one that it has not acknowledged was sent; null without one. */
  waitingSinceMs: number | null = null;
  /** The newest proposal when `waitingSinceMs` was set. */
  waitingForZxid = -1n;

  constructor(remote: string, deadlineMs: number) {
    this.remote = remote;
    this.deadlineMs = deadlineMs;
  }

  get isClosed(): boolean {
    return this.phase === "closed";
  }

  /** It is sent a proposal. */
  proposed(zxid: bigint, nowMs: number): void {
    this.sentZxid = zxid;
    if (this.waitingSinceMs !== null) return;
    this.waitingSinceMs = nowMs;
    this.waitingForZxid = zxid;
  }

  /** It has everything up to `zxid` on disk. */
  acked(zxid: bigint, nowMs: number): void {
    if (this.waitingSinceMs === null || zxid < this.waitingForZxid) return;
    this.waitingSinceMs = zxid < this.sentZxid ? nowMs : null;
    this.waitingForZxid = this.sentZxid;
  }
}
