import type { DataTree } from "../tree/dataTree.ts";
import { contentDigest, DigestSum, isUncounted, statDigest } from "../tree/nodeDigest.ts";
import { readInt32, StatOffset } from "../tree/statLayout.ts";
import { noNode } from "../tree/tree.ts";
import { ChangeRecord, fromTree, newStat } from "./changeRecord.ts";

/**
 * The tree as it will be when every proposal under way is applied: what a new write is checked against, and the
 * digest that it will leave behind.
 *
 *     queue:   zxid 7 /a   zxid 7 /a/b   zxid 8 /a   ...      applied from the left, added on the right
 *     newest:  /a -> the record of zxid 8,  /a/b -> the record of zxid 7
 */
export class OutstandingChanges {
  readonly #tree: DataTree;
  readonly #digestEnabled: boolean;
  readonly #newest = new Map<string, ChangeRecord>();
  /** In zxid order; the part before #head is applied and only kept until the array is trimmed. */
  #queue: ChangeRecord[] = [];
  #head = 0;
  /** Records in the queue of nodes that have an owner: ephemerals, containers, TTL nodes. */
  #ownedCount = 0;
  /** Records added, and dropped because they were applied, since somebody set these to 0. */
  queuedCount = 0;
  removedCount = 0;
  /** Digest of the tree once everything outstanding is applied. */
  readonly digest = new DigestSum();
  readonly #digestAtMark = new DigestSum();

  constructor(tree: DataTree, digestEnabled: boolean) {
    this.#tree = tree;
    this.#digestEnabled = digestEnabled;
    this.digest.copyFrom(tree.digestSum);
  }

  get size(): number {
    return this.#queue.length - this.#head;
  }

  /**
   * State of a znode as the next proposal will find it; null if there is none. The record may be changed only
   * through `copyFor`.
   */
  find(path: string): ChangeRecord | null {
    const key = path === "/" ? "" : path;
    const newest = this.#newest.get(key);
    if (newest !== undefined) return newest.stat === null ? null : newest;
    const ref = this.#tree.find(key);
    if (ref === noNode) return null;
    const stat = newStat();
    this.#tree.copyStat(ref, stat);
    return new ChangeRecord(
      fromTree,
      key,
      stat,
      this.#tree.childCount(ref),
      this.#tree.acl(ref),
      this.#tree.dataLength(ref),
      this.#tree.content(ref),
      this.#tree.nodeDigest(ref),
    );
  }

  /** The node gets this data. */
  setData(record: ChangeRecord, data: Uint8Array | null): void {
    record.dataLength = data?.length ?? 0;
    if (this.#digestEnabled) record.content = contentDigest(record.path, data);
  }

  /** Adds a changed or new node. `before` is its digest so far, 0 for a new one. */
  update(record: ChangeRecord, before: number): void {
    if (this.#digestEnabled && record.stat !== null) {
      record.digest = isUncounted(record.path) ? 0 : statDigest(record.content, record.stat, 0);
      this.digest.subtract(before);
      this.digest.add(record.digest);
    }
    this.#push(record);
  }

  /** Adds the deletion of a node. */
  remove(zxid: bigint, record: ChangeRecord): void {
    if (this.#digestEnabled) this.digest.subtract(record.digest);
    this.#push(new ChangeRecord(zxid, record.path, null, 0, record.acl, 0, 0, 0));
  }

  /** As `find` and `remove`, without a copy of what the node was; false if there is none. */
  removePath(zxid: bigint, path: string): boolean {
    const newest = this.#newest.get(path);
    if (newest !== undefined) {
      if (newest.stat === null) return false;
      this.remove(zxid, newest);
      return true;
    }
    const ref = this.#tree.find(path);
    if (ref === noNode) return false;
    if (this.#digestEnabled) this.digest.subtract(this.#tree.nodeDigest(ref));
    this.#push(new ChangeRecord(zxid, path, null, 0, this.#tree.acl(ref), 0, 0, 0));
    return true;
  }

  #push(record: ChangeRecord): void {
    if (hasOwner(record)) this.#ownedCount++;
    record.replaced = this.#newest.get(record.path) ?? null;
    this.#newest.set(record.path, record);
    this.#queue.push(record);
    this.queuedCount++;
  }

  /** Drops the records of proposals that the tree has applied. */
  applied(zxid: bigint): void {
    const queue = this.#queue;
    let head = this.#head;
    while (head < queue.length && queue[head].zxid <= zxid) {
      const record = queue[head++];
      if (hasOwner(record)) this.#ownedCount--;
      record.replaced = null;
      if (this.#newest.get(record.path) === record) this.#newest.delete(record.path);
    }
    this.removedCount += head - this.#head;
    this.#head = head;
    if (head === queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
      // Nothing is under way: prediction and tree agree, or the prediction starts over from the truth.
      this.digest.copyFrom(this.#tree.digestSum);
    } else if (head > 4096) {
      this.#queue = queue.slice(head);
      this.#head = 0;
    }
  }

  /** Start of a multi: what `rollBack` returns to. */
  mark(): number {
    this.#digestAtMark.copyFrom(this.digest);
    return this.#queue.length;
  }

  /** Takes back everything added since the mark; no proposal may have been applied in between. */
  rollBack(mark: number): void {
    while (this.#queue.length > mark) {
      const record = this.#queue.pop();
      if (record === undefined) break;
      if (hasOwner(record)) this.#ownedCount--;
      if (record.replaced === null) this.#newest.delete(record.path);
      else this.#newest.set(record.path, record.replaced);
    }
    this.digest.copyFrom(this.#digestAtMark);
  }

  /**
   * Paths of the session's ephemerals once everything outstanding is applied, for its closeSession, in the order in
   * which Apache deletes them. The newest record of a path decides. Thousands of sessions may expire at once, each with
   * all the deletions before it outstanding: so the queue is walked only if something in it has an owner, and no 64-bit
   * value is built for a record.
   */
  ephemeralsOf(sessionId: bigint): string[] {
    const owner = halvesOf(sessionId);
    const owned = ({ stat }: ChangeRecord): boolean => stat !== null && isOwnedBy(stat, owner);
    const paths = this.#tree.copyOfEphemerals(sessionId);
    if (this.#ownedCount > 0) {
      for (let i = this.#head; i < this.#queue.length; i++) {
        const record = this.#queue[i];
        if (record.stat === null) paths.delete(record.path);
        else if (owned(record)) paths.add(record.path);
      }
    }
    return paths.toArray().filter((path) => {
      const newest = this.#newest.get(path);
      return newest === undefined || owned(newest);
    });
  }
}

function hasOwner({ stat }: ChangeRecord): boolean {
  return stat !== null && !isOwnedBy(stat, noOwner);
}

/** A 64-bit value as two signed 32-bit halves. */
interface Halves {
  readonly high: number;
  readonly low: number;
}

const noOwner: Halves = { high: 0, low: 0 };

function halvesOf(value: bigint): Halves {
  return { high: Number(BigInt.asIntN(32, value >> 32n)), low: Number(BigInt.asIntN(32, value)) };
}

function isOwnedBy(stat: Uint8Array, owner: Halves): boolean {
  return (
    readInt32(stat, StatOffset.ephemeralOwner) === owner.high &&
    readInt32(stat, StatOffset.ephemeralOwner + 4) === owner.low
  );
}
