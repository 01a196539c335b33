import { JuteReader } from "../../../protocol/jute/reader.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { copyOf } from "../requests/keep.ts";
import type { DecodedTxn } from "../txns/txnOp.ts";
import type { ClientConnection, HeldRequest } from "./clientConnection.ts";
import type { Commits } from "./commits.ts";
import type { LeaderLink } from "./place.ts";
import { Proposal } from "./proposal.ts";
import type { Writes } from "./writes.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

/**
 * Writes on a follower or an observer: the leader is asked, and what it decides comes back as a committed transaction,
 * known by session and cxid (FollowerRequestProcessor and CommitProcessor of Apache). Until then the write stands at
 * the head of its connection's queue, and holds back what the client has asked for behind it. So does a sync.
 */
export class LearnerWrites implements Writes {
  readonly #server: ZooKeeperServer;
  readonly #leader: LeaderLink;
  readonly #commits: Commits;
  readonly #reader = new JuteReader(new Uint8Array(0));
  /** What the leader's answers lead to, oldest first. */
  readonly #syncs: (() => void)[] = [];

  constructor(server: ZooKeeperServer, leader: LeaderLink, commits: Commits) {
    this.#server = server;
    this.#leader = leader;
    this.#commits = commits;
    this.#reader.lengthMax = server.options.juteLengthMax;
  }

  write(
    connection: ClientConnection,
    xid: number,
    type: number,
    reader: JuteReader,
    receivedMs: number,
    largeBytes: number,
  ): void {
    const { sessions, localRequests } = this.#server;
    const { session, sessionId, authIds } = connection;
    const body = reader.readBytes(reader.remaining);
    const waiting = Proposal.forwarded(sessionId, xid, type, connection, receivedMs, largeBytes);
    waiting.refusal = localRequests?.beforeWrite(connection, type, body) ?? 0;
    connection.enqueue(waiting);
    if (type === OpCode.sync) {
      const kept = copyOf(body);
      this.#syncs.push(() => this.#answerSync(connection, waiting, kept));
    }
    if (type === OpCode.closeSession) {
      connection.phase = "closing";
      if (session !== null) sessions.setClosing(session);
    }
    this.#leader.request(sessionId, xid, type, body, authIds);
  }

  writeHeld(connection: ClientConnection, held: HeldRequest): void {
    this.#reader.reset(held.body, 0, held.body.length);
    this.write(connection, held.xid, held.type, this.#reader, held.receivedMs, held.largeBytes);
  }

  propose(type: number, sessionId: bigint, body: Uint8Array, connection: ClientConnection | null): void {
    const { clock, outstanding, pipeline } = this.#server;
    pipeline.submitted(false);
    if (connection !== null) {
      outstanding.inProcess++;
      connection.enqueue(Proposal.forwarded(sessionId, 0, type, connection, clock.monotonicMs, 0));
    }
    this.#leader.request(sessionId, 0, type, body, null);
  }

  /** The next transaction in zxid order is committed. */
  committed({ header, op }: DecodedTxn): void {
    const { zxid, time, clientId, cxid } = header;
    const connection = this.#server.sessions.get(clientId)?.connection ?? null;
    const waiting = connection?.peek();
    if (
      waiting instanceof Proposal &&
      waiting.isForwarded &&
      waiting.cxid === cxid &&
      mayBecome(waiting, op)
    ) {
      waiting.decide(zxid, time, op);
      this.#commits.commit(waiting);
      return;
    }
    const now = this.#server.clock.monotonicMs;
    this.#commits.commit(new Proposal(zxid, time, clientId, cxid, op, op.type, null, now, 0));
  }

  /** The leader has committed all that was proposed before the oldest sync. */
  synced(): void {
    this.#syncs.shift()?.();
  }

  /** A sync that is asked for through this server, by an observer of its own: answers come in the order of the asking. */
  awaitSync(answer: () => void): void {
    this.#syncs.push(answer);
  }

  #answerSync(connection: ClientConnection, blocker: Proposal, body: Uint8Array): void {
    if (connection.stale || connection.peek() !== blocker) return;
    connection.dequeue();
    this.#reader.reset(body, 0, body.length);
    const { cxid, requestType, receivedMs, largeBytes } = blocker;
    const { reads } = this.#server;
    reads.read(connection, cxid, requestType, this.#reader, receivedMs, largeBytes);
    if (!connection.stale) reads.drain(connection);
  }
}

/**
 * The server's own createSession and closeSession have cxid 0, which a client may use as well: a transaction about the
 * session itself answers only who has asked for it.
 */
function mayBecome({ requestType }: Proposal, { type }: DecodedTxn["op"]): boolean {
  const isAboutSession = type === OpCode.createSession || type === OpCode.closeSession;
  return !isAboutSession || type === requestType;
}
