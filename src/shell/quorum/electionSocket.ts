import type { Socket } from "node:net";
import { FrameSplitter } from "../../../protocol/frames.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import { Notification, notificationBytesMax } from "../../../protocol/records/election.ts";

/** What a kept connection tells its owner. */
export interface ElectionSocketHost {
  heard(sid: bigint, notification: Notification): void;
  /** The connection is gone, or was cut because of what came over it. */
  lost(connection: ElectionSocket, reason: string): void;
  /** A notification that cannot be read: it is dropped, and the connection kept, as Apache does. */
  unreadable(sid: bigint, reason: string): void;
  /** There is room again for what waits. */
  drained(sid: bigint): void;
}

/** The connection to one server that is kept for votes, whoever has dialled. */
export class ElectionSocket {
  readonly sid: bigint;
  /** The machine at the other end; null if it had gone already. */
  readonly remoteAddress: string | null;
  readonly #socket: Socket;
  readonly #host: ElectionSocketHost;
  readonly #splitter: FrameSplitter;
  #isOver = false;

  constructor(sid: bigint, socket: Socket, host: ElectionSocketHost) {
    this.sid = sid;
    // A socket for both families shows an address of the old one in the clothes of the new.
    this.remoteAddress = socket.remoteAddress?.replace(/^::ffff:/i, "") ?? null;
    this.#socket = socket;
    this.#host = host;
    this.#splitter = new FrameSplitter(notificationBytesMax, {
      onFrame: (bytes, start, end) => this.#onFrame(bytes.subarray(start, end)),
      onBadLength: (length) => this.#lose(`a message of ${length} bytes`),
    });
    socket.setTimeout(0);
    socket.on("data", (chunk: Uint8Array) => this.#splitter.push(chunk));
    socket.on("drain", () => host.drained(sid));
    socket.on("end", () => this.#lose("closed by the other server"));
    socket.on("error", (error) => this.#lose(error.message));
    socket.on("close", () => this.#lose("closed"));
  }

  /** Whether a message would have to wait: it can still be replaced by a newer one then. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  send(notification: Notification): void {
    const body = Notification.encode(notification);
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length);
    this.#socket.write(Buffer.concat([length, body]));
  }

  /** Without a word to the host. */
  close(): void {
    this.#isOver = true;
    this.#splitter.end();
    this.#socket.destroy();
  }

  #onFrame(bytes: Uint8Array): boolean {
    try {
      this.#host.heard(this.sid, Notification.decode(bytes));
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.#host.unreadable(this.sid, error.message);
    }
    return !this.#isOver;
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#host.lost(this, reason);
  }
}
