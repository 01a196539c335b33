/** What can stand in an `ExpiryQueue`; the field belongs to the queue, so an element stands in one queue at most. */
export interface Expiring {
  /** End of the element's bucket in ms of the monotonic clock; `notQueued` before the first update and after remove. */
  expiryMs: number;
}

/** Value of `Expiring.expiryMs` outside of a queue. */
export const notQueued = -1;

/** One bucket as the `dump` word shows it; it may be empty. */
export interface ExpiryBucket<T> {
  readonly expiryMs: number;
  readonly elements: ReadonlySet<T>;
}

/**
 * Elements in buckets by the time at which they expire, rounded up to whole intervals (ExpiryQueue). All times are ms
 * of one monotonic clock that never goes back; its zero does not matter, but bucket ends are multiples of the interval.
 *
 * A touch inside the same bucket is a division and a compare; an element changes its bucket once per interval.
 * A polled element is still counted until it is removed, and an update puts it back.
 */
export class ExpiryQueue<T extends Expiring> {
  readonly #intervalMs: number;
  readonly #elementsByExpiryMs = new Map<number, Set<T>>();
  #nextExpiryMs: number;
  #count = 0;

  /** `intervalMs` is at least 1. */
  constructor(intervalMs: number, nowMs: number) {
    this.#intervalMs = intervalMs;
    this.#nextExpiryMs = this.#roundToNextInterval(nowMs);
  }

  /** Elements with an expiry time, those that were polled and not yet removed included. */
  get count(): number {
    return this.#count;
  }

  /** When the next `poll` may find something. */
  get nextDueMs(): number {
    return this.#nextExpiryMs;
  }

  /** Adds the element, or moves it, to the bucket that `nowMs + timeoutMs` falls into; false if it is there already. */
  update(element: T, timeoutMs: number, nowMs: number): boolean {
    const expiryMs = this.#roundToNextInterval(nowMs + timeoutMs);
    const previousMs = element.expiryMs;
    if (expiryMs === previousMs) return false;
    let elements = this.#elementsByExpiryMs.get(expiryMs);
    if (elements === undefined) {
      elements = new Set();
      this.#elementsByExpiryMs.set(expiryMs, elements);
    }
    elements.add(element);
    element.expiryMs = expiryMs;
    // A bucket left empty stays until it is due: dump shows it, "0 expire at".
    if (previousMs === notQueued) this.#count++;
    else this.#elementsByExpiryMs.get(previousMs)?.delete(element);
    return true;
  }

  /** Takes the element out; false if it was not in the queue. */
  remove(element: T): boolean {
    if (element.expiryMs === notQueued) return false;
    this.#elementsByExpiryMs.get(element.expiryMs)?.delete(element);
    element.expiryMs = notQueued;
    this.#count--;
    return true;
  }

  /** The next bucket that is due and not empty, taken from the queue; null when there is none. Call until null. */
  poll(nowMs: number): ReadonlySet<T> | null {
    while (nowMs >= this.#nextExpiryMs) {
      if (this.#elementsByExpiryMs.size === 0) {
        // Nothing to walk through: after a long sleep this saves a step for each interval that was slept.
        this.#nextExpiryMs = this.#roundToNextInterval(nowMs);
        return null;
      }
      const dueMs = this.#nextExpiryMs;
      this.#nextExpiryMs += this.#intervalMs;
      const elements = this.#elementsByExpiryMs.get(dueMs);
      if (elements === undefined) continue;
      this.#elementsByExpiryMs.delete(dueMs);
      if (elements.size > 0) return elements;
    }
    return null;
  }

  /** All buckets by time, empty ones included. */
  buckets(): ExpiryBucket<T>[] {
    const buckets: ExpiryBucket<T>[] = [];
    for (const [expiryMs, elements] of this.#elementsByExpiryMs) buckets.push({ expiryMs, elements });
    return buckets.sort((a, b) => a.expiryMs - b.expiryMs);
  }

  #roundToNextInterval(timeMs: number): number {
    return (Math.floor(timeMs / this.#intervalMs) + 1) * this.#intervalMs;
  }
}
