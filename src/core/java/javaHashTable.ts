import { javaHashCode, javaSpread } from "./javaHash.ts";
import { TreeBin, TreeEntry } from "./treeBin.ts";

/** A bucket's list becomes a tree when an entry is added to this many, if the table is long enough. */
export const treeifyAt = 8;
/** A shorter table doubles instead. */
const treeifyCapacityMin = 64;
/** A tree that a doubling splits into this few entries becomes a list again. */
const untreeifyAt = 6;

/** What `#heads` says of a bucket besides the first slot of its list, counted from one. */
const noEntry = 0;
const treeHead = -1;

/**
 * java.util.HashMap's table: which bucket a string is in, and in which order an iteration meets it. Entries of lists
 * lie in slots, numbers instead of objects, which takes about 26 bytes for each beside the text.
 *
 *     heads[hash & (capacity - 1)] -> slot + 1      keys[slot], links[2 slot] = hash, links[2 slot + 1] = next slot + 1
 *     heads[…] = treeHead -> bins.get(bucket)
 */
export class JavaHashTable {
  #heads: Int32Array;
  #keys: string[] = [];
  #links = new Int32Array(64);
  /** First free slot + 1, linked like a bucket. */
  #free = noEntry;
  #bins: Map<number, TreeBin> | null = null;
  #size = 0;

  /** `capacity` is a power of two. */
  constructor(capacity: number) {
    this.#heads = new Int32Array(capacity);
  }

  /** A table of these names, in this order inside each bucket, none of them twice; as after a doubling. */
  static of(names: readonly string[], capacity: number): JavaHashTable {
    const table = new JavaHashTable(capacity);
    for (const name of names) {
      const hash = javaSpread(javaHashCode(name));
      table.#append(hash & (capacity - 1), name, hash);
    }
    table.#size = names.length;
    return table;
  }

  get size(): number {
    return this.#size;
  }

  has(key: string): boolean {
    const hash = javaSpread(javaHashCode(key));
    const bucket = hash & (this.#heads.length - 1);
    const head = this.#heads[bucket];
    if (head === treeHead) return this.#binAt(bucket).find(key, hash) !== null;
    for (let at = head; at !== noEntry; at = this.#links[at * 2 - 1]) {
      if (this.#links[at * 2 - 2] === hash && this.#keys[at - 1] === key) return true;
    }
    return false;
  }

  /** False if it was there already. */
  add(key: string): boolean {
    const hash = javaSpread(javaHashCode(key));
    const bucket = hash & (this.#heads.length - 1);
    if (this.#heads[bucket] === treeHead) {
      const bin = this.#binAt(bucket);
      if (bin.find(key, hash) !== null) return false;
      bin.add(new TreeEntry(key, hash));
    } else {
      const before = this.#append(bucket, key, hash);
      if (before < 0) return false;
      if (before >= treeifyAt) this.#treeify(bucket);
    }
    if (++this.#size > this.#heads.length * 0.75) this.#double();
    return true;
  }

  /** False if it was not there. */
  delete(key: string): boolean {
    const hash = javaSpread(javaHashCode(key));
    const bucket = hash & (this.#heads.length - 1);
    const found =
      this.#heads[bucket] === treeHead
        ? this.#deleteFromTree(bucket, key, hash)
        : this.#deleteFromList(bucket, key, hash);
    if (!found) return false;
    if (--this.#size === 0) {
      // The table keeps its length as in Java; the slots need not.
      this.#keys = [];
      this.#links = new Int32Array(64);
      this.#free = noEntry;
    }
    return true;
  }

  /** Calls `visit` with each key in Java's order, without allocating. The table must not change meanwhile. */
  forEach(visit: (key: string) => void): void {
    for (let bucket = 0; bucket < this.#heads.length; bucket++) {
      const head = this.#heads[bucket];
      if (head === treeHead) {
        for (let entry = this.#binAt(bucket).first; entry !== null; entry = entry.next) visit(entry.key);
      } else {
        for (let at = head; at !== noEntry; at = this.#links[at * 2 - 1]) visit(this.#keys[at - 1]);
      }
    }
  }

  *[Symbol.iterator](): IterableIterator<string> {
    for (let bucket = 0; bucket < this.#heads.length; bucket++) {
      const head = this.#heads[bucket];
      if (head === treeHead) {
        for (let entry = this.#binAt(bucket).first; entry !== null; entry = entry.next) yield entry.key;
      } else {
        for (let at = head; at !== noEntry; at = this.#links[at * 2 - 1]) yield this.#keys[at - 1];
      }
    }
  }

  #binAt(bucket: number): TreeBin {
    const bin = this.#bins?.get(bucket);
    if (bin === undefined) throw new Error(`assert: bucket ${bucket} is marked as a tree and has none`);
    return bin;
  }

  /** How many entries the list had before, or -1 when the key is one of them. */
  #append(bucket: number, key: string, hash: number): number {
    let count = 0;
    let last = noEntry;
    for (let at = this.#heads[bucket]; at !== noEntry; at = this.#links[at * 2 - 1]) {
      if (this.#links[at * 2 - 2] === hash && this.#keys[at - 1] === key) return -1;
      last = at;
      count++;
    }
    const added = this.#takeSlot(key, hash);
    if (last === noEntry) this.#heads[bucket] = added;
    else this.#links[last * 2 - 1] = added;
    return count;
  }

  #takeSlot(key: string, hash: number): number {
    let slot = this.#free;
    if (slot === noEntry) {
      slot = this.#keys.push(key);
      if (slot * 2 > this.#links.length) {
        const links = new Int32Array(this.#links.length * 2);
        links.set(this.#links);
        this.#links = links;
      }
    } else {
      this.#free = this.#links[slot * 2 - 1];
      this.#keys[slot - 1] = key;
    }
    this.#links[slot * 2 - 2] = hash;
    this.#links[slot * 2 - 1] = noEntry;
    return slot;
  }

  #freeSlot(slot: number): void {
    this.#keys[slot - 1] = "";
    this.#links[slot * 2 - 1] = this.#free;
    this.#free = slot;
  }

  #deleteFromList(bucket: number, key: string, hash: number): boolean {
    let last = noEntry;
    for (let at = this.#heads[bucket]; at !== noEntry; at = this.#links[at * 2 - 1]) {
      if (this.#links[at * 2 - 2] === hash && this.#keys[at - 1] === key) {
        const next = this.#links[at * 2 - 1];
        if (last === noEntry) this.#heads[bucket] = next;
        else this.#links[last * 2 - 1] = next;
        this.#freeSlot(at);
        return true;
      }
      last = at;
    }
    return false;
  }

  #deleteFromTree(bucket: number, key: string, hash: number): boolean {
    const bin = this.#binAt(bucket);
    const entry = bin.find(key, hash);
    if (entry === null) return false;
    if (!bin.remove(entry)) {
      const left: TreeEntry[] = [];
      for (let at = bin.first; at !== null; at = at.next) left.push(at);
      this.#placeList(bucket, left);
    }
    return true;
  }

  /** A short table doubles instead; the caller may then double it once more for its size. */
  #treeify(bucket: number): void {
    if (this.#heads.length < treeifyCapacityMin) {
      this.#double();
      return;
    }
    const entries: TreeEntry[] = [];
    for (let at = this.#heads[bucket]; at !== noEntry;) {
      const next = this.#links[at * 2 - 1];
      entries.push(new TreeEntry(this.#keys[at - 1], this.#links[at * 2 - 2]));
      this.#freeSlot(at);
      at = next;
    }
    this.#placeTree(bucket, TreeBin.of(entries));
  }

  #placeTree(bucket: number, bin: TreeBin): void {
    this.#heads[bucket] = treeHead;
    (this.#bins ??= new Map()).set(bucket, bin);
  }

  /** Makes these entries, which were in a tree, the list of the bucket. */
  #placeList(bucket: number, entries: readonly TreeEntry[]): void {
    this.#bins?.delete(bucket);
    this.#heads[bucket] = noEntry;
    for (const { key, hash } of entries) this.#append(bucket, key, hash);
  }

  /** Each bucket becomes two, by the next bit of the hash; lists and trees keep their order. */
  #double(): void {
    const old = this.#heads;
    const capacity = old.length;
    this.#heads = new Int32Array(capacity * 2);
    for (let bucket = 0; bucket < capacity; bucket++) {
      if (old[bucket] === treeHead) {
        this.#splitTree(bucket, capacity);
        continue;
      }
      let lastLow = noEntry;
      let lastHigh = noEntry;
      for (let at = old[bucket]; at !== noEntry;) {
        const next = this.#links[at * 2 - 1];
        if ((this.#links[at * 2 - 2] & capacity) === 0) {
          if (lastLow === noEntry) this.#heads[bucket] = at;
          else this.#links[lastLow * 2 - 1] = at;
          lastLow = at;
        } else {
          if (lastHigh === noEntry) this.#heads[bucket + capacity] = at;
          else this.#links[lastHigh * 2 - 1] = at;
          lastHigh = at;
        }
        this.#links[at * 2 - 1] = noEntry;
        at = next;
      }
    }
  }

  #splitTree(bucket: number, capacity: number): void {
    const bin = this.#binAt(bucket);
    const low: TreeEntry[] = [];
    const high: TreeEntry[] = [];
    for (let at = bin.first; at !== null; at = at.next) ((at.hash & capacity) === 0 ? low : high).push(at);
    this.#bins?.delete(bucket);
    this.#placeHalf(bucket, low, high.length === 0 ? bin : null);
    this.#placeHalf(bucket + capacity, high, low.length === 0 ? bin : null);
  }

  /** `whole` is the tree if all its entries went this way: it then moves as it is. */
  #placeHalf(bucket: number, entries: readonly TreeEntry[], whole: TreeBin | null): void {
    if (entries.length === 0) return;
    if (entries.length <= untreeifyAt) this.#placeList(bucket, entries);
    else this.#placeTree(bucket, whole ?? TreeBin.of(entries));
  }
}
