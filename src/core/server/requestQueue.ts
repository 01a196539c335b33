import { RequestThrottle, ThrottleDecision, type ThrottledRequest } from "../throttle/requestThrottle.ts";
import type { ClientConnection, HeldRequest } from "./clientConnection.ts";
import type { ZooKeeperServer } from "./zooKeeperServer.ts";

interface Queued {
  readonly connection: ClientConnection;
  readonly held: HeldRequest;
  readonly queueTimeMs: number;
}

/**
 * Requests that wait because request_throttle_max_requests are in the pipeline already, in order of arrival
 * (RequestThrottler). Without that key no request waits, so none comes here, and throttled_op_wait_time has no effect.
 */
export class RequestQueue {
  /** Whether requests have to pass through here at all. */
  readonly active: boolean;
  readonly #server: ZooKeeperServer;
  readonly #stallTimeMs: number;
  readonly #throttle: RequestThrottle;
  readonly #submit: (connection: ClientConnection, held: HeldRequest, throttled: boolean) => void;
  #queue: Queued[] = [];
  #stalledUntilMs = Infinity;
  #running = false;

  constructor(
    server: ZooKeeperServer,
    submit: (connection: ClientConnection, held: HeldRequest, throttled: boolean) => void,
  ) {
    const settings = server.options.requestThrottle;
    this.active = settings.maxRequests > 0;
    this.#server = server;
    this.#stallTimeMs = settings.stallTimeMs > 0 ? settings.stallTimeMs : Infinity;
    this.#throttle = new RequestThrottle(settings);
    this.#submit = submit;
  }

  get nextDueMs(): number {
    return this.#stalledUntilMs;
  }

  add(connection: ClientConnection, held: HeldRequest): void {
    this.#queue.push({ connection, held, queueTimeMs: this.#server.clock.monotonicMs });
    this.#server.outstanding.queued++;
    this.run();
  }

  tick(): void {
    if (this.#queue.length > 0) this.run();
  }

  /** Lets through what may go; called with every arrival, every tick and every finished request. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    this.#letThrough();
    this.#running = false;
  }

  #letThrough(): void {
    const now = this.#server.clock.monotonicMs;
    this.#stalledUntilMs = Infinity;
    let done = 0;
    for (const { connection, held, queueTimeMs } of this.#queue) {
      const request = { type: held.type, createTimeMs: held.receivedMs, queueTimeMs, connection };
      const decision = this.#throttle.decide(request, this.#server.outstanding.inProcess, now);
      if (decision === ThrottleDecision.STALL) {
        this.#server.metrics.counters.requestThrottleWaitCount.add(1);
        this.#stalledUntilMs = now + this.#stallTimeMs;
        break;
      }
      done++;
      this.#server.outstanding.queued--;
      if (decision === ThrottleDecision.SUBMIT || decision === ThrottleDecision.SUBMIT_THROTTLED)
        this.#count(request, now);
      this.#carryOut(decision, connection, held);
    }
    if (done > 0) this.#queue = this.#queue.slice(done);
  }

  /** A request leaves the queue, if only to be answered THROTTLEDOP. */
  #count(request: ThrottledRequest, now: number): void {
    const { counters, percentiles } = this.#server.metrics;
    if (this.#throttle.isStale(request, now)) counters.staleRequests.add(1);
    percentiles.requestThrottleQueueTimeMs.add(now - request.queueTimeMs);
  }

  #carryOut(decision: ThrottleDecision, connection: ClientConnection, held: HeldRequest): void {
    switch (decision) {
      case ThrottleDecision.SUBMIT:
      case ThrottleDecision.SUBMIT_THROTTLED:
        return this.#submit(connection, held, decision === ThrottleDecision.SUBMIT_THROTTLED);
      case ThrottleDecision.DROP_STALE:
        this.#server.metrics.counters.staleRequestsDropped.add(1);
        connection.invalid = true;
        this.#server.largeRequests.finish(held.largeBytes);
        return this.#server.connections.close(connection, "request was stale");
      default:
        this.#server.largeRequests.finish(held.largeBytes);
    }
  }
}
