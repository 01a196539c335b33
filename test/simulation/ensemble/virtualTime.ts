/** Something that is to happen; `cancel` keeps it from happening. */
export interface Scheduled {
  cancel(): void;
}

interface Entry {
  readonly atMs: number;
  readonly number: number;
  run: (() => void) | null;
}

/** A clock that moves only when something happens, in the order of time, then of scheduling. */
export class VirtualTime {
  nowMs = 1_000_000;
  #number = 0;
  readonly #heap: Entry[] = [];

  after(ms: number, run: () => void): Scheduled {
    const entry: Entry = { atMs: this.nowMs + ms, number: this.#number++, run };
    this.#push(entry);
    return { cancel: () => (entry.run = null) };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Lets everything happen until then, with whatever promises follow from it. */
  async runUntil(untilMs: number): Promise<void> {
    // Whoever calls: from here on every step is a reaction to a promise, behind which a tick comes last.
    await Promise.resolve();
    for (let next = this.#heap.at(0); next !== undefined && next.atMs <= untilMs; next = this.#heap.at(0)) {
      this.#pop();
      if (next.run === null) continue;
      this.nowMs = next.atMs;
      next.run();
      // Every promise that this has settled has its say before the next event.
      await new Promise((resolve) => process.nextTick(resolve));
    }
    this.nowMs = untilMs;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent], entry)) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (isBefore(last, heap[child])) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.atMs === other.atMs ? one.number < other.number : one.atMs < other.atMs;
}
