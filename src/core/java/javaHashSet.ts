import { javaHashCode, javaSpread } from "./javaHash.ts";
import { JavaHashTable, treeifyAt } from "./javaHashTable.ts";

/** Up to this table length a set is a plain array: at most 12 names, for which a table would cost more. */
const smallCapacityMax = 16;

/**
 * A set of strings that iterates as java.util.HashSet does: bucket by bucket, insertion order inside a bucket, buckets
 * of many colliding names as trees, the table doubling when it is more than three quarters full and never shrinking.
 * Clients see this order in getChildren and getEphemerals (client.md section 9).
 *
 * Until the first doubling the names lie in an array in their final order. An empty set has no array yet.
 */
export class JavaHashSet {
  #names: string[] | null = null;
  #table: JavaHashTable | null = null;
  readonly #capacity: number;

  /** `capacity` as in `new HashSet<>(capacity)`: rounded up to a power of two. Java's default is 16. */
  constructor(capacity = 8) {
    let rounded = 1;
    while (rounded < capacity) rounded *= 2;
    this.#capacity = rounded;
    if (rounded > smallCapacityMax) this.#table = new JavaHashTable(rounded);
  }

  get size(): number {
    return this.#table?.size ?? this.#names?.length ?? 0;
  }

  has(name: string): boolean {
    if (this.#table !== null) return this.#table.has(name);
    return this.#names !== null && this.#names.includes(name);
  }

  /** False if it was there already. */
  add(name: string): boolean {
    if (this.#table !== null) return this.#table.add(name);
    const names = this.#names ?? noNames;
    if (names.includes(name)) return false;
    const bucket = this.#bucketOf(name);
    let at = names.length;
    while (at > 0 && this.#bucketOf(names[at - 1]) > bucket) at--;
    // A new array of just this length: splice would leave room for sixteen more in each of a million sets.
    const grown = names.toSpliced(at, 0, name);
    const crowded = at >= treeifyAt && this.#bucketOf(names[at - treeifyAt]) === bucket;
    if (crowded || grown.length > this.#capacity * 0.75) this.#outgrow(grown);
    else this.#names = grown;
    return true;
  }

  /** False if it was not there. */
  delete(name: string): boolean {
    if (this.#table !== null) return this.#table.delete(name);
    const at = this.#names?.indexOf(name) ?? -1;
    if (at < 0) return false;
    this.#names?.splice(at, 1);
    return true;
  }

  /** Calls `visit` with each name in Java's order, without allocating. The set must not change meanwhile. */
  forEach(visit: (name: string) => void): void {
    if (this.#table !== null) this.#table.forEach(visit);
    else if (this.#names !== null) for (const name of this.#names) visit(name);
  }

  /** In Java's order; the set must not change meanwhile. */
  [Symbol.iterator](): IterableIterator<string> {
    return (this.#table ?? this.#names ?? noNames)[Symbol.iterator]();
  }

  /** A new array in Java's order. */
  toArray(): string[] {
    const all: string[] = [];
    this.forEach((name) => void all.push(name));
    return all;
  }

  /**
   * A copy as HashSet.clone makes it: in a table that goes by the size, so its order may be another. As in Java 8 to 18;
   * later ones take half the table for some sizes (3 and 6 among them).
   */
  clone(): JavaHashSet {
    const copy = new JavaHashSet(this.size === 0 ? 16 : Math.trunc(this.size / 0.75 + 1));
    this.forEach((name) => void copy.add(name));
    return copy;
  }

  #bucketOf(name: string): number {
    return javaSpread(javaHashCode(name)) & (this.#capacity - 1);
  }

  /** A doubling keeps the order inside each bucket. */
  #outgrow(names: readonly string[]): void {
    this.#table = JavaHashTable.of(names, this.#capacity * 2);
    this.#names = null;
  }
}

const noNames: readonly string[] = [];
