import { JavaHashSet } from "../java/javaHashSet.ts";
import { blockEntries, Int32Column, NumberColumn, ReferenceColumn } from "./columns.ts";
import { PathIndex } from "./pathIndex.ts";
import { statBytes } from "./statLayout.ts";
import type { NodeRef } from "./tree.ts";
import { ValueStore } from "./valueStore.ts";

/** Bytes of a stat in its block of 256 KiB. */
const stride = 64;

/**
 * Storage of the znodes: one slot of a few columns each, found by path. The persisted stat lies in big-endian bytes
 * in blocks (see statLayout.ts). Slots of deleted nodes are used again.
 *
 *     path -> slot      slot -> data, acl id, digests, children      slot -> blocks[slot / 4096] + slot % 4096 * 64
 */
export class NodeTable {
  readonly #slotByPath: PathIndex;
  readonly data = new ValueStore();
  /** `contentDigest` of path and data, where digests are on. */
  readonly content = new Int32Column();
  readonly aclId = new NumberColumn();
  readonly digest = new NumberColumn();
  readonly children = new ReferenceColumn<JavaHashSet>();
  readonly #blocks: Uint8Array[] = [];
  readonly #free: NodeRef[] = [];
  /** Slots handed out so far. */
  #slots = 0;

  /** The seed is that of PathIndex. */
  constructor(pathSeed = 0) {
    this.#slotByPath = new PathIndex(pathSeed);
  }

  get size(): number {
    return this.#slotByPath.size;
  }

  /** No slot has this number or a larger one. */
  get slotCount(): number {
    return this.#slots;
  }

  find(path: string): NodeRef {
    return this.#slotByPath.get(path);
  }

  /** Every path with its slot, in no order. */
  entries(): Iterable<[path: string, slot: NodeRef]> {
    return this.#slotByPath.entries();
  }

  add(path: string, data: Uint8Array | null, aclId: number): NodeRef {
    const slot = this.#free.pop() ?? this.#newSlot();
    this.#slotByPath.add(path, slot);
    this.data.set(slot, data);
    this.aclId.set(slot, aclId);
    this.digest.set(slot, 0);
    return slot;
  }

  #newSlot(): NodeRef {
    if (this.#slots % blockEntries === 0) {
      this.#blocks.push(new Uint8Array(blockEntries * stride));
      for (const column of [this.data, this.content, this.aclId, this.digest, this.children]) column.grow();
    }
    return this.#slots++;
  }

  remove(path: string, slot: NodeRef): void {
    this.#slotByPath.delete(path);
    this.data.set(slot, null);
    this.children.set(slot, null);
    this.#free.push(slot);
  }

  /** The block in which the slot's stat lies; the stat starts at `statAt`. */
  block(slot: NodeRef): Uint8Array {
    return this.#blocks[(slot / blockEntries) | 0];
  }

  statAt(slot: NodeRef): number {
    return (slot % blockEntries) * stride;
  }

  loadStat(slot: NodeRef, stat: Uint8Array, offset: number): void {
    const block = this.block(slot);
    const at = this.statAt(slot);
    for (let i = 0; i < statBytes; i++) block[at + i] = stat[offset + i];
  }

  childCount(slot: NodeRef): number {
    return this.children.get(slot)?.size ?? 0;
  }

  hasChild(parent: NodeRef, name: string): boolean {
    return this.children.get(parent)?.has(name) === true;
  }

  addChild(parent: NodeRef, name: string): void {
    const children = this.children.get(parent);
    if (children === null) {
      const first = new JavaHashSet();
      first.add(name);
      this.children.set(parent, first);
    } else {
      children.add(name);
    }
  }

  /** The set stays when it is emptied: as in Apache its table does not shrink, which shows in the order later. */
  removeChild(parent: NodeRef, name: string): void {
    this.children.get(parent)?.delete(name);
  }

  clear(): void {
    this.#slotByPath.clear();
    for (const column of [this.data, this.content, this.aclId, this.digest, this.children]) column.clear();
    this.#blocks.length = 0;
    this.#free.length = 0;
    this.#slots = 0;
  }
}
