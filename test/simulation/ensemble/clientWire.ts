import type { ClientConnection } from "../../../src/core/server/clientConnection.ts";
import type { ZooKeeperServer } from "../../../src/core/server/zooKeeperServer.ts";
import type { SeededRandom } from "../random.ts";
import type { SimulatedProcess } from "./simulatedProcess.ts";
import type { VirtualTime } from "./virtualTime.ts";

/**
 * A client's connection as its server sees it: everything comes late and in order, the end behind what was sent before
 * it. A server that stands still finds all of it when it goes on, even if the client has given up long ago.
 */
export class ClientWire {
  readonly connection: ClientConnection;
  readonly #process: SimulatedProcess;
  readonly #core: ZooKeeperServer;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  #lastMs = 0;

  constructor(
    process: SimulatedProcess,
    core: ZooKeeperServer,
    connection: ClientConnection,
    time: VirtualTime,
    random: SeededRandom,
  ) {
    this.#process = process;
    this.#core = core;
    this.connection = connection;
    this.#time = time;
    this.#random = random;
  }

  get isToLeader(): boolean {
    return this.#core.place.kind === "leader";
  }

  send(bytes: Uint8Array): void {
    this.#later(() => void this.#core.frame(this.connection, bytes, 0, bytes.length));
  }

  end(): void {
    this.#later(() => this.#core.disconnected(this.connection));
  }

  #later(input: () => void): void {
    this.#lastMs = Math.max(this.#lastMs, this.#time.nowMs + 0.5 + this.#random.next());
    this.#time.after(this.#lastMs - this.#time.nowMs, () => this.#deliver(input));
  }

  #deliver(input: () => void): void {
    const waitMs = this.#process.pausedUntilMs - this.#time.nowMs;
    if (waitMs > 0) this.#time.after(waitMs, () => this.#deliver(input));
    else if (this.#process.isAlive && this.#process.core === this.#core) this.#process.input(input);
  }
}
