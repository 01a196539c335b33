import { setTimeout as delay } from "node:timers/promises";
import { int, openAcl, RawClient, text } from "../../test/support/rawClient.ts";
import { Conn } from "./conn.ts";
import { shortestTimeoutMs, type DiffServer } from "./diffServer.ts";
import { DoomedNodes } from "./doomed.ts";
import type { EncodeContext } from "./encodeRequest.ts";
import type { OpenStep, Request, Seen, SendStep, Step } from "./steps.ts";
import type { Received, StepTrace } from "./trace.ts";

const zxidsAhead = 1000n;
const longTimeoutMs = 60_000;
const expiryMsMax = 10_000;

interface Session {
  readonly id: bigint;
  readonly password: Buffer;
}

/** Where the quotas of the nodes below `base` are kept. */
export function quotaOf(base: string): string {
  return `/zookeeper/quota${base}`;
}

/** Plays one sequence on one server and keeps what came. */
export class Player implements EncodeContext {
  readonly base: string;
  readonly root: string;
  readonly trace: StepTrace[] = [];
  readonly #server: DiffServer;
  readonly #conns = new Map<number, Conn>();
  readonly #sessions = new Map<number, Session>();
  readonly #lastZxids = new Map<number, bigint>();
  readonly #doomed = new DoomedNodes();
  #current: StepTrace | null = null;

  /** The root lies below `base`, so that a sequence may delete it. */
  constructor(server: DiffServer, base: string) {
    this.#server = server;
    this.base = base;
    this.root = `${base}/r`;
  }

  zxidOf(seen: Seen): bigint {
    if (seen === "zero") return 0n;
    if (seen !== "ahead") return this.#conns.get(seen.conn)?.lastZxid ?? this.#lastZxids.get(seen.conn) ?? 0n;
    const known = [...this.#conns.values()].map(({ lastZxid }) => lastZxid);
    return [0n, ...known, ...this.#lastZxids.values()].reduce((a, b) => (a > b ? a : b)) + zxidsAhead;
  }

  /** Creates the root, plays the steps, and closes every session that is left. */
  async play(steps: readonly Step[]): Promise<StepTrace[]> {
    await this.#createRoot();
    for (const step of steps) await this.#step(step);
    for (const session of this.#sessions.keys()) await this.#closeSession(session);
    return this.trace;
  }

  /** A tree of its own for this sequence, open to all. */
  async #createRoot(): Promise<void> {
    const { admin } = this.#server;
    for (const path of [this.base, this.root, quotaOf(this.base)])
      await admin.ask(2, 1, text(path), int(0), openAcl, int(0));
  }

  async #step(step: Step): Promise<void> {
    const current: StepTrace = { step, byConn: new Map(), startMs: Date.now(), endMs: 0 };
    this.#current = current;
    await this.#act(step);
    if (!("hold" in step)) await this.#doomed.settle(this.#server.admin);
    await Promise.all([...this.#conns.values()].map((conn) => conn.fence()));
    current.endMs = Date.now();
    this.trace.push(current);
    this.#forgetClosed();
  }

  #forgetClosed(): void {
    for (const conn of this.#conns.values()) if (conn.closed) this.#forget(conn);
  }

  #forget(conn: Conn): void {
    conn.client.close();
    this.#lastZxids.set(conn.number, conn.lastZxid);
    this.#conns.delete(conn.number);
  }

  async #act(step: Step): Promise<void> {
    switch (step.kind) {
      case "open":
        await this.#open(step);
        return;
      case "send":
        await this.#send(step);
        return;
      case "drop": {
        const conn = this.#conns.get(step.conn);
        if (conn !== undefined) this.#forget(conn);
        return;
      }
      case "expire":
        await this.#expire(step.conn, step.session, step.silent);
        return;
      case "restart":
        await this.#restart(step.signal);
        return;
      case "pause":
        await delay(step.ms);
        return;
    }
  }

  #recorder(number: number): (received: Received) => void {
    return (received) => {
      const list = this.#current?.byConn.get(number);
      if (list === undefined) this.#current?.byConn.set(number, [received]);
      else list.push(received);
      if (received.kind === "reply") this.#learn(number, received.request, received.bytes);
    };
  }

  #learn(number: number, request: Request, reply: Buffer): void {
    const conn = this.#conns.get(number);
    if (request.op === "closeSession" && conn !== undefined) this.#sessions.delete(conn.session);
    this.#doomed.learn(request, reply);
  }

  /** Answers the connection if the server took it. */
  async #open(step: OpenStep): Promise<Conn | null> {
    if (this.#conns.has(step.conn)) return null;
    const session = step.resume === null ? undefined : this.#sessions.get(step.resume);
    // A shrunk sequence may have lost the step that made the session.
    if (step.resume !== null && session === undefined) return null;
    const client = await RawClient.open(this.#server.port);
    const conn = new Conn(client, step.conn, step.resume ?? step.conn);
    conn.record = this.#recorder(step.conn);
    client.socket.write(connectRequest(step, session, this.zxidOf(step.seen ?? "zero")));
    const answer = await client.nextFrame();
    if (answer === null) {
      conn.record({ kind: "closed" });
      return null;
    }
    conn.record({ kind: "connect", bytes: answer });
    const id = answer.readBigInt64BE(8);
    if (id !== 0n && !this.#sessions.has(conn.session))
      this.#sessions.set(conn.session, { id, password: Buffer.from(answer.subarray(20, 36)) });
    this.#conns.set(step.conn, conn);
    return id === 0n ? null : conn;
  }

  async #send({ conn: number, requests }: SendStep): Promise<void> {
    const conn = this.#conns.get(number);
    if (conn === undefined) return;
    conn.send(requests, this);
    await conn.answers(requests);
  }

  /** Takes the session over with the shortest timeout and leaves it alone. */
  async #expire(number: number, session: number, silent: boolean): Promise<void> {
    const conn = await this.#open({
      kind: "open",
      conn: number,
      resume: session,
      timeoutMs: shortestTimeoutMs,
    });
    if (conn === null) return;
    const marker = `/expiry-of-${this.base.slice(1)}-${number}`;
    if (!silent) {
      await conn.client.ask(1, 1, text(marker), int(0), openAcl, int(1));
      this.#forget(conn);
      await this.#gone(marker);
    } else await conn.end();
  }

  async #gone(path: string): Promise<void> {
    const deadline = Date.now() + expiryMsMax;
    while (Date.now() < deadline) {
      const { err } = await this.#server.admin.ask(1, 3, text(path), Buffer.of(0));
      if (err !== 0) return;
      await delay(10);
    }
  }

  async #restart(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    await this.#server.kill(signal);
    await Promise.all([...this.#conns.values()].map((conn) => conn.end()));
    this.#forgetClosed();
    await this.#server.launch();
  }

  /** As a step, so that the events of its end are compared too. */
  async #closeSession(session: number): Promise<void> {
    const open = [...this.#conns.values()].find((conn) => conn.session === session);
    const number = open?.number ?? -1 - session;
    if (open === undefined)
      await this.#step({ kind: "open", conn: number, resume: session, timeoutMs: longTimeoutMs });
    await this.#step({ kind: "send", conn: number, requests: [{ op: "closeSession" }] });
  }
}

function connectRequest(step: OpenStep, session: Session | undefined, seen: bigint): Buffer {
  const parts = [int(0), long(seen), int(step.timeoutMs), long(session?.id ?? 0n), passwordOf(step, session)];
  if (step.readOnly !== "absent") parts.push(Buffer.of(step.readOnly === "yes" ? 1 : 0));
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
}

function passwordOf(step: OpenStep, session: Session | undefined): Buffer {
  if (step.password === "none") return int(-1);
  const password = Buffer.from(session?.password ?? Buffer.alloc(16));
  if (step.password === "wrong") password[0] ^= 1;
  return Buffer.concat([int(password.length), password]);
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
