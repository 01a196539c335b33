import type { Socket } from "node:net";
import { PacketSplitter } from "../../../protocol/packets.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import { QuorumPacket } from "../../../protocol/records/quorum.ts";
import { RawPieces } from "./rawPieces.ts";
import type { JuteWriter } from "../../../protocol/jute/writer.ts";

/** What a connection between learner and leader tells its owner. */
export interface PacketSocketHost {
  /** Before each batch of input. */
  enter(): void;
  /** Data are views, valid during the call only. */
  packet(packet: QuorumPacket): void;
  /** Bytes have come, maybe no whole packet. */
  heard(): void;
  /** The connection is gone, or was cut because of what came over it. Called once, but not after `destroy`. */
  lost(reason: string): void;
}

/** How long a closed connection may take to send its last bytes. */
const lingerMs = 2000;

/** The connection between a learner and its leader, either end. */
export class PacketSocket {
  readonly #socket: Socket;
  readonly #host: PacketSocketHost;
  readonly #splitter: PacketSplitter;
  #raw: RawPieces | null = null;
  #isOver = false;

  /** @param dataBytesMax Of one packet. */
  constructor(socket: Socket, dataBytesMax: number, host: PacketSocketHost) {
    this.#socket = socket;
    this.#host = host;
    this.#splitter = new PacketSplitter(dataBytesMax, {
      onPacket: (bytes, start, end) => this.#onPacket(bytes, start, end),
      onBadPacket: (reason) => this.#lose(reason),
    });
    socket.setNoDelay(true);
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    socket.on("end", () => this.#lose("closed by the other server"));
    socket.on("error", (error) => this.#lose(error.message));
    socket.on("close", () => this.#lose("closed"));
  }

  /** Writes out what has gathered, as one piece. */
  flush(out: JuteWriter): void {
    if (out.length === 0) return;
    const bytes = out.detach(4096);
    if (!this.#isOver) this.#socket.write(bytes);
  }

  /** Settles when there is room for more; rejects when the connection is gone. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isOver) throw new Error("the connection is gone");
    if (this.#socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.once("drain", done);
      this.#socket.once("close", done);
    });
  }

  /** Called while a packet is handed over: what follows it is no packets, until `endRaw`. */
  beginRaw(): RawPieces {
    const raw = new RawPieces(
      () => this.#socket.pause(),
      () => this.#socket.resume(),
    );
    this.#raw = raw;
    this.#splitter.readRaw((bytes, start, end) => (this.#raw === null ? 0 : raw.push(bytes, start, end)));
    return raw;
  }

  /** Packets again, beginning with what was read too much. */
  endRaw(rest: Uint8Array): void {
    const raw = this.#raw;
    this.#raw = null;
    if (raw === null || this.#isOver) return;
    if (rest.length > 0) this.#splitter.push(rest);
    for (const piece of raw.takeAll()) this.#splitter.push(piece);
    this.#socket.resume();
  }

  /** Sends what was written, then closes. */
  end(): void {
    if (this.#isOver) return;
    this.#quiet();
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), lingerMs).unref();
  }

  destroy(): void {
    this.#quiet();
    this.#socket.destroy();
  }

  #quiet(): void {
    this.#isOver = true;
    this.#splitter.end();
    this.#raw?.abort();
  }

  #onData(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#host.enter();
    this.#host.heard();
    this.#splitter.push(chunk);
  }

  #onPacket(bytes: Uint8Array, start: number, end: number): void {
    let packet: QuorumPacket;
    try {
      packet = QuorumPacket.decode(bytes.subarray(start, end));
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      return this.#lose(error.message);
    }
    this.#host.packet(packet);
  }

  /** What came over it makes it useless. */
  fail(reason: string): void {
    this.#lose(reason);
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.destroy();
    this.#host.enter();
    this.#host.lost(reason);
  }
}
