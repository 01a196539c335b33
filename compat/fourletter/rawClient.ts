import { connect, type Socket } from "node:net";

/** Request types and flags used here, spelled out: this client shares no code with the server that it checks. */
const CREATE = 1;
const EXISTS = 3;
const GET_DATA = 4;
const CLOSE_SESSION = -11;
const NO_NODE = -101;
const REPLY_TIMEOUT_MS = 10_000;

/** A client that makes one request at a time, in bytes of its own making; enough to bring a server into a known state. */
export class RawClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #failure: Error | null = null;
  #wake: (() => void) | null = null;
  #xid = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake?.();
    });
    const fail = (error: Error): void => {
      this.#failure ??= error;
      this.#wake?.();
    };
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("the server closed the connection")));
  }

  /** Opens a session with the given timeout in ms. */
  static async open(port: number, timeoutMs: number): Promise<RawClient> {
    const client = new RawClient(connect(port, "127.0.0.1"));
    const passwd = Buffer.alloc(16);
    client.#send(Buffer.concat([int(0), long(0n), int(timeoutMs), long(0n), buffer(passwd), Buffer.of(0)]));
    await client.#frame();
    return client;
  }

  async create(path: string, flags: 0 | 1): Promise<void> {
    const anyone = Buffer.concat([int(1), int(31), text("world"), text("anyone")]);
    await this.#request(CREATE, Buffer.concat([text(path), buffer(Buffer.from(path)), anyone, int(flags)]));
  }

  async getData(path: string, watch: boolean): Promise<void> {
    await this.#request(GET_DATA, Buffer.concat([text(path), Buffer.of(watch ? 1 : 0)]));
  }

  /** Also of a node that is not there, which is what a watch for its creation needs. */
  async exists(path: string, watch: boolean): Promise<void> {
    await this.#request(EXISTS, Buffer.concat([text(path), Buffer.of(watch ? 1 : 0)]), [0, NO_NODE]);
  }

  async close(): Promise<void> {
    await this.#request(CLOSE_SESSION, Buffer.alloc(0));
    this.#socket.destroy();
  }

  async #request(type: number, body: Buffer, errorsExpected: readonly number[] = [0]): Promise<void> {
    this.#xid++;
    this.#send(Buffer.concat([int(this.#xid), int(type), body]));
    const reply = await this.#frame();
    const error = reply.readInt32BE(12);
    if (!errorsExpected.includes(error))
      throw new Error(`request type ${type} was answered with error ${error}`);
  }

  #send(body: Buffer): void {
    this.#socket.write(Buffer.concat([int(body.length), body]));
  }

  async #frame(): Promise<Buffer> {
    for (;;) {
      const length = this.#received.length < 4 ? -1 : this.#received.readInt32BE(0);
      if (length >= 0 && this.#received.length >= 4 + length) {
        const frame = this.#received.subarray(4, 4 + length);
        this.#received = this.#received.subarray(4 + length);
        return frame;
      }
      if (this.#failure !== null) throw this.#failure;
      await this.#moreBytes();
    }
  }

  #moreBytes(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no reply within 10 s")), REPLY_TIMEOUT_MS);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
    });
  }
}

/** Sends a four-letter word, with what follows it, and gives the answer up to the end of the stream. */
export function askWord(port: number, word: string, extra: Buffer = Buffer.alloc(0)): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.concat([Buffer.from(word), extra])));
    socket.setTimeout(REPLY_TIMEOUT_MS, () =>
      socket.destroy(new Error(`${word} was not answered within 10 s`)),
    );
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
  });
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function buffer(bytes: Buffer): Buffer {
  return Buffer.concat([int(bytes.length), bytes]);
}

function text(value: string): Buffer {
  return buffer(Buffer.from(value));
}
