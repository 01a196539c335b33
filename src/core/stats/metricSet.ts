import { inJavaMapOrder } from "../java/javaMapOrder.ts";
import type { Metric, MonitorSink } from "./monitorSink.ts";

/** A metric that is added to by one number. */
interface AddingMetric extends Metric {
  add(value: number): void;
}

/**
 * Keys of one set at most; values of others are not counted. A key is mostly the name of a znode below the root, of
 * which a client can make and delete any number.
 */
export const METRIC_KEYS_MAX = 100_000;

/**
 * One metric for each key seen (SimpleCounterSet, AvgMinMaxCounterSet, AvgMinMaxPercentileCounterSet): the name of the
 * metric of key `rec` is `rec_<name>`. A key stays for the life of the server, as in Apache; `srst` zeroes its values only.
 */
export class MetricSet<M extends AddingMetric> implements Metric {
  readonly name: string;
  readonly #create: (name: string) => M;
  readonly #metricByKey = new Map<string, M>();

  constructor(name: string, create: (name: string) => M) {
    this.name = name;
    this.#create = create;
  }

  add(key: string, value: number): void {
    let metric = this.#metricByKey.get(key);
    if (metric === undefined) {
      if (this.#metricByKey.size >= METRIC_KEYS_MAX) return;
      metric = this.#create(`${key}_${this.name}`);
      this.#metricByKey.set(key, metric);
    }
    metric.add(value);
  }

  reset(): void {
    for (const metric of this.#metricByKey.values()) metric.reset();
  }

  dump(sink: MonitorSink): void {
    for (const key of inJavaMapOrder(this.#metricByKey.keys(), "ConcurrentHashMap")) {
      this.#metricByKey.get(key)?.dump(sink);
    }
  }
}
