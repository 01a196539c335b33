import { performance } from "node:perf_hooks";
import type { ServerMetrics } from "../core/stats/serverMetrics.ts";
import type { Recovered } from "../core/storage/recovery.ts";

/** How long the parts of a start take (ZKDatabase.loadDataBase, FileTxnSnapLog.restore); begins when it is made. */
export class StartTimes {
  readonly #startMs = performance.now();
  #snapshotLoadedMs = this.#startMs;

  /** The snapshot is loaded, the last one if several had to be tried; the logs come next. */
  snapshotLoaded(): void {
    this.#snapshotLoadedMs = performance.now();
  }

  /** All is loaded. Logs count only behind a snapshot: without one there were none to read. */
  loaded(metrics: ServerMetrics, { snapshotZxid, txnCount }: Recovered, mismatchCount: number): void {
    const { summaries, counters } = metrics;
    const nowMs = performance.now();
    summaries.dbinittime.add(Math.trunc(nowMs - this.#startMs));
    summaries.startupSnapLoadTime.add(Math.trunc(this.#snapshotLoadedMs - this.#startMs));
    counters.digestMismatchesCount.add(mismatchCount);
    if (snapshotZxid === null && txnCount === 0) return;
    summaries.startupTxnsLoaded.add(txnCount);
    summaries.startupTxnsLoadTime.add(Math.trunc(nowMs - this.#snapshotLoadedMs));
  }
}
