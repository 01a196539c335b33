import type { TxnOp } from "../txns/txnOp.ts";
import type { TxnPlace } from "../txns/applyTxn.ts";
import type { ClientConnection } from "./clientConnection.ts";

/** A write on its way: transaction, place in history, and who waits for its reply. */
export class Proposal implements TxnPlace {
  readonly zxid: bigint;
  /** Wall clock, ms. */
  readonly time: bigint;
  /** Session that asked; 0 for the server's own requests. */
  readonly clientId: bigint;
  readonly cxid: number;
  readonly op: TxnOp;
  /** Request type as it came; `op.type` is `error` for a refused one. */
  readonly requestType: number;
  /** Null when nobody waits: expiry, containers, a client that is gone. */
  connection: ClientConnection | null;
  readonly receivedMs: number;
  /** Bytes that the limit of large requests counts for it. */
  readonly largeBytes: number;

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
}
