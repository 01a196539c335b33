import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { frame, int, long, text } from "../test/support/rawClient.ts";

export const openAcl = Buffer.concat([int(1), int(31), text("world"), text("anyone")]);
export const opCode = { create: 1, getData: 4, setData: 5 } as const;
const replyHeaderBytes = 20;

/** Requests as frames whose xid nobody looks at, so that one buffer serves for all requests of a kind. */
export function getFrame(path: string): Buffer {
  return frame(int(1), int(opCode.getData), text(path), Buffer.of(0));
}

export function setFrame(path: string, data: Buffer): Buffer {
  return frame(int(1), int(opCode.setData), text(path), int(data.length), data, int(-1));
}

/** `flags` as in CreateMode: 2 is a sequential node, whose frame can be sent again and again. */
export function createFrame(path: string, data: Buffer, flags = 0): Buffer {
  return frame(int(1), int(opCode.create), text(path), int(data.length), data, openAcl, int(flags));
}

/** A session that can keep requests under way at the cost of a few instructions each. */
export class LoadClient {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #onReplies: (count: number) => void = () => undefined;
  #onGone: (error: Error) => void = () => undefined;
  #connected = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#onGone(error));
    socket.on("close", () => this.#onGone(new Error("the server closed the connection")));
  }

  /** Rejects when nobody listens or the connection is closed before the session stands. */
  static async open(port: number): Promise<LoadClient> {
    const socket = connect(port, "127.0.0.1");
    const client = new LoadClient(socket);
    await once(socket, "connect");
    const handshake = frame(int(0), long(0n), int(60_000), long(0n), int(16), Buffer.alloc(16), Buffer.of(0));
    await client.#answered(1, () => socket.write(handshake));
    client.#connected = true;
    return client;
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    let count = 0;
    while (bytes.length - at >= 4) {
      const end = at + 4 + bytes.readInt32BE(at);
      if (end > bytes.length) break;
      if (this.#connected && end - at >= replyHeaderBytes && bytes.readInt32BE(at + 16) !== 0) {
        return this.#onGone(new Error(`a request failed with error ${bytes.readInt32BE(at + 16)}`));
      }
      at = end;
      count++;
    }
    this.#rest = bytes.subarray(at);
    if (count > 0) this.#onReplies(count);
  }

  #answered(count: number, send: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = count;
      this.#onGone = reject;
      this.#onReplies = (more): void => {
        left -= more;
        if (left <= 0) resolve();
      };
      send();
    });
  }

  /** One request and its answer. */
  ask(request: Buffer): Promise<void> {
    return this.#answered(1, () => this.#socket.write(request));
  }

  /** Sends the same request again and again, `outstanding` at a time, until the deadline; answers how many were done. */
  repeat(request: Buffer, outstanding: number, deadlineMs: number): Promise<number> {
    const many = Buffer.concat(Array.from({ length: outstanding }, () => request));
    return new Promise((resolve, reject) => {
      let done = 0;
      let pending = outstanding;
      this.#onGone = reject;
      this.#onReplies = (count): void => {
        done += count;
        pending -= count;
        if (performance.now() < deadlineMs) {
          this.#socket.write(many.subarray(0, count * request.length));
          pending += count;
        } else if (pending === 0) resolve(done);
      };
      this.#socket.write(many);
    });
  }

  /** Sends `count` requests made by number, `outstanding` at a time. */
  pipeline(count: number, outstanding: number, make: (index: number) => Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      let sent = 0;
      let answered = 0;
      const send = (most: number): void => {
        const requests: Buffer[] = [];
        while (requests.length < most && sent < count) requests.push(make(sent++));
        if (requests.length > 0) this.#socket.write(Buffer.concat(requests));
      };
      this.#onGone = reject;
      this.#onReplies = (more): void => {
        answered += more;
        if (answered === count) resolve();
        else send(more);
      };
      send(outstanding);
    });
  }

  close(): void {
    this.#onGone = () => undefined;
    this.#socket.destroy();
  }
}
