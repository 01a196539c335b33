/**
 * Takes the values of `mntr` one after the other, in the order of its lines; names come without the `zk_` prefix.
 * The kinds are kept apart because Java prints a whole double as `1.0` and a long as `1`.
 */
export interface MonitorSink {
  text(name: string, value: string): void;
  integer(name: string, value: number | bigint): void;
  double(name: string, value: number): void;
}

/** What every metric of the registry can do; adding a value is left to the classes, since their arguments differ. */
export interface Metric {
  /** Hands its values over, in the order of Apache's `values()`. */
  dump(sink: MonitorSink): void;
  /** Back to the state before the first value (`srst`). */
  reset(): void;
}
