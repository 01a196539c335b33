/** Longest delay of Node's timers, a little less than 25 days; a longer one they take for a millisecond. */
export const timerMsMax = 2 ** 31 - 1;

/** Calls back once, after any delay; does not keep the process alive. */
export class LongTimer {
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(delayMs: number, onDue: () => void) {
    this.#onDue = onDue;
    this.#wait(delayMs);
  }

  #wait(leftMs: number): void {
    const partMs = Math.min(leftMs, timerMsMax);
    this.#timer = setTimeout(() => {
      if (leftMs > partMs) this.#wait(leftMs - partMs);
      else this.#onDue();
    }, partMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
