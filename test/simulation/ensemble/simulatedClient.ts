import { OpCode } from "../../../protocol/opcodes.ts";
import type { ClientConnection } from "../../../src/core/server/clientConnection.ts";
import { openAcl } from "../../support/coreClient.ts";
import { connectFrame, ReplyDecoder, requestFrame, type Received } from "../../support/coreFrames.ts";
import type { SeededRandom } from "../random.ts";
import type { SimulatedProcess } from "./simulatedProcess.ts";
import type { Scheduled, VirtualTime } from "./virtualTime.ts";

/** What a client asks of the simulation. */
export interface ClientHost {
  readonly time: VirtualTime;
  /** A server that may take it, or not. */
  anyProcess(): SimulatedProcess | null;
  violated(text: string): void;
  /** All of them, itself included. */
  readonly clients: readonly SimulatedClient[];
}

type Work =
  | { readonly kind: "create"; readonly path: string; readonly ephemeralOf?: bigint }
  /** What another client was told before must be seen behind a sync. */
  | { readonly kind: "sync"; readonly other: SimulatedClient; readonly atLeast: number }
  | { readonly kind: "peek"; readonly other: SimulatedClient; readonly atLeast: number }
  | { readonly kind: "set"; readonly value: number }
  | { readonly kind: "get" };

const timeoutMs = 8000;
const patienceMs = 4000;

/**
 * A client with one request under way at a time: it creates nodes, sets and reads a register of its own, moves from
 * server to server with its session, and remembers what it was told.
 */
export class SimulatedClient {
  readonly name: string;
  /** Nodes whose creation was acknowledged, by this client's session or one before. */
  readonly created: string[] = [];
  /** Ephemeral nodes whose creation was acknowledged, with their session. */
  readonly ephemerals: { readonly path: string; readonly sessionId: bigint }[] = [];
  /** The register's value that was acknowledged last, and the largest that was ever sent. */
  acked = -1;
  sent = -1;
  ackedCount = 0;
  expiredCount = 0;
  readonly #host: ClientHost;
  readonly #random: SeededRandom;
  #process: SimulatedProcess | null = null;
  #connection: ClientConnection | null = null;
  #decoder = new ReplyDecoder();
  #sessionId = 0n;
  #passwd: Uint8Array = new Uint8Array(16);
  #lastZxid = 0n;
  #xid = 0;
  #made = 0;
  #work: Work | null = null;
  #patience: Scheduled | null = null;
  #isStopped = false;

  constructor(name: string, host: ClientHost, random: SeededRandom) {
    this.name = name;
    this.#host = host;
    this.#random = random;
  }

  get register(): string {
    return `/${this.name}-register`;
  }

  begin(): void {
    this.#host.time.after(this.#random.below(100), () => this.#connect());
  }

  /** What is under way is finished, and nothing new begun. */
  stop(): void {
    this.#isStopped = true;
  }

  get isIdle(): boolean {
    return this.#isStopped && this.#work === null;
  }

  // ---- connection -------------------------------------------------------------------------------------------

  #connect(): void {
    const process = this.#host.anyProcess();
    const core = process?.core ?? null;
    if (process === null || core === null || process.pausedUntilMs > this.#host.time.nowMs)
      return this.#connectLater();
    let connection: ClientConnection | null = null;
    process.input(() => {
      connection = core.accept({ remoteAddress: "10.0.0.1", remotePort: 1, secure: false, authIds: [] });
    });
    const made = connection as ClientConnection | null;
    if (made === null) return this.#connectLater();
    made.transport = this;
    this.#process = process;
    this.#connection = made;
    this.#decoder = new ReplyDecoder();
    this.#wait();
    this.#frame(
      connectFrame({
        timeOut: timeoutMs,
        sessionId: this.#sessionId,
        passwd: this.#passwd,
        lastZxidSeen: this.#lastZxid,
      }),
    );
  }

  #connectLater(): void {
    this.#host.time.after(20 + this.#random.below(200), () => this.#connect());
  }

  #frame(bytes: Uint8Array): void {
    const process = this.#process;
    const connection = this.#connection;
    this.#host.time.after(0.5 + this.#random.next(), () => {
      if (process === null || connection === null || connection !== this.#connection) return;
      const { core } = process;
      if (core === null || !process.isAlive) return;
      const deliver = (): void => process.input(() => void core.frame(connection, bytes, 0, bytes.length));
      const waitMs = process.pausedUntilMs - this.#host.time.nowMs;
      if (waitMs > 0) this.#host.time.after(waitMs, deliver);
      else deliver();
    });
  }

  /** The connection is gone, from this end or the other. */
  lost(connection: ClientConnection): void {
    if (connection !== this.#connection) return;
    this.#patience?.cancel();
    this.#connection = null;
    this.#process = null;
    this.#work = null;
    this.#connectLater();
  }

  #wait(): void {
    this.#patience?.cancel();
    const connection = this.#connection;
    this.#patience = this.#host.time.after(patienceMs, () => {
      if (connection === null || connection !== this.#connection) return;
      const process = this.#process;
      this.lost(connection);
      process?.input(() => process.core?.disconnected(connection));
    });
  }

  // ---- work -------------------------------------------------------------------------------------------------

  receive(connection: ClientConnection, bytes: Uint8Array): void {
    if (connection !== this.#connection) return;
    for (const received of this.#decoder.push(bytes)) this.#take(connection, received);
  }

  #take(connection: ClientConnection, received: Received): void {
    if (connection !== this.#connection) return;
    if (received.kind === "connect") return this.#connected(connection, received.response);
    if (received.kind !== "reply") return;
    this.#patience?.cancel();
    const { err, zxid } = received;
    if (zxid < this.#lastZxid)
      this.#host.violated(`${this.name} has gone back from ${this.#lastZxid} to ${zxid}`);
    if (zxid > 0n) this.#lastZxid = zxid;
    const work = this.#work;
    this.#work = null;
    if (work !== null) this.#done(work, err, received.body);
    if (work?.kind === "sync" && err === 0) this.#peek(work.other, work.atLeast);
    else this.#next();
  }

  #connected(
    connection: ClientConnection,
    { sessionId, passwd, timeOut }: { sessionId: bigint; passwd: Uint8Array | null; timeOut: number },
  ): void {
    this.#patience?.cancel();
    if (timeOut === 0) {
      this.expiredCount++;
      this.#sessionId = 0n;
      this.#passwd = new Uint8Array(16);
      return this.lost(connection);
    }
    this.#sessionId = sessionId;
    this.#passwd = passwd ?? new Uint8Array(16);
    this.#next();
  }

  #next(): void {
    if (this.#isStopped) return;
    const connection = this.#connection;
    this.#host.time.after(this.#random.below(60), () => {
      if (connection === null || connection !== this.#connection || this.#work !== null) return;
      this.#ask();
    });
  }

  #ask(): void {
    const kind = this.sent < 0 ? 0 : this.#random.below(10);
    const xid = ++this.#xid;
    if (this.sent < 0 || (kind < 4 && this.acked < 0)) {
      this.sent = Math.max(this.sent, 0);
      this.#work = { kind: "create", path: this.register };
      this.#send(OpCode.create, xid, { path: this.register, data: text(0), acl: openAcl, flags: 0 });
    } else if (kind === 0) {
      const path = `/${this.name}-e${this.#made++}`;
      this.#work = { kind: "create", path, ephemeralOf: this.#sessionId };
      this.#send(OpCode.create, xid, { path, data: text(xid), acl: openAcl, flags: 1 });
    } else if (kind < 4) {
      const path = `/${this.name}-${this.#made++}`;
      this.#work = { kind: "create", path };
      this.#send(OpCode.create, xid, { path, data: text(xid), acl: openAcl, flags: 0 });
    } else if (kind < 8) {
      const value = ++this.sent;
      this.#work = { kind: "set", value };
      this.#send(OpCode.setData, xid, { path: this.register, data: text(value), version: -1 });
    } else if (kind === 9) {
      const { clients } = this.#host;
      const other = clients[this.#random.below(clients.length)];
      this.#work = { kind: "sync", other, atLeast: other.acked };
      this.#send(OpCode.sync, xid, { path: "/" });
    } else {
      this.#work = { kind: "get" };
      this.#send(OpCode.getData, xid, { path: this.register, watch: false });
    }
  }

  #peek(other: SimulatedClient, atLeast: number): void {
    this.#work = { kind: "peek", other, atLeast };
    this.#send(OpCode.getData, ++this.#xid, { path: other.register, watch: false });
  }

  #send<K extends Parameters<typeof requestFrame>[0]>(
    type: K,
    xid: number,
    body: Parameters<typeof requestFrame<K>>[2],
  ): void {
    this.#decoder.sent(xid, type);
    this.#wait();
    this.#frame(requestFrame(type, xid, body));
  }

  #done(work: Work, err: number, body: unknown): void {
    if (err === 0) this.ackedCount++;
    if (work.kind === "create") {
      // An earlier attempt may have come through without an answer.
      if (err !== 0 && err !== -110)
        return this.#host.violated(`${this.name}: ${work.path} is refused with ${err}`);
      if (work.ephemeralOf !== undefined) {
        if (err === 0) this.ephemerals.push({ path: work.path, sessionId: work.ephemeralOf });
      } else if (work.path === this.register) this.acked = Math.max(this.acked, 0);
      else this.created.push(work.path);
    } else if (work.kind === "set") {
      if (err === 0) this.acked = work.value;
      else if (err !== -101 || this.acked >= 0)
        this.#host.violated(`${this.name}: a set of its register is refused with ${err}`);
    } else if (work.kind === "sync") {
      return;
    } else if (work.kind === "peek") {
      const { data } = err === 0 ? (body as { data: Uint8Array | null }) : { data: null };
      const value = data === null ? -1 : Number(Buffer.from(data).toString());
      if (value < work.atLeast)
        this.#host.violated(
          `${this.name} reads ${value} of ${work.other.name} behind a sync; ${work.atLeast} was acknowledged`,
        );
    } else if (err === 0) {
      const { data } = body as { data: Uint8Array | null };
      const value = Number(Buffer.from(data ?? []).toString());
      if (value < this.acked || value > this.sent)
        this.#host.violated(`${this.name} reads ${value}; ${this.acked} was acknowledged, ${this.sent} sent`);
    }
  }
}

function text(value: number): Uint8Array {
  return new Uint8Array(Buffer.from(String(value)));
}
