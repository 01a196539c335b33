import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { txnDigestVersion } from "../../../protocol/records/txn.ts";
import { Prep, type Submission } from "../prep/prep.ts";
import { writeTxnOp, type TxnOp } from "../txns/txnOp.ts";
import { LeaderBroadcast } from "../zab/broadcast.ts";
import { MajorityQuorum } from "../quorum/quorumVerifier.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Effects } from "./effects.ts";
import type { PipelineMetrics } from "./pipelineMetrics.ts";
import { Proposal } from "./proposal.ts";

/** The server's own number in its ensemble of one. */
const ownSid = 0n;

/**
 * A write from request to commit: prep makes the transaction, its bytes go to the log, the disk's completion is this
 * server's ack, the ack makes the quorum of one, and commits come out in order.
 *
 *     submit -> Prep -> propose -> append (log) ... logged(zxid) = ack -> commit
 */
export class WritePath {
  readonly prep: Prep;
  readonly pipeline: PipelineMetrics;
  readonly #effects: Effects;
  readonly #broadcast: LeaderBroadcast<Proposal>;
  readonly #bytes = new JuteWriter(1024);

  constructor(prep: Prep, pipeline: PipelineMetrics, effects: Effects, commit: (proposal: Proposal) => void) {
    this.prep = prep;
    this.pipeline = pipeline;
    this.#effects = effects;
    this.#broadcast = new LeaderBroadcast(new MajorityQuorum([ownSid]), commit);
  }

  /** Proposals not committed yet. */
  get outstandingCount(): number {
    return this.#broadcast.outstandingCount;
  }

  /** Makes a proposal of the request; null if its body cannot be read and it takes no zxid. */
  submit(
    submission: Submission,
    reader: JuteReader,
    cxid: number,
    connection: ClientConnection | null,
    receivedMs: number,
    largeBytes: number,
  ): Proposal | null {
    const op = this.prep.prepare(submission, reader);
    if (op === null) return null;
    const proposal = new Proposal(
      this.prep.lastZxid,
      submission.time,
      submission.sessionId,
      cxid,
      op,
      submission.type,
      connection,
      receivedMs,
      largeBytes,
    );
    this.pipeline.appended(submission.type, this.#broadcast.outstandingCount);
    this.#write(proposal, op);
    this.#broadcast.propose(proposal);
    return proposal;
  }

  /** Everything up to `zxid` is on this server's disk. */
  logged(zxid: bigint): void {
    this.#broadcast.ack(ownSid, zxid);
    this.pipeline.flushed();
  }

  /** TxnHeader, record and, but for errors, the digest of the tree afterwards (disk.md section 3). */
  #write(proposal: Proposal, op: TxnOp): void {
    const out = this.#bytes;
    out.clear();
    out.writeLong(proposal.clientId);
    out.writeInt(proposal.cxid);
    out.writeLong(proposal.zxid);
    out.writeLong(proposal.time);
    out.writeInt(op.type);
    writeTxnOp(out, op);
    if (this.prep.settings.digestEnabled && op.type !== OpCode.error) {
      const { digest } = this.prep.changes;
      out.writeInt(txnDigestVersion);
      out.writeInt(digest.high | 0);
      out.writeInt(digest.low | 0);
    }
    this.#effects.append(proposal.zxid, out.view());
  }
}
