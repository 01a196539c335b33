import { noNode, type NodeRef } from "./tree.ts";

const shards = 256;

/**
 * Slots by path, spread over many maps: one map of a million entries stands still for more than a tenth of a second
 * when it doubles, which every client would wait for; a shard does it in less than a millisecond.
 */
export class PathMap {
  readonly #maps: Map<string, NodeRef>[] = Array.from({ length: shards }, () => new Map<string, NodeRef>());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(path: string): NodeRef {
    return this.#maps[shardOf(path)].get(path) ?? noNode;
  }

  /** Adds a path that is not there yet. */
  add(path: string, slot: NodeRef): void {
    this.#maps[shardOf(path)].set(path, slot);
    this.#size++;
  }

  delete(path: string): void {
    if (this.#maps[shardOf(path)].delete(path)) this.#size--;
  }

  /** Every path with its slot, in no order. */
  *entries(): Generator<[path: string, slot: NodeRef]> {
    for (const map of this.#maps) yield* map;
  }

  clear(): void {
    for (const map of this.#maps) map.clear();
    this.#size = 0;
  }
}

/** Names differ most at their ends: the last three units decide, and the length. */
function shardOf(path: string): number {
  const { length } = path;
  if (length < 3) return length;
  const last =
    path.charCodeAt(length - 1) + path.charCodeAt(length - 2) * 7 + path.charCodeAt(length - 3) * 49;
  return (last + length) & (shards - 1);
}
