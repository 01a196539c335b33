import type { SeededRandom } from "../../../test/simulation/random.ts";

/** One of the items, each as likely. */
export function pick<T>(random: SeededRandom, items: readonly T[]): T {
  if (items.length === 0) throw new RangeError("nothing to pick from");
  return items[random.below(items.length)];
}

export type Weighted<T> = readonly (readonly [weight: number, item: T])[];

/** One of the items, as likely as its weight says. At least one must have a weight. */
export function pickWeighted<T>(random: SeededRandom, items: Weighted<T>): T {
  const sum = items.reduce((total, [weight]) => total + weight, 0);
  let at = random.next() * sum;
  for (const [weight, item] of items) {
    at -= weight;
    if (at < 0) return item;
  }
  return items[items.length - 1][1];
}
