import { AvgMinMaxCounter } from "./counters.ts";
import type { Metric, MonitorSink } from "./monitorSink.ts";

/** Values that a percentile is taken from, at most (AvgMinMaxPercentileCounter's DEFAULT_SIZE). */
export const RESERVOIR_VALUES_MAX = 4096;

/** Gives a number in [0, 1), each as likely as the next; handed in by the shell because the core has no chance of its own. */
export type RandomSource = () => number;

/** As AvgMinMaxCounter, with percentiles of a uniform sample of everything seen since the last reset. */
export class AvgMinMaxPercentileCounter implements Metric {
  readonly name: string;
  readonly summary: AvgMinMaxCounter;
  #values: number[] = [];
  readonly #random: RandomSource;

  constructor(name: string, random: RandomSource) {
    this.name = name;
    this.summary = new AvgMinMaxCounter(name);
    this.#random = random;
  }

  add(value: number): void {
    this.summary.add(value);
    if (this.#values.length < RESERVOIR_VALUES_MAX) {
      this.#values.push(value);
      return;
    }
    // Vitter's algorithm R: the n-th value stays with probability size / n, so that each seen one is equally likely.
    const slot = Math.floor(this.#random() * this.summary.count);
    if (slot < RESERVOIR_VALUES_MAX) this.#values[slot] = value;
  }

  /** The same value so many times; at most one step for each value of the sample. */
  addMany(value: number, times: number): void {
    if (times <= 0) return;
    this.summary.addMany(value, times);
    const room = Math.min(times, RESERVOIR_VALUES_MAX - this.#values.length);
    for (let i = 0; i < room; i++) this.#values.push(value);
    if (room === times) return;
    // Each of the rest stays with the same chance as any other value; so does each slot hold one of them.
    const chance = (times - room) / this.summary.count;
    for (let slot = 0; slot < RESERVOIR_VALUES_MAX - room; slot++)
      if (this.#random() < chance) this.#values[slot] = value;
  }

  reset(): void {
    this.summary.reset();
    this.#values = [];
  }

  /** Values at the given quantiles (each in [0, 1]), rounded to integers; all 0 before the first value. */
  percentiles(quantiles: readonly number[]): number[] {
    const sorted = this.#values.toSorted((a, b) => a - b);
    return quantiles.map((quantile) => Math.round(valueAt(sorted, quantile)));
  }

  dump(sink: MonitorSink): void {
    this.summary.dump(sink);
    const [p50 = 0, p95 = 0, p99 = 0, p999 = 0] = this.percentiles([0.5, 0.95, 0.99, 0.999]);
    sink.integer(`p50_${this.name}`, p50);
    sink.integer(`p95_${this.name}`, p95);
    sink.integer(`p99_${this.name}`, p99);
    sink.integer(`p999_${this.name}`, p999);
  }
}

/** Interpolates between neighbours at rank quantile * (n + 1), as UniformSnapshot of the metrics library does. */
function valueAt(sorted: readonly number[], quantile: number): number {
  const last = sorted.length - 1;
  if (last < 0) return 0;
  const rank = quantile * (sorted.length + 1);
  const index = Math.floor(rank);
  if (index < 1) return sorted[0];
  if (index > last) return sorted[last];
  const lower = sorted[index - 1];
  return lower + (rank - index) * (sorted[index] - lower);
}
