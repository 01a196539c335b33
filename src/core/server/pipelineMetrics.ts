import { OpCode } from "../../../protocol/opcodes.ts";
import type { OutstandingChanges } from "../prep/outstandingChanges.ts";
import type { ServerMetrics } from "../stats/serverMetrics.ts";
import type { ServerStats } from "../stats/serverStats.ts";
import type { Clock } from "./effects.ts";
import type { Proposal } from "./proposal.ts";

/**
 * The metrics of Apache's stages (RequestThrottler, PrepRequestProcessor, SyncRequestProcessor, FinalRequestProcessor).
 * Each request of Apache's lone server passes all of them, reads too, each with its queue and thread. Here only writes
 * wait, for the disk; everywhere else a request is done in the turn in which it came, so that its times are 0: those are
 * only counted, and `settle` hands them in when somebody looks. Times are those of the clock, no clock is read for them.
 */
export class PipelineMetrics {
  readonly #metrics: ServerMetrics;
  readonly #stats: ServerStats;
  readonly #clock: Clock;
  readonly #changes: OutstandingChanges;
  readonly #staleConnectionCheck: boolean;
  /** Requests since `settle`: all of them, those that also go through the request throttle, and writes. */
  #requestCount = 0;
  #throttledCount = 0;
  #writeCount = 0;
  /** When the batch that is being committed began to go to the disk, and when the one before had got there. */
  #flushStartMs = -1;
  #loggedMs = -Infinity;

  constructor(
    metrics: ServerMetrics,
    stats: ServerStats,
    clock: Clock,
    changes: OutstandingChanges,
    staleConnectionCheck: boolean,
  ) {
    this.#metrics = metrics;
    this.#stats = stats;
    this.#clock = clock;
    this.#changes = changes;
    this.#staleConnectionCheck = staleConnectionCheck;
    metrics.beforeLook = () => this.settle();
  }

  /** A request enters; `queued` if its wait in the request throttle is counted there. */
  submitted(queued: boolean): void {
    this.#requestCount++;
    if (queued) this.#throttledCount++;
  }

  /** A write is on its way to the log, `waitingCount` others are before it. */
  appended(type: number, waitingCount: number): void {
    this.#writeCount++;
    this.#metrics.summaries.syncProcessorQueueSize.add(waitingCount);
    if (type === OpCode.closeSession) this.#metrics.percentiles.closeSessionPrepTime.add(0);
  }

  /**
   * A write is on disk and applied. On its way it has waited for the batch before to be synced, then for its own; alone,
   * being synced and being committed are one.
   */
  committed({ receivedMs, time }: Proposal): void {
    const { monotonicMs: now, wallMs } = this.#clock;
    const { percentiles } = this.#metrics;
    if (this.#flushStartMs < 0) this.#flushStartMs = Math.max(receivedMs, this.#loggedMs);
    percentiles.syncProcessorQueueTimeMs.add(Math.max(0, this.#flushStartMs - receivedMs));
    percentiles.syncProcessorQueueAndFlushTimeMs.add(now - receivedMs);
    const propagationMs = wallMs - Number(time);
    if (propagationMs >= 0) percentiles.propagationLatency.add(propagationMs);
  }

  /** All of a batch is committed. */
  flushed(): void {
    const now = this.#clock.monotonicMs;
    if (this.#flushStartMs >= 0)
      this.#metrics.percentiles.syncProcessorQueueFlushTimeMs.add(now - this.#flushStartMs);
    this.#flushStartMs = -1;
    this.#loggedMs = now;
  }

  /** A request is done whose connection has closed: nobody hears the answer. `refused`: it was an error. */
  unheard(type: number, refused: boolean, receivedMs: number, write: boolean): void {
    this.#stats.updateLatency(this.#clock.monotonicMs - receivedMs, write);
    if (!this.#staleConnectionCheck || type === OpCode.closeSession || refused) return;
    this.#metrics.counters.staleReplies.add(1);
  }

  /** Hands in what was only counted. */
  settle(): void {
    const { counters, summaries, percentiles } = this.#metrics;
    const all = this.#requestCount;
    const reads = Math.max(0, all - this.#writeCount);
    counters.prepProcessorRequestQueued.add(all);
    summaries.prepProcessorQueueSize.addMany(0, all);
    percentiles.prepProcessorQueueTimeMs.addMany(0, all);
    summaries.prepProcessTime.addMany(0, all);
    summaries.proposalProcessTime.addMany(0, all);
    counters.syncProcessorRequestQueued.add(all);
    summaries.syncProcessorQueueSize.addMany(0, reads);
    percentiles.syncProcessorQueueTimeMs.addMany(0, reads);
    summaries.syncProcessTime.addMany(0, this.#writeCount);
    percentiles.requestThrottleQueueTimeMs.addMany(0, all - this.#throttledCount);
    counters.outstandingChangesQueued.add(this.#changes.queuedCount);
    counters.outstandingChangesRemoved.add(this.#changes.removedCount);
    this.#changes.queuedCount = 0;
    this.#changes.removedCount = 0;
    this.#requestCount = 0;
    this.#throttledCount = 0;
    this.#writeCount = 0;
  }
}
