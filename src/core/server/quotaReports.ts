import { topNamespace } from "../paths/paths.ts";
import type { ServerMetrics } from "../stats/serverMetrics.ts";
import type { Clock, Effects } from "./effects.ts";

/** Least ms between two lines about quotas: a client that goes on trying must not fill the log. */
const reportIntervalMs = 1000;

/** Tells operators of writes that went, or would have gone, beyond a quota: a metric and lines of the log. */
export class QuotaReports {
  readonly #metrics: ServerMetrics;
  readonly #effects: Effects;
  readonly #clock: Clock;
  #nextMs = -Infinity;
  #omitted = 0;

  constructor(metrics: ServerMetrics, effects: Effects, clock: Clock) {
    this.#metrics = metrics;
    this.#effects = effects;
    this.#clock = clock;
  }

  /** `hard`: the write to `path` was refused; else it went through. `prefix` is where the quota stands. */
  exceeded(path: string, prefix: string, message: string, hard: boolean): void {
    const namespace = topNamespace(path);
    if (hard && namespace !== null) this.#metrics.quotaExceededErrorPerNamespace.add(namespace, 1);
    const now = this.#clock.monotonicMs;
    if (now < this.#nextMs) {
      this.#omitted++;
      return;
    }
    this.#effects.report({ level: "warn", message, details: { prefix, hard, omitted: this.#omitted } });
    this.#nextMs = now + reportIntervalMs;
    this.#omitted = 0;
  }
}
