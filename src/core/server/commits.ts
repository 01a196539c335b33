import { ErrorCode } from "../../../protocol/errors.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { txnDigestVersion } from "../../../protocol/records/txn.ts";
import { assert } from "../assert.ts";
import { beginReply, endReply } from "../requests/reply.ts";
import { applySessionTxn } from "../sessions/sessionTimeouts.ts";
import { DIGEST_LOG_INTERVAL } from "../stats/digestLog.ts";
import { lastOpName, refusedOpName } from "../stats/lastOpName.ts";
import { applyTxn } from "../txns/applyTxn.ts";
import type { TxnOp } from "../txns/txnOp.ts";
import type { ClientConnection } from "./clientConnection.ts";
import type { Proposal } from "./proposal.ts";
import { writeReplyBody } from "./writeReplies.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

/** What is committed takes effect: on the tree, on sessions, for the client that waits (FinalRequestProcessor). */
export class Commits {
  readonly #server: ZooKeeperServer;
  readonly #results = new JuteWriter(1024);

  constructor(server: ZooKeeperServer) {
    this.#server = server;
  }

  /** The next proposal in zxid order is committed. */
  commit(proposal: Proposal): void {
    const server = this.#server;
    const { op, zxid, connection } = proposal;
    let results: JuteWriter | null = null;
    if (op.type === OpCode.multi && connection !== null && !connection.stale) {
      results = this.#results;
      results.clear();
    }
    applyTxn(server.tree, proposal, op, results);
    server.lastProcessedZxid = zxid;
    server.pipeline.committed(proposal);
    server.writePath.prep.changes.applied(zxid);
    if ((zxid & (DIGEST_LOG_INTERVAL - 1n)) === 0n)
      server.digestLog.offer(zxid, server.tree.digest(), txnDigestVersion);
    const closed = this.#applyToSessions(proposal);
    if (connection !== null) this.#answer(proposal, connection);
    if (closed !== null && closed !== connection) server.connections.close(closed, "session closed");
  }

  /** Returns the connection of a session that the transaction has closed. */
  #applyToSessions(proposal: Proposal): ClientConnection | null {
    const { sessions, timeouts } = this.#server;
    const { op, clientId } = proposal;
    if (op.type === OpCode.createSession) {
      applySessionTxn(timeouts, op.type, clientId, op.record.timeOut);
    } else if (op.type === OpCode.closeSession) {
      applySessionTxn(timeouts, op.type, clientId, 0);
      const session = sessions.get(clientId);
      if (session === undefined) return null;
      sessions.remove(session);
      return session.connection;
    }
    return null;
  }

  #answer(proposal: Proposal, connection: ClientConnection): void {
    const { replies, reads, connections, pipeline } = this.#server;
    replies.finish(proposal.largeBytes);
    if (connection.stale) {
      const refused = proposal.op.type === OpCode.error;
      pipeline.unheard(proposal.requestType, refused, proposal.receivedMs, true);
      return this.#server.requestDone();
    }
    assert(connection.peek() === proposal, "a write was committed out of its session's order");
    connection.dequeue();
    this.#reply(proposal, connection);
    if (connection.stale) return;
    if (proposal.requestType === OpCode.closeSession)
      return connections.close(connection, "closed by the client");
    reads.drain(connection);
  }

  #reply(proposal: Proposal, connection: ClientConnection): void {
    const { replies, connects, tree, lastProcessedZxid } = this.#server;
    const { op, requestType, cxid, receivedMs } = proposal;
    if (requestType === OpCode.createSession && op.type === OpCode.createSession) {
      replies.answered(connection, cxid, lastOpName(requestType), receivedMs, true);
      return connects.finish(connection);
    }
    const err = errorFor(proposal);
    // Not an error of the request but of the connection: the client speaks to another server already.
    if (err === ErrorCode.SESSIONMOVED || hasMoved(op))
      return this.#server.connections.close(connection, "session has moved");
    const mark = beginReply(connection.out, cxid, lastProcessedZxid, err);
    if (err === ErrorCode.OK) writeReplyBody(connection.out, tree, requestType, op, this.#results);
    endReply(connection.out, mark);
    const name = err === ErrorCode.OK ? lastOpName(requestType) : refusedOpName;
    replies.sent(connection, mark, cxid, requestType, name, receivedMs, true);
  }
}

/** What the client is told. In a multi each operation has an error of its own, which stands as the leader has decided. */
function errorFor({ op, requestType, refusal }: Proposal): number {
  if (refusal !== 0 && (op.type === OpCode.error || requestType !== OpCode.multi)) return refusal;
  return op.type === OpCode.error ? op.record.err : ErrorCode.OK;
}

/** Whether a multi was refused since its session is at another server. */
function hasMoved(op: TxnOp): boolean {
  if (op.type !== OpCode.multi) return false;
  return op.record.some((sub) => sub.type === OpCode.error && sub.record.err === ErrorCode.SESSIONMOVED);
}
