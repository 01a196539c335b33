import { FrameSplitter, type FrameSink } from "../../protocol/frames.ts";
import type { ClientConnection } from "../../src/core/server/clientConnection.ts";
import type { Clock, Effects } from "../../src/core/server/effects.ts";
import type { ServerOptions } from "../../src/core/server/serverOptions.ts";
import { ZooKeeperServer } from "../../src/core/server/zooKeeperServer.ts";
import { DataTree } from "../../src/core/tree/dataTree.ts";
import { SeededRandom } from "../simulation/random.ts";
import { CoreClient } from "../support/coreClient.ts";

/** jute.maxbuffer of Apache by default. */
const frameBytesMax = 0xfffff;
/** Xid of a frame's transaction, which stands behind the client id in a header. */
const typeOffset = 28;
const errorType = -1;

/** A connection that sends whatever it likes. */
export class FuzzClient implements FrameSink {
  readonly connection: ClientConnection;
  readonly #host: FuzzHost;
  readonly #splitter: FrameSplitter;
  closed = false;

  constructor(host: FuzzHost, connection: ClientConnection) {
    this.#host = host;
    this.connection = connection;
    this.#splitter = new FrameSplitter(frameBytesMax, this);
    connection.transport = this;
  }

  /** Bytes as they come from a socket. */
  push(bytes: Uint8Array): void {
    this.#splitter.push(bytes);
  }

  onFrame(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#host.server.frame(this.connection, bytes, start, end);
  }

  onBadLength(): void {
    this.#host.server.close(this.connection, "bad frame length");
  }

  resume(): void {
    this.#splitter.resume();
  }

  end(): void {
    this.closed = true;
    this.#splitter.end();
  }
}

/** A core whose log and sockets are of paper, as cheap as can be: millions of frames go through it. */
export class FuzzHost implements Effects {
  readonly clock: Clock = { monotonicMs: 1_000_000, wallMs: 1_700_000_000_000 };
  readonly server: ZooKeeperServer;
  readonly autoLog = false;
  readonly healthy: CoreClient[] = [];
  /** Connection whose bytes the core is looking at. */
  speaking: FuzzClient | null = null;
  /** What must not have happened; the first such thing. */
  fault: string | null = null;
  #appendedZxid = 0n;
  #loggedZxid = 0n;
  /** Digest that the newest transaction of the log foretells, unsigned; null when it carries none. */
  #foretold: bigint | null = null;
  readonly #dirty: ClientConnection[] = [];
  readonly #resumed: FuzzClient[] = [];

  constructor(options: ServerOptions, seed: number) {
    const random = new SeededRandom(seed);
    const state = { tree: new DataTree(options.prep), timeouts: new Map<bigint, number>(), lastZxid: 0n };
    this.server = new ZooKeeperServer(options, state, this, this.clock, () => random.next());
  }

  // ---- effects ----

  flush(connection: ClientConnection): void {
    this.#dirty.push(connection);
  }

  close(connection: ClientConnection, reason: string): void {
    const { transport } = connection;
    if (transport instanceof FuzzClient) {
      transport.end();
      // A session that is taken over closes the connection that it had; nothing else reaches over.
      if (this.speaking !== null && this.speaking !== transport && reason !== "client reconnected")
        this.fault ??= `a frame of one connection closed another: ${reason}`;
    } else this.fault ??= `the healthy session was closed: ${reason}`;
  }

  pause(): void {}

  resume(connection: ClientConnection): void {
    const { transport } = connection;
    if (transport instanceof FuzzClient) this.#resumed.push(transport);
    else if (transport instanceof CoreClient) transport.blocked = false;
  }

  append(zxid: bigint, body: Uint8Array): void {
    if (zxid !== this.#appendedZxid + 1n) this.fault ??= `zxid ${zxid} logged behind ${this.#appendedZxid}`;
    this.#appendedZxid = zxid;
    if (!this.server.options.prep.digestEnabled) return;
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    const isError = view.getInt32(typeOffset) === errorType;
    if (!isError) this.#foretold = view.getBigUint64(body.length - 8);
  }

  report(): void {}

  // ---- inputs ----

  accept(): FuzzClient {
    const origin = { remoteAddress: "127.0.0.1", remotePort: 40_000, secure: false, authIds: [] };
    const connection = this.server.accept(origin);
    if (connection === null) throw new Error("a connection was refused");
    return new FuzzClient(this, connection);
  }

  acceptHealthy(): CoreClient {
    const origin = { remoteAddress: "10.0.0.1", remotePort: 40_000, secure: false, authIds: [] };
    const connection = this.server.accept(origin);
    if (connection === null) throw new Error("the healthy connection was refused");
    const client = new CoreClient(this, connection, this.healthy.length);
    connection.transport = client;
    this.healthy.push(client);
    return client;
  }

  /** One turn: the bytes, what was resumed because of them, and the output. */
  push(client: FuzzClient, bytes: Uint8Array): void {
    this.speaking = client;
    client.push(bytes);
    this.speaking = null;
    this.pump();
  }

  pump(): void {
    for (let moved = true; moved;) {
      moved = false;
      for (let next = this.#resumed.pop(); next !== undefined; next = this.#resumed.pop()) {
        if (next.closed) continue;
        this.speaking = next;
        next.resume();
        this.speaking = null;
        moved = true;
      }
      for (const client of this.healthy) moved = client.deliver() || moved;
    }
    for (const client of this.healthy) client.collect();
    for (const connection of this.#dirty.splice(0))
      if (connection.transport instanceof FuzzClient) this.#take(connection);
  }

  /** Output consists of whole frames, whatever was asked. */
  #take(connection: ClientConnection): void {
    const { out } = connection;
    const bytes = out.view();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at + 4 <= bytes.length) {
      const length = view.getInt32(at);
      if (length < 16) break;
      at += 4 + length;
    }
    if (at !== bytes.length)
      this.fault ??= `the output is not cut into frames at byte ${at} of ${bytes.length}`;
    if (out.capacity > 64 * 1024) out.detach(512);
    else out.clear();
    connection.flushing = false;
  }

  /** Everything is on disk, also what follows from that. */
  settle(): void {
    this.pump();
    while (this.#loggedZxid < this.#appendedZxid) {
      this.#loggedZxid = this.#appendedZxid;
      this.server.logged(this.#loggedZxid);
      this.pump();
    }
    const digest = this.server.tree.digest();
    if (this.#foretold !== null && this.#foretold !== digest)
      this.fault ??= `the log foretells digest ${this.#foretold.toString(16)}, the tree has ${digest.toString(16)}`;
  }

  advance(ms: number): void {
    this.clock.monotonicMs += ms;
    this.clock.wallMs += ms;
    this.server.tick();
    this.settle();
  }
}
