import { blockEntries, Int32Column, ReferenceColumn } from "./columns.ts";
import { noNode, type NodeRef } from "./tree.ts";

/** What a bucket or a link holds besides a slot counted from one. */
const end = 0;

/**
 * Slots by path, as a hash table that grows by one bucket with each path beyond its size (linear hashing). A table
 * that doubles, as every Map does, stands still for more than a tenth of a second at a million paths.
 *
 *     bucketOf(hash) -> slot + 1 -> next[slot] = another slot + 1 of the bucket -> …
 *
 * Buckets below `buckets - half` have been split already: their paths are told apart by one bit more of the hash.
 */
export class PathIndex {
  readonly #heads = new Int32Column();
  readonly #next = new Int32Column();
  readonly #hashes = new Int32Column();
  readonly #paths = new ReferenceColumn<string>();
  readonly #seed: number;
  #slots = 0;
  #size = 0;
  /** Greatest power of two that is not above `buckets`. */
  #half = blockEntries;
  #buckets = blockEntries;

  /** The seed is 32 bits nobody outside knows, so that nobody can choose paths that share a bucket. */
  constructor(seed = 0) {
    this.#seed = seed | 0;
    this.#heads.grow();
  }

  get size(): number {
    return this.#size;
  }

  get(path: string): NodeRef {
    const hash = this.#hash(path);
    for (let at = this.#heads.get(this.#bucketOf(hash)); at !== end; at = this.#next.get(at - 1)) {
      if (this.#hashes.get(at - 1) === hash && this.#paths.get(at - 1) === path) return at - 1;
    }
    return noNode;
  }

  /** Adds a path that is not there yet, under a slot that no other path has; slots are handed out from 0 upwards. */
  add(path: string, slot: NodeRef): void {
    while (slot >= this.#slots) this.#growSlots();
    const hash = this.#hash(path);
    this.#paths.set(slot, path);
    this.#hashes.set(slot, hash);
    this.#push(this.#bucketOf(hash), slot);
    if (++this.#size > this.#buckets) this.#split();
  }

  delete(path: string): void {
    const hash = this.#hash(path);
    const bucket = this.#bucketOf(hash);
    let last = end;
    for (let at = this.#heads.get(bucket); at !== end; at = this.#next.get(at - 1)) {
      if (this.#hashes.get(at - 1) === hash && this.#paths.get(at - 1) === path) {
        if (last === end) this.#heads.set(bucket, this.#next.get(at - 1));
        else this.#next.set(last - 1, this.#next.get(at - 1));
        this.#paths.set(at - 1, null);
        this.#size--;
        return;
      }
      last = at;
    }
  }

  /** Every path with its slot, in no order. */
  *entries(): Generator<[path: string, slot: NodeRef]> {
    for (let slot = 0; slot < this.#slots; slot++) {
      const path = this.#paths.get(slot);
      if (path !== null) yield [path, slot];
    }
  }

  clear(): void {
    for (const column of [this.#heads, this.#next, this.#hashes, this.#paths]) column.clear();
    this.#slots = 0;
    this.#size = 0;
    this.#half = this.#buckets = blockEntries;
    this.#heads.grow();
  }

  #growSlots(): void {
    this.#next.grow();
    this.#hashes.grow();
    this.#paths.grow();
    this.#slots += blockEntries;
  }

  #push(bucket: number, slot: NodeRef): void {
    this.#next.set(slot, this.#heads.get(bucket));
    this.#heads.set(bucket, slot + 1);
  }

  #bucketOf(hash: number): number {
    const bucket = hash & (this.#half * 2 - 1);
    return bucket < this.#buckets ? bucket : bucket - this.#half;
  }

  /** One bucket more: it takes its share of the bucket that stood for both. */
  #split(): void {
    if (this.#buckets === this.#half * 2) this.#half *= 2;
    if (this.#buckets % blockEntries === 0) this.#heads.grow();
    const bucket = this.#buckets - this.#half;
    this.#buckets++;
    let at = this.#heads.get(bucket);
    this.#heads.set(bucket, end);
    while (at !== end) {
      const next = this.#next.get(at - 1);
      this.#push(this.#bucketOf(this.#hashes.get(at - 1)), at - 1);
      at = next;
    }
  }

  /** Multiplications carry each unit upwards, the shifts at the end bring it down to the bits that choose a bucket. */
  #hash(path: string): number {
    let hash = this.#seed;
    for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x5bd1e995);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return hash ^ (hash >>> 13);
  }
}
