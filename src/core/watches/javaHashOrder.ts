import { javaHashCode, javaSpread } from "../java/javaHash.ts";

/** Buckets of a `new HashMap()` whose size once was `peakSize`: 16, doubled beyond 3/4 full, never shrunk. */
function javaHashMapCapacity(peakSize: number): number {
  let capacity = 16;
  while (peakSize > capacity * 0.75) capacity *= 2;
  return capacity;
}

/**
 * The keys in the order in which a `java.util.HashMap` iterates over them, since wchc and wchp print that order.
 * `keys` come in insertion order (as from a JS Map or Set), `peakSize` is the largest size the map has had.
 * A counting sort by bucket, stable inside a bucket; buckets of 8 and more, which Java turns into trees, keep the
 * insertion order too.
 */
export function javaHashOrder<K extends string | null>(keys: Iterable<K>, peakSize: number): K[] {
  const list = [...keys];
  const mask = javaHashMapCapacity(peakSize) - 1;
  const buckets = new Uint32Array(list.length);
  const nextIndex = new Uint32Array(mask + 2);
  for (let i = 0; i < list.length; i++) {
    buckets[i] = bucketOf(list[i], mask);
    nextIndex[buckets[i] + 1]++;
  }
  for (let bucket = 1; bucket <= mask; bucket++) nextIndex[bucket] += nextIndex[bucket - 1];
  const ordered = list.slice();
  for (let i = 0; i < list.length; i++) ordered[nextIndex[buckets[i]]++] = list[i];
  return ordered;
}

/** A null key has the hash 0. */
function bucketOf(key: string | null, mask: number): number {
  return key === null ? 0 : javaSpread(javaHashCode(key)) & mask;
}
