import { wordOf, type ClientWord } from "../fourLetter/words.ts";
import type { AcceptedClient } from "./clientPorts.ts";

/** What early clients are answered by. */
export interface EarlyHost {
  /** Bytes to wait for behind a word. */
  extraBytes(word: ClientWord): number;
  /** The answer to a four-letter word while nothing is served; null closes without one. */
  answer(word: ClientWord, extra: Uint8Array): string | null;
}

/**
 * A client that has come while the data is still being loaded. As in Apache the port is there, four-letter words are
 * answered and a ConnectRequest is turned away; a client that has said nothing by then is served once all is loaded.
 */
export class EarlyClient {
  readonly #accepted: AcceptedClient;
  readonly #host: EarlyHost;
  readonly #onGone: (client: EarlyClient) => void;
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #onData = (chunk: Uint8Array): void => this.#data(chunk);
  readonly #onEnd = (): void => this.end();

  /** @param silenceMsMax How long it may wait in vain: a member may be without a leader for long. */
  constructor(
    accepted: AcceptedClient,
    host: EarlyHost,
    silenceMsMax: number,
    onGone: (client: EarlyClient) => void,
  ) {
    this.#accepted = accepted;
    this.#host = host;
    this.#onGone = onGone;
    const { socket } = accepted;
    socket.on("data", this.#onData);
    socket.on("error", this.#onEnd);
    socket.on("close", this.#onEnd);
    socket.setTimeout(silenceMsMax, this.#onEnd);
    socket.resume();
  }

  #data(chunk: Uint8Array): void {
    const bytes = new Uint8Array(this.#bytes.length + chunk.length);
    bytes.set(this.#bytes);
    bytes.set(chunk, this.#bytes.length);
    this.#bytes = bytes;
    if (bytes.length < 4) return;
    const word = wordOf(new DataView(bytes.buffer).getInt32(0));
    if (word === null) return this.end();
    const needed = 4 + this.#host.extraBytes(word);
    if (bytes.length < needed) return;
    const text = this.#host.answer(word, bytes.subarray(4, needed));
    const { socket } = this.#accepted;
    socket.off("data", this.#onData);
    if (text === null || text === "") return this.end();
    socket.end(text, () => this.end());
  }

  /** The client, ready to be served, if it has not said anything yet; null, and closed, otherwise. */
  handOver(): AcceptedClient | null {
    if (this.#bytes.length > 0 || this.#accepted.socket.destroyed) {
      this.end();
      return null;
    }
    const { socket } = this.#accepted;
    socket.off("data", this.#onData);
    socket.off("error", this.#onEnd);
    socket.off("close", this.#onEnd);
    socket.off("timeout", this.#onEnd);
    socket.setTimeout(0);
    return this.#accepted;
  }

  end(): void {
    this.#onGone(this);
    this.#accepted.socket.destroy();
  }
}
