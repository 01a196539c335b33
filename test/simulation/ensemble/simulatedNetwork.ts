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
/** How long it takes until a lost message is sent again. */
const resendMs = 600;

/** Links between servers: late, slow, cut one way or both, by a seed. Connections keep the order of their bytes. */
export class SimulatedNetwork {
  readonly time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #cut = new Set<string>();
  /** Number of the last message on each link. */
  readonly #newest = new Map<string, number>();
  readonly #last = new Map<
    string,
    {
      readonly from: Endpoint;
      readonly to: () => Endpoint | null;
      readonly toSid: bigint;
      readonly run: () => void;
    }
  >();
  readonly #connected = new Map<string, ReadonlySet<Endpoint>>();
  /** Added to the delay of everything, ms. */
  slowMs = 0;
  /** Share of the messages outside of connections that are lost. */
  lossRate = 0;
  /** Whether connections break in the middle of a snapshot. */
  breaksSnapshots = false;

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
    this.lossRate = 0;
    this.breaksSnapshots = false;
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

  /**
   * A message on the kept connection of two servers. Where the link is cut or loses it, it is sent again, as TCP does, or
   * as a new connection does with the last one; a newer one to the same server takes its place.
   */
  datagram(from: Endpoint, to: () => Endpoint | null, toSid: bigint, run: () => void): void {
    const target = to();
    if (target !== null) this.#connect(from, target);
    this.#last.set(`${from.sid}>${toSid}`, { from, to, toSid, run });
    this.#send(from, to, toSid, run);
  }

  /** The first word between two lives of servers: the other end says its last word again (QuorumCnxManager). */
  #connect(from: Endpoint, target: Endpoint): void {
    const pair = from.sid < target.sid ? `${from.sid}-${target.sid}` : `${target.sid}-${from.sid}`;
    const ends = new Set([from, target]);
    const known = this.#connected.get(pair);
    if (known !== undefined && known.has(from) && known.has(target)) return;
    this.#connected.set(pair, ends);
    const last = this.#last.get(`${target.sid}>${from.sid}`);
    if (last?.from === target) this.#send(last.from, last.to, last.toSid, last.run);
  }

  #send(from: Endpoint, to: () => Endpoint | null, toSid: bigint, run: () => void): void {
    const link = `${from.sid}>${toSid}`;
    const number = (this.#newest.get(link) ?? 0) + 1;
    this.#newest.set(link, number);
    const deliver = (): void => {
      const target = to();
      if (this.#newest.get(link) !== number && this.isCut(from.sid, toSid)) return;
      if (target === null || !target.isAlive || !from.isAlive) return;
      if (this.isCut(from.sid, toSid)) return void this.time.after(retryMs, deliver);
      if (target.pausedUntilMs > this.time.nowMs)
        this.time.after(target.pausedUntilMs - this.time.nowMs, deliver);
      else run();
    };
    const isLost = this.lossRate > 0 && this.#random.chance(this.lossRate);
    this.time.after(this.delayMs + (isLost ? resendMs : 0), deliver);
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
  /** Counts what was lost at once: nothing that was sent before arrives. */
  #losses = 0;
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

  /** What has been sent from here, and has not arrived, never does. */
  vanish(): void {
    if (!this.isClosed) this.other?.lose();
  }

  lose(): void {
    this.#losses++;
    this.#arriving.length = 0;
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
    const losses = this.#losses;
    time.after(atMs - time.nowMs, () => {
      if (losses !== this.#losses) return;
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
