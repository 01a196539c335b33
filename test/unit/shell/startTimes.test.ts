import { expect } from "chai";
import { ServerMetrics } from "../../../src/core/stats/serverMetrics.ts";
import { StartTimes } from "../../../src/shell/startTimes.ts";

describe("StartTimes", () => {
  const counts = (snapshotZxid: bigint | null, txnCount: number): number[] => {
    const metrics = new ServerMetrics(() => 0);
    const times = new StartTimes();
    times.snapshotLoaded();
    times.loaded(metrics, { lastZxid: 0n, snapshotZxid, txnCount }, 2);
    const { dbinittime, startupSnapLoadTime, startupTxnsLoaded, startupTxnsLoadTime } = metrics.summaries;
    expect(metrics.counters.digestMismatchesCount.value).to.equal(2);
    expect(dbinittime.sum).to.be.at.least(startupSnapLoadTime.sum + startupTxnsLoadTime.sum);
    expect(startupTxnsLoaded.sum).to.equal(txnCount);
    return [dbinittime, startupSnapLoadTime, startupTxnsLoaded, startupTxnsLoadTime].map(
      ({ count }) => count,
    );
  };

  it("count a start, and its logs if there was something before it", () => {
    expect(counts(null, 0)).to.deep.equal([1, 1, 0, 0]);
    expect(counts(5n, 0)).to.deep.equal([1, 1, 1, 1]);
    expect(counts(5n, 7)).to.deep.equal([1, 1, 1, 1]);
    expect(counts(null, 7)).to.deep.equal([1, 1, 1, 1]);
  });
});
