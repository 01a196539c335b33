import { javaHashCode, javaSpread } from "./javaHash.ts";

/**
 * A set of strings that iterates as java.util.HashSet does: bucket by bucket, insertion order inside a bucket, the
 * table doubling when it is more than three quarters full and never shrinking. Clients see this order in getChildren
 * (client.md section 9). Buckets that Java would turn into trees (8 entries of one bucket in a table of 64 or more,
 * which takes deliberate collisions) keep their insertion order here.
 *
 * Lookups go through a plain Set; the order is computed when somebody asks for it and kept until the next change.
 */
export class JavaHashSet {
  readonly #members = new Set<string>();
  /** Table length of the Java set: grows with the largest size ever held. */
  #capacity: number;
  #ordered: string[] | null = null;

  constructor(capacity = 8) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#members.size;
  }

  has(member: string): boolean {
    return this.#members.has(member);
  }

  /** False if it was a member already. */
  add(member: string): boolean {
    const before = this.#members.size;
    this.#members.add(member);
    if (this.#members.size === before) return false;
    if (this.#members.size > this.#capacity * 0.75) this.#capacity *= 2;
    this.#ordered = null;
    return true;
  }

  delete(member: string): boolean {
    if (!this.#members.delete(member)) return false;
    this.#ordered = null;
    return true;
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#order()[Symbol.iterator]();
  }

  /** The members in Java's order; the array is the set's own and valid until the next change. */
  toArray(): string[] {
    return [...this.#order()];
  }

  /**
   * A doubling splits each bucket in two and keeps the order inside, so insertion order within a bucket is all that
   * counts, whatever the table was when a member came.
   */
  #order(): string[] {
    if (this.#ordered !== null) return this.#ordered;
    const mask = this.#capacity - 1;
    const members = [...this.#members];
    const buckets = new Uint32Array(members.length);
    const starts = new Uint32Array(this.#capacity + 1);
    for (let i = 0; i < members.length; i++) {
      const bucket = javaSpread(javaHashCode(members[i])) & mask;
      buckets[i] = bucket;
      starts[bucket + 1]++;
    }
    for (let i = 0; i < this.#capacity; i++) starts[i + 1] += starts[i];
    const ordered = new Array<string>(members.length);
    for (let i = 0; i < members.length; i++) ordered[starts[buckets[i]]++] = members[i];
    this.#ordered = ordered;
    return ordered;
  }
}
