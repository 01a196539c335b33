import type { SeededRandom } from "../random.ts";
import type { VirtualTime } from "./virtualTime.ts";

/** What a connection tells the process at one end of it. */
export interface StreamListener {
  bytes(bytes: Uint8Array): void;
  closed(): void;
}

/** Who may be at an end of a connection: a process, which may be dead, or stand still. */
export interface Endpoint {
  readonly sid: bigint;
  readonly isAlive: boolean;
  /** Nothing reaches it before then. */
  readonly pausedUntilMs: number;
}

/** How long what cannot be delivered waits for the next attempt: the network sends it again. */
const retryMs = 25;

/** Links between servers: late, slow, cut one way or both, by a seed. Connections keep the order of their bytes. */
export class SimulatedNetwork {
  readonly time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #cut = new Set<string>();
  /** Added to the delay of everything, ms. */
  slowMs = 0;

  constructor(time: VirtualTime, random: SeededRandom) {
    this.time = time;
    this.#random = random;
  }

  cut(from: bigint, to: bigint): void {
    this.#cut.add(`${from}>${to}`);
  }

  healAll(): void {
    this.#cut.clear();
    this.slowMs = 0;
  }

  get hasCuts(): boolean {
    return this.#cut.size > 0;
  }

  isCut(from: bigint, to: bigint): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  get delayMs(): number {
    return 0.2 + this.#random.next() * 2 + this.slowMs * this.#random.next();
  }

  /** A message that is lost where the link is cut. */
  datagram(from: Endpoint, to: () => Endpoint | null, toSid: bigint, run: () => void): void {
    const deliver = (): void => {
      const target = to();
      if (target === null || !target.isAlive || this.isCut(from.sid, toSid)) return;
      if (target.pausedUntilMs > this.time.nowMs)
        this.time.after(target.pausedUntilMs - this.time.nowMs, deliver);
      else run();
    };
    this.time.after(this.delayMs, deliver);
  }

  /** Both ends of a new connection. */
  stream(from: Endpoint, to: Endpoint): [StreamEnd, StreamEnd] {
    const near = new StreamEnd(this, from);
    const far = new StreamEnd(this, to);
    near.other = far;
    far.other = near;
    return [near, far];
  }
}

/** One end of a connection. */
export class StreamEnd {
  readonly owner: Endpoint;
  other: StreamEnd | null = null;
  listener: StreamListener | null = null;
  isClosed = false;
  readonly #network: SimulatedNetwork;
  /** What has arrived is in order: nothing comes before this. */
  #lastMs = 0;
  readonly #arriving: (() => void)[] = [];
  #isRetrying = false;

  constructor(network: SimulatedNetwork, owner: Endpoint) {
    this.#network = network;
    this.owner = owner;
  }

  send(bytes: Uint8Array): void {
    if (this.isClosed) return;
    const copy = new Uint8Array(bytes);
    this.other?.arrive(this, () => this.other?.listener?.bytes(copy));
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.other?.arrive(this, () => {
      const far = this.other;
      if (far === null || far.isClosed) return;
      far.isClosed = true;
      far.listener?.closed();
    });
  }

  arrive(from: StreamEnd, run: () => void): void {
    const { time } = this.#network;
    const atMs = Math.max(this.#lastMs, time.nowMs + this.#network.delayMs);
    this.#lastMs = atMs;
    time.after(atMs - time.nowMs, () => {
      this.#arriving.push(run);
      if (!this.#isRetrying) this.#drain(from);
    });
  }

  #drain(from: StreamEnd): void {
    this.#isRetrying = false;
    const { time } = this.#network;
    while (this.#arriving.length > 0) {
      if (this.isClosed || !this.owner.isAlive) return;
      const isStuck =
        this.#network.isCut(from.owner.sid, this.owner.sid) || this.owner.pausedUntilMs > time.nowMs;
      if (isStuck) {
        this.#isRetrying = true;
        time.after(retryMs, () => this.#drain(from));
        return;
      }
      this.#arriving.shift()?.();
    }
  }
}
