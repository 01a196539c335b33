import { PathMap } from "./pathMap.ts";
import type { NodeRef } from "./tree.ts";
import { statBytes } from "./statLayout.ts";
import { JavaHashSet } from "../java/javaHashSet.ts";

/** Znodes a block of stats holds; a block is 256 KiB. */
const blockNodes = 4096;
const stride = 64;

/**
 * Storage of the znodes: one slot of a few arrays each, found by path. The persisted stat lies in big-endian bytes
 * in blocks (see statLayout.ts). Slots of deleted nodes are used again.
 *
 *     path -> slot      slot -> data, acl id, digest, children      slot -> blocks[slot / 4096] + slot % 4096 * 64
 */
export class NodeTable {
  readonly #slotByPath = new PathMap();
  readonly data: (Uint8Array | null)[] = [];
  readonly aclId: number[] = [];
  readonly digest: number[] = [];
  readonly children: (JavaHashSet | null)[] = [];
  readonly #blocks: Uint8Array[] = [];
  readonly #free: NodeRef[] = [];

  get size(): number {
    return this.#slotByPath.size;
  }

  find(path: string): NodeRef {
    return this.#slotByPath.get(path);
  }

  /** Every path with its slot, in no order. */
  entries(): Iterable<[path: string, slot: NodeRef]> {
    return this.#slotByPath.entries();
  }

  add(path: string, data: Uint8Array | null, aclId: number): NodeRef {
    const slot = this.#free.pop() ?? this.data.length;
    if (slot === this.data.length && slot % blockNodes === 0)
      this.#blocks.push(new Uint8Array(blockNodes * stride));
    this.#slotByPath.add(path, slot);
    this.data[slot] = data;
    this.aclId[slot] = aclId;
    this.digest[slot] = 0;
    this.children[slot] = null;
    return slot;
  }

  remove(path: string, slot: NodeRef): void {
    this.#slotByPath.delete(path);
    this.data[slot] = null;
    this.children[slot] = null;
    this.#free.push(slot);
  }

  /** The block in which the slot's stat lies; the stat starts at `statAt`. */
  block(slot: NodeRef): Uint8Array {
    return this.#blocks[(slot / blockNodes) | 0];
  }

  statAt(slot: NodeRef): number {
    return (slot % blockNodes) * stride;
  }

  loadStat(slot: NodeRef, stat: Uint8Array, offset: number): void {
    const block = this.block(slot);
    const at = this.statAt(slot);
    for (let i = 0; i < statBytes; i++) block[at + i] = stat[offset + i];
  }

  childCount(slot: NodeRef): number {
    return this.children[slot]?.size ?? 0;
  }

  hasChild(parent: NodeRef, name: string): boolean {
    return this.children[parent]?.has(name) === true;
  }

  addChild(parent: NodeRef, name: string): void {
    const children = this.children[parent];
    if (children === null) {
      const first = new JavaHashSet();
      first.add(name);
      this.children[parent] = first;
    } else {
      children.add(name);
    }
  }

  /** The set stays when it is emptied: as in Apache its table does not shrink, which shows in the order later. */
  removeChild(parent: NodeRef, name: string): void {
    this.children[parent]?.delete(name);
  }

  clear(): void {
    this.#slotByPath.clear();
    this.data.length = 0;
    this.aclId.length = 0;
    this.digest.length = 0;
    this.children.length = 0;
    this.#blocks.length = 0;
    this.#free.length = 0;
  }
}
