import type { Tree } from "../tree/tree.ts";
import type { Clock } from "./effects.ts";

/** The part of the options that it needs. */
interface ContainerOptions {
  readonly containerCheckIntervalMs: number;
  readonly containersPerMinuteMax: number;
  readonly containerMaxNeverUsedMs: number;
}

/**
 * Removes containers that have lost their last child and TTL nodes whose time is over: a look over all of them every
 * interval, and no more removals than so many a minute (ContainerManager). None at all with 0 a minute, by which Apache
 * fails to divide; any number with less.
 */
export class ContainerCleaner {
  readonly #tree: Tree;
  readonly #options: ContainerOptions;
  readonly #clock: Clock;
  readonly #remove: (path: string) => void;
  readonly #minIntervalMs: number;
  #due: string[] = [];
  #nextCheckMs: number;
  #nextRemovalMs = 0;

  constructor(tree: Tree, options: ContainerOptions, clock: Clock, remove: (path: string) => void) {
    this.#tree = tree;
    this.#options = options;
    this.#clock = clock;
    this.#remove = remove;
    this.#minIntervalMs = Math.max(0, 60_000 / options.containersPerMinuteMax);
    const never = options.containersPerMinuteMax === 0;
    this.#nextCheckMs = never ? Infinity : clock.monotonicMs + options.containerCheckIntervalMs;
  }

  get nextDueMs(): number {
    return this.#due.length > 0 ? this.#nextRemovalMs : this.#nextCheckMs;
  }

  tick(): void {
    const now = this.#clock.monotonicMs;
    if (this.#due.length === 0 && now >= this.#nextCheckMs) {
      this.#due = this.#tree
        .expiredContainers(this.#clock.wallMs, this.#options.containerMaxNeverUsedMs)
        .reverse();
      this.#nextCheckMs = now + this.#options.containerCheckIntervalMs;
      this.#nextRemovalMs = now;
    }
    while (this.#due.length > 0 && now >= this.#nextRemovalMs) {
      const path = this.#due.pop();
      if (path !== undefined) this.#remove(path);
      this.#nextRemovalMs += this.#minIntervalMs;
    }
  }
}
