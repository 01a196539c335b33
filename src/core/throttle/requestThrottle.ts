import { OpCode } from "../../../protocol/opcodes.ts";

/** Settings of `RequestThrottle`, by their property names; the defaults are `requestThrottleDefaults`. */
export interface RequestThrottleSettings {
  /** request_throttle_max_requests: requests in the pipeline beyond which others wait; 0 is no limit. */
  readonly maxRequests: number;
  /** request_throttle_stall_time: after so many ms a stalled request is decided anew; 0 or less waits for a finished one. */
  readonly stallTimeMs: number;
  /** request_throttle_drop_stale: whether a stale request is dropped and its connection closed; only with a limit. */
  readonly dropStale: boolean;
  /** request_stale_connection_check: a request of a closed connection is stale. */
  readonly staleConnectionCheck: boolean;
  /** request_stale_latency_check: a request older than its connection's session timeout is stale. */
  readonly staleLatencyCheck: boolean;
  /** throttled_op_wait_time: ms of waiting after which an op is answered THROTTLEDOP; 0 turns it off. */
  readonly throttledOpWaitTimeMs: number;
}

/** Apache's defaults: no limits. */
export const requestThrottleDefaults: RequestThrottleSettings = {
  maxRequests: 0,
  stallTimeMs: 100,
  dropStale: true,
  staleConnectionCheck: true,
  staleLatencyCheck: false,
  throttledOpWaitTimeMs: 0,
};

/** What the throttle looks at; times are ms of the monotonic clock. */
export interface ThrottledRequest {
  /** An opcode. */
  readonly type: number;
  /** When the request was read. */
  readonly createTimeMs: number;
  /** When it was put into the throttle's queue. */
  readonly queueTimeMs: number;
  /** Null for requests that the server makes itself, as the close of an expired session. */
  readonly connection: {
    /** Closed. */
    readonly stale: boolean;
    /** An earlier request of it was dropped, so all later ones have to be, lest order is lost. */
    readonly invalid: boolean;
    readonly sessionTimeoutMs: number;
  } | null;
}

/** What is to be done with the request at the head of the queue. */
export const ThrottleDecision = {
  /** Into the pipeline. */
  SUBMIT: 0,
  /** Into the pipeline, not to be executed: it is answered THROTTLEDOP in its turn. */
  SUBMIT_THROTTLED: 1,
  /** Leave it at the head; ask again when a request has finished or the stall time is over. */
  STALL: 2,
  /** Forget it: its connection is invalid already. */
  DROP: 3,
  /** Forget it, mark its connection invalid and close it; counts in stale_requests_dropped. */
  DROP_STALE: 4,
} as const;
export type ThrottleDecision = (typeof ThrottleDecision)[keyof typeof ThrottleDecision];

/** Decides over requests on their way into the pipeline, in order of arrival (RequestThrottler.run). */
export class RequestThrottle {
  readonly #settings: RequestThrottleSettings;

  constructor(settings: RequestThrottleSettings) {
    this.#settings = settings;
  }

  /** `inProcess` is the number of requests in the pipeline. */
  decide(request: ThrottledRequest, inProcess: number, nowMs: number): ThrottleDecision {
    if (request.connection !== null && request.connection.invalid) return ThrottleDecision.DROP;
    const { maxRequests, dropStale } = this.#settings;
    if (maxRequests > 0) {
      if (dropStale && this.isStale(request, nowMs)) return ThrottleDecision.DROP_STALE;
      if (inProcess >= maxRequests) return ThrottleDecision.STALL;
    }
    return this.#waitedTooLong(request, nowMs) ? ThrottleDecision.SUBMIT_THROTTLED : ThrottleDecision.SUBMIT;
  }

  /** Whether nobody waits for the answer any more; a submitted one counts in stale_requests (Request.isStale). */
  isStale(request: ThrottledRequest, nowMs: number): boolean {
    const { connection } = request;
    // A closeSession has to outlive its connection, or the ephemerals would stay.
    if (connection === null || request.type === OpCode.closeSession) return false;
    if (this.#settings.staleConnectionCheck && (connection.stale || connection.invalid)) return true;
    return this.#settings.staleLatencyCheck && nowMs - request.createTimeMs > connection.sessionTimeoutMs;
  }

  #waitedTooLong(request: ThrottledRequest, nowMs: number): boolean {
    const { throttledOpWaitTimeMs } = this.#settings;
    if (throttledOpWaitTimeMs <= 0 || nowMs - request.queueTimeMs <= throttledOpWaitTimeMs) return false;
    const { type } = request;
    return type !== OpCode.ping && type !== OpCode.createSession && type !== OpCode.closeSession;
  }
}
