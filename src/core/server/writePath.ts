import type { JuteReader } from "../../../protocol/jute/reader.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { counterOf } from "../../../protocol/longs.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { txnDigestVersion } from "../../../protocol/records/txn.ts";
import { Prep, type Submission } from "../prep/prep.ts";
import { writeTxnOp, type TxnOp } from "../txns/txnOp.ts";
import { LeaderBroadcast } from "../zab/broadcast.ts";
import { MajorityQuorum, type QuorumVerifier } from "../quorum/quorumVerifier.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Effects } from "./effects.ts";
import type { BroadcastListener, LeaderPlace } from "./place.ts";
import type { PipelineMetrics } from "./pipelineMetrics.ts";
import { Proposal } from "./proposal.ts";

const counterMax = 0xffffffff;

/** The server's own number in its ensemble of one. */
const loneSid = 0n;

/**
 * A write from request to commit: prep makes the transaction, its bytes go to the log and to the learners, the disk's
 * completion is this server's ack, the acks of a quorum (alone, of this server) decide, and commits come out in order.
 *
 *     submit -> Prep -> propose -> append (log), PROPOSAL ... logged(zxid) = ack, ACK -> commit -> COMMIT
 */
export class WritePath {
  readonly prep: Prep;
  readonly pipeline: PipelineMetrics;
  readonly #effects: Effects;
  readonly #broadcast: LeaderBroadcast<Proposal>;
  readonly #sid: bigint;
  readonly #learners: BroadcastListener | null;
  readonly #bytes = new JuteWriter(1024);

  /** @param leader Null on a server alone, and on a learner, which submits nothing. */
  constructor(
    prep: Prep,
    pipeline: PipelineMetrics,
    effects: Effects,
    leader: LeaderPlace | null,
    commit: (proposal: Proposal) => void,
  ) {
    this.prep = prep;
    this.pipeline = pipeline;
    this.#effects = effects;
    this.#sid = leader?.sid ?? loneSid;
    this.#learners = leader?.learners ?? null;
    const quorum = leader?.quorum ?? new MajorityQuorum([loneSid]);
    this.#broadcast = new LeaderBroadcast(quorum, (proposal) => {
      if (proposal.data !== null) this.#learners?.committed(proposal.zxid, proposal.data);
      commit(proposal);
    });
  }

  /** Proposals not committed yet. */
  get outstandingCount(): number {
    return this.#broadcast.outstandingCount;
  }

  /**
   * Whether no zxid is left in the leader's epoch, who is told: the last one of the counter is never proposed, so that
   * none can run over into the next epoch (ZOOKEEPER-1277). A server alone has no epochs.
   */
  get isExhausted(): boolean {
    if (this.#learners === null || counterOf(this.prep.lastZxid) < counterMax - 1) return false;
    this.#learners.exhausted();
    return true;
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
    if (op.type === OpCode.reconfig) this.#learners?.reconfiguring(proposal.zxid, op.record.data ?? none);
    this.#write(proposal, op);
    this.#broadcast.propose(proposal);
    return proposal;
  }

  /** Those that are not committed yet, oldest first. */
  outstanding(): Iterable<Proposal> {
    return this.#broadcast.outstanding();
  }

  /** Who decides on the proposals from `fromZxid` on; by default on those that are still to come. */
  useQuorum(quorum: QuorumVerifier, fromZxid = this.prep.lastZxid + 1n): void {
    this.#broadcast.useQuorum(quorum, fromZxid);
  }

  /** Nothing is committed any more: that is another leader's part. */
  stopCommitting(): void {
    this.#broadcast.stop();
  }

  get isStopped(): boolean {
    return this.#broadcast.isStopped;
  }

  /** Other servers, or fewer, decide than when the last ack came. */
  decideAnew(): void {
    this.#broadcast.decideAnew();
  }

  /** The newest proposal that a server has on disk, as far as it has said so; null if none. */
  ackedZxidOf(sid: bigint): bigint | null {
    return this.#broadcast.ackedZxidOf(sid);
  }

  /** Everything up to `zxid` is on this server's disk. */
  logged(zxid: bigint): void {
    this.acked(this.#sid, zxid);
  }

  /** Everything up to `zxid` is on the disk of server `sid`. */
  acked(sid: bigint, zxid: bigint): void {
    this.#broadcast.ack(sid, zxid);
    this.pipeline.flushed();
  }

  /**
   * Not behind a closeSession that leaves its list out although lists are on: Apache takes whatever follows for the list,
   * and nothing at all for none.
   */
  #hasDigest(op: TxnOp): boolean {
    const { digestEnabled, closeSessionTxnEnabled } = this.prep.settings;
    if (!digestEnabled || op.type === OpCode.error) return false;
    return op.type !== OpCode.closeSession || op.record !== null || !closeSessionTxnEnabled;
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
    if (this.#hasDigest(op)) {
      const { digest } = this.prep.changes;
      out.writeInt(txnDigestVersion);
      out.writeInt(digest.high | 0);
      out.writeInt(digest.low | 0);
    }
    this.#effects.append(proposal.zxid, out.view());
    if (this.#learners === null) return;
    proposal.data = out.copy();
    this.#learners.proposed(proposal.zxid, proposal.data);
  }
}

const none = new Uint8Array(0);
