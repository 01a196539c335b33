import { errorOp, type TxnOp } from "../txns/txnOp.ts";
import type { TxnPlace } from "../txns/applyTxn.ts";
import type { ClientConnection } from "./clientConnection.ts";

const undecided = errorOp(0);

/** A write on its way: transaction, place in history, and who waits for its reply. */
export class Proposal implements TxnPlace {
  zxid: bigint;
  /** Wall clock, ms. */
  time: bigint;
  /** Session that asked; 0 for the server's own requests. */
  readonly clientId: bigint;
  readonly cxid: number;
  op: TxnOp;
  /** Request type as it came; `op.type` is `error` for a refused one. */
  readonly requestType: number;
  /** Null when nobody waits: expiry, containers, a client that is gone. */
  connection: ClientConnection | null;
  readonly receivedMs: number;
  /** Bytes that the limit of large requests counts for it. */
  readonly largeBytes: number;
  /** What PROPOSAL carries; null on a server alone. */
  data: Uint8Array | null = null;
  /** The leader was asked, and has not said yet what becomes of it: zxid, time and op mean nothing. */
  isForwarded = false;
  /** What the client is told whatever becomes of it, or 0: the server has known better before it asked the leader. */
  refusal = 0;

  constructor(
    zxid: bigint,
    time: bigint,
    clientId: bigint,
    cxid: number,
    op: TxnOp,
    requestType: number,
    connection: ClientConnection | null,
    receivedMs: number,
    largeBytes: number,
  ) {
    this.zxid = zxid;
    this.time = time;
    this.clientId = clientId;
    this.cxid = cxid;
    this.op = op;
    this.requestType = requestType;
    this.connection = connection;
    this.receivedMs = receivedMs;
    this.largeBytes = largeBytes;
  }

  /** A client's write that goes to the leader. */
  static forwarded(
    clientId: bigint,
    cxid: number,
    requestType: number,
    connection: ClientConnection,
    receivedMs: number,
    largeBytes: number,
  ): Proposal {
    const proposal = new Proposal(
      0n,
      0n,
      clientId,
      cxid,
      undecided,
      requestType,
      connection,
      receivedMs,
      largeBytes,
    );
    proposal.isForwarded = true;
    return proposal;
  }

  /** The leader's word on it. */
  decide(zxid: bigint, time: bigint, op: TxnOp): void {
    this.zxid = zxid;
    this.time = time;
    this.op = op;
    this.isForwarded = false;
  }
}
