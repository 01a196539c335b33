import { roundedMean } from "./javaNumber.ts";
import type { Metric, MonitorSink } from "./monitorSink.ts";

/** A sum that only grows (SimpleCounter); its value is a safe integer. */
export class SimpleCounter implements Metric {
  readonly name: string;
  value = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(delta: number): void {
    this.value += delta;
  }

  reset(): void {
    this.value = 0;
  }

  dump(sink: MonitorSink): void {
    sink.integer(this.name, this.value);
  }
}

/** Count, sum, least and greatest of the values seen (AvgMinMaxCounter); least and greatest are 0 before the first. */
export class AvgMinMaxCounter implements Metric {
  readonly name: string;
  count = 0;
  sum = 0;
  min = 0;
  max = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(value: number): void {
    if (this.count === 0) {
      this.min = value;
      this.max = value;
    } else if (value < this.min) {
      this.min = value;
    } else if (value > this.max) {
      this.max = value;
    }
    this.count++;
    this.sum += value;
  }

  /** The same value so many times. */
  addMany(value: number, times: number): void {
    if (times <= 0) return;
    this.add(value);
    this.count += times - 1;
    this.sum += value * (times - 1);
  }

  /** The mean, rounded to 4 decimals; 0 before the first value. */
  get avg(): number {
    return roundedMean(this.sum, this.count);
  }

  /** Forgets the greatest value only: from now on it is the least one (AvgMinMaxCounter.resetMax). */
  resetMax(): void {
    this.max = this.min;
  }

  reset(): void {
    this.count = 0;
    this.sum = 0;
    this.min = 0;
    this.max = 0;
  }

  dump(sink: MonitorSink): void {
    sink.double(`avg_${this.name}`, this.avg);
    sink.integer(`min_${this.name}`, this.min);
    sink.integer(`max_${this.name}`, this.max);
    sink.integer(`cnt_${this.name}`, this.count);
    sink.integer(`sum_${this.name}`, this.sum);
  }
}
