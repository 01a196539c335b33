import type { Socket } from "node:net";
import { FrameSplitter, type FrameSink } from "../../../protocol/frames.ts";
import type { ClientConnection } from "../../core/server/clientConnection.ts";
import { wordOf, type ClientWord } from "../fourLetter/words.ts";
import { writeFrameByFrame, writesStayApart } from "./frameRecords.ts";

/** What a socket needs of the server around it. */
export interface SocketHost {
  /** Longest frame that is taken. */
  readonly frameBytesMax: number;
  /** Bytes that may wait for a client that does not read, before it is closed. */
  readonly outboundBytesMax: number;
  /** Sets the core's clock; before each batch of input. */
  enter(): void;
  frame(connection: ClientConnection, bytes: Uint8Array, start: number, end: number): boolean;
  /** All that has come so far is handed over; more may come in the same turn. */
  handedOver(): void;
  disconnected(connection: ClientConnection): void;
  close(connection: ClientConnection, reason: string): void;
  /** Bytes to wait for behind a word. */
  extraBytes(word: ClientWord): number;
  /** Text of a four-letter word; null closes without one. */
  answer(connection: ClientConnection, word: ClientWord, extra: Uint8Array): string | null;
  badLength(connection: ClientConnection, length: number): void;
  /** The last byte of the socket is gone. */
  released(socket: ClientSocket): void;
}

/** Above this much unsent output nothing more is read from the client. */
const readPauseBytes = 1024 * 1024;
/** Outboxes larger than this are given back after use. */
const outboxKeptBytes = 256 * 1024;
/** How long a closed connection may take to send its last bytes. */
const lingerMs = 5000;

/** One client's TCP or TLS connection: bytes to frames on the way in, one write per turn on the way out. */
export class ClientSocket implements FrameSink {
  readonly connection: ClientConnection;
  readonly #socket: Socket;
  readonly #host: SocketHost;
  readonly #splitter: FrameSplitter;
  readonly #secure: boolean;
  #word: ClientWord | null = null;
  #extra: Uint8Array = new Uint8Array(0);
  #pausedByCore = false;
  #pausedByOutput = false;
  #closing = false;
  #goingOn: NodeJS.Immediate | null = null;

  constructor(socket: Socket, connection: ClientConnection, host: SocketHost, secure: boolean) {
    this.#socket = socket;
    this.connection = connection;
    this.#host = host;
    this.#secure = secure;
    if (secure) writesStayApart(socket);
    this.#splitter = new FrameSplitter(host.frameBytesMax, this);
    connection.transport = this;
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    socket.on("drain", () => this.#onDrain());
    socket.on("error", () => this.#onGone());
    socket.on("end", () => this.#onGone());
    socket.on("close", () => {
      this.#onGone();
      host.released(this);
    });
  }

  #onData(chunk: Uint8Array): void {
    if (this.#closing) return;
    this.#host.enter();
    if (this.#word !== null) return this.#moreOfWord(chunk);
    this.#splitter.push(chunk);
    this.#host.handedOver();
    if (this.#word !== null) this.#moreOfWord(this.#splitter.takeHeld());
    else if (this.#holdsEnough()) this.#socket.pause();
  }

  /**
   * As much as the longest frame with its length is held only for a core that takes no more, which says when to go on.
   * Less may be a frame that is not whole: a pause would then never end.
   */
  #holdsEnough(): boolean {
    return this.#splitter.heldBytes >= this.#host.frameBytesMax + 4;
  }

  /** A chunk may ask for a thousand times its length in replies: they are sent off before more of it is looked at. */
  onFrame(bytes: Uint8Array, start: number, end: number): boolean {
    const goesOn = this.#host.frame(this.connection, bytes, start, end);
    if (this.connection.out.length > readPauseBytes) this.#pausedByOutput = true;
    return goesOn && !this.#pausedByOutput;
  }

  onBadLength(length: number): void {
    this.#host.badLength(this.connection, length);
  }

  /** Only a connection that has not sent its ConnectRequest may speak in words. */
  onLength(length: number): boolean {
    if (this.connection.phase !== "new") return false;
    this.#word = wordOf(length);
    return this.#word !== null;
  }

  #moreOfWord(chunk: Uint8Array): void {
    const word = this.#word;
    if (word === null) return;
    const extra = new Uint8Array(this.#extra.length + chunk.length);
    extra.set(this.#extra);
    extra.set(chunk, this.#extra.length);
    const needed = this.#host.extraBytes(word);
    this.#extra = extra.subarray(0, needed);
    if (extra.length < needed) return;
    const text = this.#host.answer(this.connection, word, this.#extra);
    this.#closing = true;
    if (text !== null && text !== "") this.#socket.write(text);
    this.#host.close(this.connection, word);
  }

  /** Writes the outbox out, in one go; a client that has not taken what went before is cut off instead. */
  flush(): void {
    const { out } = this.connection;
    this.connection.flushing = false;
    if (out.length === 0 || this.#socket.destroyed) return;
    if (this.#socket.writableLength > this.#host.outboundBytesMax) {
      out.detach(0);
      this.#host.close(this.connection, "client does not read its replies");
      return this.destroy();
    }
    if (this.#secure) writeFrameByFrame(this.#socket, out.view());
    else this.#socket.write(out.view());
    const unsent = this.#socket.writableLength;
    // A plain socket that took everything at once is done with the bytes; TLS may still be encrypting them.
    if (unsent === 0 && !this.#secure && out.capacity <= outboxKeptBytes) out.clear();
    else out.detach(512);
    if (unsent > readPauseBytes) this.#pausedByOutput = true;
    else if (this.#pausedByOutput) this.#onDrain();
  }

  #onDrain(): void {
    if (!this.#pausedByOutput || this.#socket.writableLength > readPauseBytes) return;
    this.#pausedByOutput = false;
    this.#goOnLater();
  }

  /** The core takes no more frames for now. */
  pause(): void {
    this.#pausedByCore = true;
  }

  resume(): void {
    this.#pausedByCore = false;
    this.#goOnLater();
  }

  /** Never at once: whoever asks is in the middle of an input to the core, or of a turn's output. */
  #goOnLater(): void {
    if (this.#goingOn !== null) return;
    this.#goingOn = setImmediate(() => this.#goOn());
  }

  #goOn(): void {
    this.#goingOn = null;
    if (this.#closing || this.#pausedByCore || this.#pausedByOutput) return;
    this.#host.enter();
    this.#splitter.resume();
    if (this.#socket.isPaused() && !this.#holdsEnough()) this.#socket.resume();
  }

  /** Sends what is in the outbox, then closes; a peer that never reads is cut off. */
  close(): void {
    if (this.#socket.destroyed) return;
    this.flush();
    this.#closing = true;
    this.#splitter.end();
    this.#socket.setTimeout(lingerMs, () => this.#socket.destroy());
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  #onGone(): void {
    if (this.connection.phase === "closed") return;
    this.#closing = true;
    this.#splitter.end();
    this.#host.enter();
    this.#host.disconnected(this.connection);
    this.#socket.destroy();
  }
}
