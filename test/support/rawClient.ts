import { once } from "node:events";
import { connect as connectPlain, type Socket } from "node:net";

/** A reply or event as it came: header fields and the body behind them. */
export interface RawReply {
  readonly xid: number;
  readonly zxid: bigint;
  readonly err: number;
  readonly body: Buffer;
}

/** Bytes of a jute string. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int(bytes.length), bytes]);
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** An ACL list that lets everybody do everything. */
export const openAcl = Buffer.concat([int(1), int(31), text("world"), text("anyone")]);

/** The body of a create request with an open ACL. */
export function createBody(path: string, data = Buffer.alloc(0), flags = 0): Buffer {
  return Buffer.concat([text(path), int(data.length), data, openAcl, int(flags)]);
}

/** A frame: its length and the parts. */
export function frame(...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
}

/** A client of a few lines with an encoder of its own, over any socket. */
export class RawClient {
  readonly socket: Socket;
  sessionId = 0n;
  password: Buffer = Buffer.alloc(16);
  timeoutMs = 0;
  /** What the server has said of itself. */
  isReadOnly = false;
  #bytes: Buffer = Buffer.alloc(0);
  #frames: Buffer[] = [];
  #waiting: ((frame: Buffer | null) => void)[] = [];
  #ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => this.#end());
    socket.on("close", () => this.#end());
  }

  static async open(port: number, host = "127.0.0.1"): Promise<RawClient> {
    const socket = connectPlain(port, host);
    const client = new RawClient(socket);
    await once(socket, "connect");
    return client;
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readInt32BE(0)) {
      const end = 4 + this.#bytes.readInt32BE(0);
      const next = this.#bytes.subarray(4, end);
      this.#bytes = this.#bytes.subarray(end);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#frames.push(next);
      else waiting(next);
    }
  }

  #end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting(null);
  }

  /** The next frame, or null when the server has closed. */
  nextFrame(): Promise<Buffer | null> {
    const ready = this.#frames.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Sends a ConnectRequest and reads the answer; false if the server closed instead. */
  async connect(
    timeoutMs = 30_000,
    sessionId = 0n,
    password: Buffer = Buffer.alloc(16),
    readOnly = false,
  ): Promise<boolean> {
    this.socket.write(
      frame(
        int(0),
        long(0n),
        int(timeoutMs),
        long(sessionId),
        int(password.length),
        password,
        Buffer.from([readOnly ? 1 : 0]),
      ),
    );
    const answer = await this.nextFrame();
    if (answer === null) return false;
    this.timeoutMs = answer.readInt32BE(4);
    this.sessionId = answer.readBigInt64BE(8);
    this.password = Buffer.from(answer.subarray(20, 36));
    this.isReadOnly = answer[36] === 1;
    return true;
  }

  send(xid: number, type: number, ...body: readonly Buffer[]): void {
    this.socket.write(frame(int(xid), int(type), ...body));
  }

  /** The next reply or event; null when the server has closed. */
  async next(): Promise<RawReply | null> {
    const bytes = await this.nextFrame();
    if (bytes === null) return null;
    return {
      xid: bytes.readInt32BE(0),
      zxid: bytes.readBigInt64BE(4),
      err: bytes.readInt32BE(12),
      body: bytes.subarray(16),
    };
  }

  /** Sends a request and waits for what comes next. */
  async ask(xid: number, type: number, ...body: readonly Buffer[]): Promise<RawReply> {
    this.send(xid, type, ...body);
    const reply = await this.next();
    if (reply === null) throw new Error("the server closed the connection");
    return reply;
  }

  close(): void {
    this.socket.destroy();
  }
}
