import { javaHashCode, javaLongHash, javaSpread } from "../java/javaHash.ts";

/** Which of Java's two hash maps held the keys: they grow at different sizes (at the 12th and the 13th key of 16 bins). */
export type JavaMapKind = "HashMap" | "ConcurrentHashMap";

/**
 * Sorts keys, given in the order of their insertion, as a Java map of strings or longs iterates over them: by bin.
 *
 * Operators compare the texts of `mntr`, `wchp` and `dump` between servers, and Apache prints them straight out of such maps.
 * Keys of one bin stay in order of insertion; a map that has shrunk since is taken to have the bins of its present size.
 */
export function inJavaMapOrder<K extends string | bigint>(keys: Iterable<K>, kind: JavaMapKind): K[] {
  const list = [...keys];
  const mask = binCount(list.length, kind) - 1;
  const binned = list.map((key) => ({ key, bin: spreadHash(key) & mask }));
  return binned.sort((a, b) => a.bin - b.bin).map(({ key }) => key);
}

function binCount(size: number, kind: JavaMapKind): number {
  const full = kind === "HashMap" ? size - 1 : size;
  let bins = 16;
  while (full >= bins * 0.75) bins *= 2;
  return bins;
}

function spreadHash(key: string | bigint): number {
  return javaSpread(typeof key === "string" ? javaHashCode(key) : javaLongHash(key));
}
