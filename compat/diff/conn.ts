import { ErrorCode } from "../../protocol/errors.ts";
import { int, RawClient, text } from "../../test/support/rawClient.ts";
import { encodeBody, typeOf, type EncodeContext } from "./encodeRequest.ts";
import type { Request } from "./steps.ts";
import type { Received } from "./trace.ts";

const answerMsMax = 10_000;
const fenceXid = 0x7ffffff0;
const notificationXid = -1;
const syncType = 9;

/** One connection of a sequence to one server. Everything that comes is handed to `record`, in order. */
export class Conn {
  readonly client: RawClient;
  readonly number: number;
  /** The number of the connection that made the session. */
  session: number;
  lastZxid = 0n;
  closed = false;
  record: (received: Received) => void = () => {};
  #nextXid = 1;

  constructor(client: RawClient, number: number, session: number) {
    this.client = client;
    this.number = number;
    this.session = session;
  }

  /** Sends all in one write. */
  send(requests: readonly Request[], context: EncodeContext): void {
    const frames = requests.map((request) => {
      const body = Buffer.concat([
        int(request.xid ?? this.#nextXid++),
        int(typeOf(request)),
        encodeBody(request, context),
      ]);
      return Buffer.concat([int(body.length), body]);
    });
    this.client.socket.write(Buffer.concat(frames));
  }

  /** Records until each request is answered or the connection has closed. */
  async answers(requests: readonly Request[]): Promise<void> {
    for (const request of requests) {
      let closes = false;
      const answered = await this.#until((bytes) => {
        closes = isLast(request, bytes);
        return this.#reply(request, bytes);
      });
      if (!answered) return;
      // Apache closes a moment later, and may answer the fence in between.
      if (closes) return this.end();
    }
  }

  /** One question and its answer, so that everything the server had sent before has come too. */
  async fence(): Promise<void> {
    if (this.closed) return;
    this.client.send(fenceXid, syncType, text("/"));
    await this.#until((bytes) => {
      if (bytes.readInt32BE(0) !== fenceXid) return this.#unasked(bytes);
      this.#saw(bytes);
      this.record({ kind: "fence", bytes });
      return true;
    });
  }

  /** Records until the server closes the connection. */
  async end(): Promise<void> {
    await this.#until((bytes) => {
      this.#unasked(bytes);
      return false;
    });
  }

  #reply(request: Request, bytes: Buffer): boolean {
    if (bytes.readInt32BE(0) === notificationXid) return this.#unasked(bytes);
    // Answered by a ConnectResponse, which has no header.
    if (request.op !== "createSession") this.#saw(bytes);
    this.record({ kind: "reply", request, bytes });
    return true;
  }

  #unasked(bytes: Buffer): false {
    this.#saw(bytes);
    this.record({ kind: "event", bytes });
    return false;
  }

  #saw(bytes: Buffer): void {
    const zxid = bytes.length < 16 ? 0n : bytes.readBigInt64BE(4);
    if (zxid > this.lastZxid) this.lastZxid = zxid;
  }

  /** Hands frames to `take` until it says that this was it; false if the connection closed or fell silent before. */
  async #until(take: (bytes: Buffer) => boolean): Promise<boolean> {
    if (this.closed) return false;
    let silent = false;
    const timer = setTimeout(() => {
      silent = true;
      this.client.close();
    }, answerMsMax);
    try {
      for (;;) {
        const bytes = await this.client.nextFrame();
        if (bytes === null) {
          this.closed = true;
          this.record({ kind: silent ? "silent" : "closed" });
          return false;
        }
        if (take(bytes)) return true;
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Whether the server closes the connection behind this answer. */
function isLast(request: Request, bytes: Buffer): boolean {
  if (request.op === "createSession") return false;
  if (request.op === "closeSession") return bytes.readInt32BE(0) !== notificationXid;
  const err = bytes.readInt32BE(12);
  const isUnknown = err === ErrorCode.UNIMPLEMENTED && bytes.readBigInt64BE(4) === -1n;
  return isUnknown || err === ErrorCode.AUTHFAILED;
}
