import { javaHashCode, javaLongHash, javaSpread } from "./javaHash.ts";

/** Which of Java's two hash maps held the keys: they grow at different sizes (at the 12th and the 13th key of 16 bins). */
export type JavaMapKind = "HashMap" | "ConcurrentHashMap";

/**
 * Sorts keys, given in the order of their insertion, as a Java map of strings or longs iterates over them: by bin.
 * `peakSize` is the largest size that the map has had, since bins never become fewer; `firstBins` is with how many it
 * was made, which a copy of a small map does not make 16.
 *
 * Operators compare the texts of `mntr`, `wchp` and `dump` between servers, and Apache prints them straight out of such
 * maps. A counting sort, stable inside a bin; bins of 8 and more, which Java turns into trees, keep the order of
 * insertion too.
 */
export function inJavaMapOrder<K extends string | bigint | null>(
  keys: Iterable<K>,
  kind: JavaMapKind,
  peakSize = 0,
  firstBins = 16,
): K[] {
  const list = [...keys];
  const mask = binCount(Math.max(peakSize, list.length), kind, firstBins) - 1;
  const bins = new Uint32Array(list.length);
  const nextIndex = new Uint32Array(mask + 2);
  for (let i = 0; i < list.length; i++) {
    bins[i] = spreadHash(list[i]) & mask;
    nextIndex[bins[i] + 1]++;
  }
  for (let bin = 1; bin <= mask; bin++) nextIndex[bin] += nextIndex[bin - 1];
  const ordered = list.slice();
  for (let i = 0; i < list.length; i++) ordered[nextIndex[bins[i]]++] = list[i];
  return ordered;
}

function binCount(size: number, kind: JavaMapKind, firstBins: number): number {
  const full = kind === "HashMap" ? size - 1 : size;
  let bins = firstBins;
  while (full >= bins * 0.75) bins *= 2;
  return bins;
}

/** Bins of a HashMap that is made as a copy of one of that size. */
export function binsOfCopy(size: number): number {
  let bins = 1;
  while (bins < Math.floor(size / 0.75 + 1)) bins *= 2;
  return bins;
}

/** A null key has the hash 0. */
function spreadHash(key: string | bigint | null): number {
  if (key === null) return 0;
  return javaSpread(typeof key === "string" ? javaHashCode(key) : javaLongHash(key));
}
