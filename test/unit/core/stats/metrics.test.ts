import { expect } from "chai";
import fc from "fast-check";
import { BufferStats } from "../../../../src/core/stats/bufferStats.ts";
import { AvgMinMaxCounter, SimpleCounter } from "../../../../src/core/stats/counters.ts";
import { METRIC_KEYS_MAX, MetricSet } from "../../../../src/core/stats/metricSet.ts";
import type { MonitorSink } from "../../../../src/core/stats/monitorSink.ts";
import {
  AvgMinMaxPercentileCounter,
  RESERVOIR_VALUES_MAX,
} from "../../../../src/core/stats/percentileCounter.ts";
import { topNamespace } from "../../../../src/core/paths/paths.ts";
import { ServerMetrics } from "../../../../src/core/stats/serverMetrics.ts";
import { ServerStats } from "../../../../src/core/stats/serverStats.ts";

type Dumped = { dump(sink: MonitorSink): void };

/** Values by name, in the order of the dump. */
function valuesOf(metric: Dumped): Record<string, number> {
  const values: Record<string, number> = {};
  const put = (name: string, value: number | bigint): void => {
    values[name] = Number(value);
  };
  metric.dump({ integer: put, double: put, text: () => expect.fail("no metric is a text") });
  return values;
}

describe("AvgMinMaxCounter", () => {
  it("agrees with count, sum, least and greatest of any list", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1_000_000 }), { minLength: 1 }), (list) => {
        const counter = new AvgMinMaxCounter("x");
        for (const value of list) counter.add(value);
        const sum = list.reduce((a, b) => a + b);
        const { avg_x: avg, ...rest } = valuesOf(counter);
        expect(rest).to.deep.equal({
          min_x: Math.min(...list),
          max_x: Math.max(...list),
          cnt_x: list.length,
          sum_x: sum,
        });
        expect(avg).to.be.closeTo(sum / list.length, 0.00005000001);
      }),
    );
  });

  it("shows zeros before the first value and after a reset", () => {
    const counter = new AvgMinMaxCounter("x");
    const zeros = { avg_x: 0, min_x: 0, max_x: 0, cnt_x: 0, sum_x: 0 };
    expect(valuesOf(counter)).to.deep.equal(zeros);
    counter.add(-3);
    counter.reset();
    expect(valuesOf(counter)).to.deep.equal(zeros);
    counter.add(5);
    expect(valuesOf(counter)).to.include({ min_x: 5, max_x: 5 });
  });

  it("takes a value many times as if it had come one by one", () => {
    const [many, single] = [new AvgMinMaxCounter("x"), new AvgMinMaxCounter("x")];
    for (const counter of [many, single]) counter.add(7);
    many.addMany(3, 5);
    many.addMany(9, 0);
    for (let i = 0; i < 5; i++) single.add(3);
    expect(valuesOf(many)).to.deep.equal(valuesOf(single));

    let seed = 1;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const sampled = new AvgMinMaxPercentileCounter("y", random);
    sampled.addMany(1, RESERVOIR_VALUES_MAX - 10);
    sampled.addMany(2, 10 + RESERVOIR_VALUES_MAX / 4);
    expect(sampled.summary.count).to.equal(RESERVOIR_VALUES_MAX * 1.25);
    // A fifth of all values are twos, and so are about as many of the sample.
    expect(sampled.percentiles([0.5, 0.77, 0.83])).to.deep.equal([1, 1, 2]);
  });

  it("resetMax leaves the least value as the greatest", () => {
    const counter = new AvgMinMaxCounter("x");
    for (const value of [4, 2, 9]) counter.add(value);
    counter.resetMax();
    expect(valuesOf(counter)).to.include({ min_x: 2, max_x: 2, cnt_x: 3 });
  });
});

describe("AvgMinMaxPercentileCounter", () => {
  it("interpolates at rank q * (n + 1), as the metrics library does", () => {
    const counter = new AvgMinMaxPercentileCounter("x", () => 0);
    expect(counter.percentiles([0.5, 0.999])).to.deep.equal([0, 0]);
    for (let value = 100; value >= 1; value--) counter.add(value);
    // Ranks 50.5, 95.95, 99.99 and beyond the last.
    expect(counter.percentiles([0.5, 0.95, 0.99, 0.999, 0])).to.deep.equal([51, 96, 100, 100, 1]);
  });

  it("keeps a bounded sample that the random source chooses", () => {
    let next = 0;
    const counter = new AvgMinMaxPercentileCounter("x", () => next);
    for (let i = 0; i < RESERVOIR_VALUES_MAX; i++) counter.add(1);
    next = 0.999999;
    counter.add(1000);
    expect(counter.percentiles([1])).to.deep.equal([1]);
    next = 0;
    counter.add(1000);
    expect(counter.percentiles([1])).to.deep.equal([1000]);
    expect(valuesOf(counter)).to.include({
      cnt_x: RESERVOIR_VALUES_MAX + 2,
      max_x: 1000,
      p50_x: 1,
      p999_x: 1,
    });
    counter.reset();
    expect(valuesOf(counter)).to.include({ cnt_x: 0, p999_x: 0 });
  });
});

describe("MetricSet", () => {
  it("has a metric for each key, in the order of Java's map, and keeps keys over a reset", () => {
    const set = new MetricSet("y", (name) => new SimpleCounter(name));
    for (const key of ["rec", "app", "zookeeper", "kafka", "rec"]) set.add(key, 2);
    const order = ["app_y", "rec_y", "zookeeper_y", "kafka_y"];
    expect(Object.entries(valuesOf(set))).to.deep.equal(
      order.map((name) => [name, name === "rec_y" ? 4 : 2]),
    );
    set.reset();
    expect(Object.keys(valuesOf(set))).to.deep.equal(order);
    expect(valuesOf(set)).to.include({ rec_y: 0 });
  });
});

describe("MetricSet with many keys", () => {
  it("takes no more of them, and goes on counting those it has", () => {
    const set = new MetricSet("y", (name) => new SimpleCounter(name));
    for (let i = 0; i < METRIC_KEYS_MAX + 10; i++) set.add(`key${i}`, 1);
    set.add("key0", 1);
    const values = valuesOf(set);
    expect(Object.keys(values)).to.have.length(METRIC_KEYS_MAX);
    expect([values["key0_y"], values[`key${METRIC_KEYS_MAX}_y`]]).to.deep.equal([2, undefined]);
  });
});

describe("ServerMetrics", () => {
  it("names each property after its metric", () => {
    const { counters, summaries, percentiles, sets } = new ServerMetrics(() => 0);
    for (const [property, { name }] of Object.entries({
      ...counters,
      ...summaries,
      ...percentiles,
      ...sets,
    })) {
      expect(property).to.equal(name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()));
    }
  });

  it("zeroes everything", () => {
    const metrics = new ServerMetrics(() => 0);
    const fresh = valuesOf(metrics);
    metrics.counters.watchBytes.add(3);
    metrics.summaries.fsynctime.add(3);
    metrics.percentiles.readlatency.add(3);
    expect(valuesOf(metrics)).to.include({ watch_bytes: 3, max_fsynctime: 3, p50_readlatency: 3 });
    metrics.reset();
    expect(valuesOf(metrics)).to.deep.equal(fresh);
  });

  it("takes the namespace from the first name of a path", () => {
    const cases: [string, string | null][] = [
      ["/", null],
      ["", null],
      ["/a", "a"],
      ["/a/b/c", "a"],
      ["/zookeeper/quota", "zookeeper"],
    ];
    for (const [path, namespace] of cases) expect(topNamespace(path), path).to.equal(namespace);
  });
});

describe("ServerStats", () => {
  it("counts latency for all, and for reads and writes apart; not a negative one", () => {
    const metrics = new ServerMetrics(() => 0);
    const stats = new ServerStats(metrics);
    stats.updateLatency(5, true);
    stats.updateLatency(3, false);
    stats.updateLatency(-1, false);
    expect(stats.requestLatency).to.include({ count: 2, min: 3, max: 5 });
    expect(metrics.percentiles.updatelatency.summary.sum).to.equal(5);
    expect(metrics.percentiles.readlatency.summary.sum).to.equal(3);
  });

  it("resets what srst resets and nothing else", () => {
    const metrics = new ServerMetrics(() => 0);
    const stats = new ServerStats(metrics);
    Object.assign(stats, {
      packetsReceived: 1,
      packetsSent: 2,
      fsyncThresholdExceedCount: 3,
      authFailedCount: 4,
    });
    stats.clientResponseStats.add(16);
    metrics.counters.commitCount.add(1);
    stats.reset();
    expect(stats).to.include({
      packetsReceived: 0,
      packetsSent: 0,
      fsyncThresholdExceedCount: 3,
      authFailedCount: 4,
    });
    expect(stats.clientResponseStats.last).to.equal(-1);
    expect(metrics.counters.commitCount.value).to.equal(0);
  });
});

describe("BufferStats", () => {
  it("is -1 before the first size", () => {
    const stats = new BufferStats();
    expect(stats.text()).to.equal("-1/-1/-1");
    for (const bytes of [20, 16, 133]) stats.add(bytes);
    expect(stats.text()).to.equal("133/16/133");
  });
});
