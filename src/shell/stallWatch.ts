import { monitorEventLoopDelay, type IntervalHistogram } from "node:perf_hooks";

const resolutionMs = 50;
/** Shorter ones happen, and cost no session. */
const stallMsMin = 100;

/**
 * Notices that the event loop stood still: for a long task, a collection, or a machine that was elsewhere. What has
 * come in meanwhile is not read yet then, so that nobody is to be counted as silent.
 */
export class StallWatch {
  #delays: IntervalHistogram | null = null;

  start(): void {
    this.#delays = monitorEventLoopDelay({ resolution: resolutionMs });
    this.#delays.enable();
  }

  stop(): void {
    this.#delays?.disable();
    this.#delays = null;
  }

  /**
   * The longest stall since the last call, ms; 0 where there was none to speak of. `lateMs`: by how much the caller's own
   * timer is late, which may have come before the one that measures.
   */
  take(lateMs: number): number {
    if (this.#delays === null) return 0;
    const stallMs = Math.max(lateMs, this.#delays.max / 1e6 - resolutionMs);
    this.#delays.reset();
    return stallMs < stallMsMin ? 0 : stallMs;
  }
}
