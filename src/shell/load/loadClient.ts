import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { errorCodeName } from "../../../protocol/errors.ts";
import { FrameSplitter } from "../../../protocol/frames.ts";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { ConnectRequest, ConnectResponse, Empty } from "../../../protocol/records/client.ts";
import type { Latencies } from "./latencies.ts";
import { LoadRequest, xidOffset } from "./loadRequest.ts";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What is to be asked: how many requests at a time, and until when or how many in all. */
export interface LoadOrder {
  /** The request with that number, from 0. */
  readonly request: (index: number) => LoadRequest;
  readonly outstanding: number;
  /** As `performance.now` counts. */
  readonly untilMs?: number;
  readonly count?: number;
  readonly latencies?: Latencies;
}

const replyHeaderBytes = 16;
const replyBytesMax = 64 * 1024 * 1024;
const eventXid = -1;
const sessionTimeoutMs = 60_000;
/** For a session: a server may have lost the request for it, as Apache's now and then does. */
const patienceMs = 10_000;
const ends = new LoadRequest("closeSession", LoadRequest.of("", OpCode.closeSession, Empty, {}).frame, {
  length: 0,
  prefix: new Uint8Array(0),
});

/**
 * A session that keeps many requests under way at the cost of a few hundred nanoseconds each, and looks at every reply:
 * its xid, its zxid, that it is no error, and what the request expects of its body. What is wrong ends the client.
 */
export class LoadClient {
  readonly #socket: Socket;
  readonly #splitter: FrameSplitter;
  readonly #reader = new JuteReader(new Uint8Array(0));
  #isOpen = false;
  #error: Error | null = null;
  #onDone: () => void = () => undefined;
  #onFailed: (error: Error) => void = () => undefined;
  /** Called with each watch event's frame. */
  onEvent: (() => void) | null = null;

  #order: LoadOrder = { request: () => ends, outstanding: 0, count: 0 };
  /** Of the order at hand. */
  #sent = 0;
  #answered = 0;
  /** Those under way, by number modulo `outstanding`, and when they went. */
  #pending: LoadRequest[] = [];
  #sentMs = new Float64Array(1);
  /** Times are taken once for each chunk. */
  #nowMs = 0;
  #xidBase = 1;
  #lastZxid = -1n;
  #body: Uint8Array = new Uint8Array(0);
  #keepsBody = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    this.#splitter = new FrameSplitter(replyBytesMax, {
      onFrame: (bytes, start, end) => this.#onFrame(bytes, start, end),
      onBadLength: (length) => this.#fail(new Error(`a reply claims to have ${length} bytes`)),
    });
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  /** Rejects when nobody listens or the connection ends before the session stands. */
  static async open({ host, port }: Address): Promise<LoadClient> {
    const socket = connect(port, host);
    await once(socket, "connect");
    const client = new LoadClient(socket);
    const writer = new JuteWriter(64);
    const mark = writer.beginFrame();
    ConnectRequest.write(writer, {
      protocolVersion: 0,
      lastZxidSeen: 0n,
      timeOut: sessionTimeoutMs,
      sessionId: 0n,
      passwd: new Uint8Array(16),
    });
    writer.writeBoolean(false);
    writer.endFrame(mark);
    const late = setTimeout(
      () => client.#fail(new Error(`no session within ${patienceMs / 1000} s`)),
      patienceMs,
    );
    try {
      await client.#settled(() => socket.write(writer.copy()));
    } finally {
      clearTimeout(late);
    }
    return client;
  }

  #settled(begin: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#error !== null) return reject(this.#error);
      this.#onDone = resolve;
      this.#onFailed = reject;
      begin();
    });
  }

  #fail(error: Error): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#splitter.end();
    this.#socket.destroy();
    this.#onFailed(error);
  }

  /** One request; settles with the body of its reply. */
  async ask(request: LoadRequest): Promise<Uint8Array> {
    this.#keepsBody = true;
    await this.run({ request: () => request, outstanding: 1, count: 1 });
    this.#keepsBody = false;
    return this.#body;
  }

  /** Carries an order out, one at a time; settles with the number of requests when all are answered. */
  async run(order: LoadOrder): Promise<number> {
    this.#xidBase = (this.#xidBase + this.#sent) & 0x3fffffff || 1;
    this.#order = order;
    this.#sent = 0;
    this.#answered = 0;
    this.#sentMs = new Float64Array(order.outstanding);
    if (order.count === 0) return 0;
    await this.#settled(() => {
      this.#nowMs = performance.now();
      this.#send();
    });
    return this.#answered;
  }

  /** Fills up what may be under way; all of it in one write. */
  #send(): void {
    const { request, outstanding, untilMs = Number.POSITIVE_INFINITY, count } = this.#order;
    const first = this.#sent;
    const last = Math.min(this.#answered + outstanding, count ?? Number.POSITIVE_INFINITY);
    if (first >= last || this.#nowMs >= untilMs) return;
    let size = 0;
    for (let i = first; i < last; i++) {
      const next = request(i);
      this.#pending[i % outstanding] = next;
      size += next.frame.length;
    }
    const bytes = Buffer.allocUnsafe(size);
    let at = 0;
    for (let i = first; i < last; i++) {
      const { frame } = this.#pending[i % outstanding];
      bytes.set(frame, at);
      bytes.writeInt32BE(this.#xidOf(i), at + xidOffset);
      at += frame.length;
      this.#sentMs[i % outstanding] = this.#nowMs;
    }
    this.#sent = last;
    this.#socket.write(bytes);
  }

  #xidOf(index: number): number {
    return (this.#xidBase + index) & 0x7fffffff;
  }

  #take(chunk: Buffer): void {
    this.#nowMs = performance.now();
    const before = this.#answered;
    this.#splitter.push(chunk);
    if (this.#error !== null || !this.#isOpen || this.#answered === before) return;
    this.#send();
    if (this.#answered === this.#sent) this.#onDone();
  }

  #onFrame(bytes: Uint8Array, start: number, end: number): boolean {
    const reader = this.#reader;
    reader.reset(bytes, start, end);
    const wrong = this.#isOpen ? this.#reply(reader, bytes, start, end) : this.#connected(reader);
    if (wrong === null) return true;
    this.#fail(new Error(wrong));
    return false;
  }

  #connected(reader: JuteReader): string | null {
    const { timeOut } = ConnectResponse.read(reader);
    if (timeOut <= 0) return "the server refused the session";
    this.#isOpen = true;
    this.#onDone();
    return null;
  }

  /** What is wrong with a reply, or null. */
  #reply(reader: JuteReader, bytes: Uint8Array, start: number, end: number): string | null {
    if (end - start < replyHeaderBytes) return `a reply has ${end - start} bytes`;
    const xid = reader.readInt();
    const zxid = reader.readLong();
    const err = reader.readInt();
    if (xid === eventXid) {
      this.onEvent?.();
      return null;
    }
    const index = this.#answered;
    if (index >= this.#sent || xid !== this.#xidOf(index))
      return `a reply has xid ${xid}, which is not its turn`;
    const slot = index % this.#order.outstanding;
    const { name, expected } = this.#pending[slot];
    if (err !== 0) return `${name} was answered with ${errorCodeName(err)}`;
    if (zxid < this.#lastZxid) return `${name} was answered with a zxid that is behind the one before`;
    this.#lastZxid = zxid;
    const body = start + replyHeaderBytes;
    if (expected.length !== null && expected.length !== end - body)
      return `${name} was answered with ${end - body} bytes, not ${expected.length}`;
    const { prefix } = expected;
    for (let i = 0; i < prefix.length; i++)
      if (bytes[body + i] !== prefix[i]) return `${name} was answered with other bytes than expected`;
    if (this.#keepsBody) this.#body = new Uint8Array(bytes.subarray(body, end));
    this.#answered++;
    this.#order.latencies?.add(this.#nowMs - this.#sentMs[slot]);
    return null;
  }

  /** Ends the session and waits until the server has. */
  async close(): Promise<void> {
    if (this.#error === null) await this.ask(ends).catch(() => undefined);
    this.drop();
  }

  /** Leaves the connection; the session stays until it expires. */
  drop(): void {
    this.#fail(new Error("closed"));
  }
}
