import { performance } from "node:perf_hooks";
import type { JvmPauseConfig } from "./config/serverConfig.ts";
import type { Log } from "./log.ts";
import { timerMsMax } from "./longTimer.ts";

/**
 * Notices when the event loop stood still (jvm.pause.monitor): a timer that comes late by more than a threshold was
 * held up by a collection, a long task or the machine. Nothing else in the process ran meanwhile. As in Apache every
 * wait goes into the metric, with 0 for none, and the thresholds are for the log alone (JvmPauseMonitor).
 */
export class PauseMonitor {
  readonly #config: JvmPauseConfig;
  readonly #log: Log;
  readonly #onPause: (pauseMs: number) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(config: JvmPauseConfig, log: Log, onPause: (pauseMs: number) => void) {
    this.#config = config;
    this.#log = log;
    this.#onPause = onPause;
  }

  start(): void {
    if (this.#config.enabled) this.#sleep();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #sleep(): void {
    const startedMs = performance.now();
    const sleepMs = Math.min(Math.max(0, this.#config.sleepTimeMs), timerMsMax);
    this.#timer = setTimeout(() => this.#wake(startedMs + sleepMs), sleepMs);
    this.#timer.unref();
  }

  #wake(dueMs: number): void {
    const { infoThresholdMs, warnThresholdMs } = this.#config;
    const pauseMs = Math.trunc(performance.now() - dueMs);
    if (pauseMs >= 0) this.#onPause(pauseMs);
    const text = `the event loop stood still for about ${pauseMs} ms`;
    if (pauseMs > warnThresholdMs) this.#log.warn({ pauseMs }, text);
    else if (pauseMs > infoThresholdMs) this.#log.info({ pauseMs }, text);
    this.#sleep();
  }
}
