import type { Socket } from "node:net";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import { nextIsQuorumAuth, QuorumAuthPacket } from "../../../protocol/records/quorum.ts";

/** Magic, status and the length of the token. */
const headBytes = 16;
const magicBytes = 8;
/** Longer ones are refused unread, as by the JDK. */
const tokenBytesMax = 4096;

export interface AuthPacketsHost {
  /** The token is a view, valid during the call only. */
  packet(packet: QuorumAuthPacket): void;
  /** What comes is no packet of a login, or the other end has no more to say, or says nothing for too long. */
  other(reason: string): void;
  /** After `finish`: whatever came behind the exchange is on the socket again, which is paused. */
  ready(): void;
  /** After `fail`. What was written before goes out, then the socket is closed. */
  failed(reason: string): void;
}

/** Reads QuorumAuthPackets off a socket, which have no length around them, and leaves what follows on it. */
export class AuthPackets {
  readonly #socket: Socket;
  readonly #host: AuthPacketsHost;
  readonly #timer: NodeJS.Timeout;
  #bytes: Buffer = Buffer.alloc(0);
  #isOver = false;

  constructor(socket: Socket, patienceMs: number, host: AuthPacketsHost) {
    this.#socket = socket;
    this.#host = host;
    this.#timer = setTimeout(() => host.other("it takes too long to log in"), patienceMs);
    socket.on("data", this.#onData);
    socket.on("error", this.#onGone);
    socket.on("close", this.#onGone);
    socket.on("end", this.#onEnd);
    socket.resume();
  }

  /** The exchange is over, and went well. */
  finish(): void {
    if (!this.#end()) return;
    this.#socket.pause();
    if (this.#bytes.length > 0 && !this.#socket.readableEnded) this.#socket.unshift(this.#bytes);
    this.#host.ready();
  }

  fail(reason: string): void {
    if (!this.#end()) return;
    this.#socket.on("error", () => undefined);
    this.#socket.destroySoon();
    this.#host.failed(reason);
  }

  readonly #onGone = (): void => this.fail("closed before it had logged in");

  readonly #onEnd = (): void => this.#host.other("closed before it had logged in");

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    while (!this.#isOver && this.#take());
  };

  /** Whether there may be more to take. */
  #take(): boolean {
    const bytes = this.#bytes;
    if (bytes.length < magicBytes) return false;
    if (!nextIsQuorumAuth(new JuteReader(bytes))) {
      this.#host.other("it does not log in");
      return false;
    }
    if (bytes.length < headBytes) return false;
    const length = bytes.readInt32BE(headBytes - 4);
    if (length < -1 || length > tokenBytesMax) {
      this.fail(`a token of ${length} bytes`);
      return false;
    }
    const end = headBytes + Math.max(length, 0);
    if (bytes.length < end) return false;
    const packet = QuorumAuthPacket.decode(bytes.subarray(0, end));
    this.#bytes = bytes.subarray(end);
    this.#host.packet(packet);
    return true;
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#socket.off("data", this.#onData);
    this.#socket.off("error", this.#onGone);
    this.#socket.off("close", this.#onGone);
    this.#socket.off("end", this.#onEnd);
    return true;
  }
}
