import type { JuteWriter } from "../../../protocol/jute/writer.ts";
import { Int32Column, NumberColumn } from "./columns.ts";

const blockBytes = 1 << 16;
/** What is larger has an array of its own. */
const cellBytesMax = 4096;
const noCell = -1;

/** What a slot's place says besides: an address is counted from `firstAddress`, a value of its own from -1 downwards. */
const isNull = 0;
const isEmpty = 1;
const firstAddress = 2;

/** Cells of one size. */
class Block {
  readonly bytes = new Uint8Array(blockBytes);
  /** The same memory: a free cell begins with the place of the next one. */
  readonly links = new Int32Array(this.bytes.buffer);
  readonly cellBytes: number;
  firstFree = noCell;
  /** Cells from here on were never used. */
  unused = 0;
  live = 0;

  constructor(cellBytes: number) {
    this.cellBytes = cellBytes;
  }

  get isFull(): boolean {
    return this.firstFree === noCell && this.unused + this.cellBytes > blockBytes;
  }

  take(): number {
    this.live++;
    const at = this.firstFree;
    if (at === noCell) {
      this.unused += this.cellBytes;
      return this.unused - this.cellBytes;
    }
    this.firstFree = this.links[at >> 2];
    return at;
  }

  give(at: number): void {
    this.live--;
    this.links[at >> 2] = this.firstFree;
    this.firstFree = at;
  }
}

/**
 * The data of the znodes, a column like those of columns.ts. A million values as a million arrays would take three times
 * their bytes, and the garbage collector would visit each: here they lie in cells of blocks, a few bytes larger than they
 * are. A block whose last value has gone is given back.
 *
 *     slot -> place: block and offset; its length       size of a cell -> blocks of that size with room
 */
export class ValueStore {
  readonly #places = new NumberColumn();
  readonly #lengths = new Int32Column();
  readonly #blocks: (Block | null)[] = [];
  readonly #freeNumbers: number[] = [];
  /** Numbers of blocks with room, by class of size. The last one is used next. */
  readonly #roomy: number[][] = [];
  readonly #large: (Uint8Array | null)[] = [];
  readonly #freeLarge: number[] = [];

  /** Null, or a view that is good until the next change of any value: whoever keeps it copies it. */
  get(slot: number): Uint8Array | null {
    const place = this.#places.get(slot);
    if (place === isNull) return null;
    if (place === isEmpty) return none;
    if (place < 0) return this.#large[-place - 1];
    const address = place - firstAddress;
    const at = address % blockBytes;
    return this.#blockOf(address).bytes.subarray(at, at + this.#lengths.get(slot));
  }

  /** Bytes; none for null. */
  lengthOf(slot: number): number {
    return this.#lengths.get(slot);
  }

  /** Keeps a copy. */
  set(slot: number, value: Uint8Array | null): void {
    const length = value?.length ?? 0;
    const place = this.#places.get(slot);
    const oldLength = this.#lengths.get(slot);
    this.#lengths.set(slot, length);
    if (value !== null && place >= firstAddress && isCell(length) && classOf(oldLength) === classOf(length)) {
      const address = place - firstAddress;
      return copy(value, this.#blockOf(address).bytes, address % blockBytes);
    }
    // First, since the value may be a view of what was here.
    this.#places.set(slot, value === null ? isNull : this.#keep(value));
    this.#free(place, oldLength);
  }

  /** The place of a copy. */
  #keep(value: Uint8Array): number {
    if (value.length === 0) return isEmpty;
    return value.length > cellBytesMax ? this.#keepLarge(value) : firstAddress + this.#take(value);
  }

  /** Appends a value as a jute buffer; null is -1. */
  write(slot: number, writer: JuteWriter): void {
    writer.writeBuffer(this.get(slot));
  }

  grow(): void {
    this.#places.grow();
    this.#lengths.grow();
  }

  clear(): void {
    for (const column of [this.#places, this.#lengths]) column.clear();
    for (const list of [this.#blocks, this.#freeNumbers, this.#roomy, this.#large, this.#freeLarge])
      list.length = 0;
  }

  /** Blocks in use; for tests. */
  get blockCount(): number {
    return this.#blocks.length - this.#freeNumbers.length;
  }

  #blockOf(address: number): Block {
    const block = this.#blocks[Math.floor(address / blockBytes)];
    if (block === null) throw new Error("a value lies in a block that was given back");
    return block;
  }

  #take(value: Uint8Array): number {
    const size = classOf(value.length);
    const roomy = (this.#roomy[size] ??= []);
    const number = roomy.at(-1) ?? this.#newBlock(size, roomy);
    const block = this.#blocks[number];
    if (block === null) throw new Error("a block with room was given back");
    const at = block.take();
    if (block.isFull) roomy.pop();
    copy(value, block.bytes, at);
    return number * blockBytes + at;
  }

  #newBlock(size: number, roomy: number[]): number {
    const number = this.#freeNumbers.pop() ?? this.#blocks.push(null) - 1;
    this.#blocks[number] = new Block(cellBytesOf(size));
    roomy.push(number);
    return number;
  }

  #free(place: number, length: number): void {
    if (place < 0) {
      this.#large[-place - 1] = null;
      this.#freeLarge.push(-place - 1);
    }
    if (place < firstAddress) return;
    const address = place - firstAddress;
    const number = Math.floor(address / blockBytes);
    const block = this.#blockOf(address);
    const roomy = this.#roomy[classOf(length)];
    if (block.isFull) roomy.push(number);
    block.give(address % blockBytes);
    // One stays: a single value that comes and goes must not make a block each time.
    if (block.live > 0 || roomy.length === 1) return;
    roomy.splice(roomy.indexOf(number), 1);
    this.#blocks[number] = null;
    this.#freeNumbers.push(number);
  }

  #keepLarge(value: Uint8Array): number {
    const index = this.#freeLarge.pop() ?? this.#large.push(null) - 1;
    this.#large[index] = new Uint8Array(value);
    return -index - 1;
  }
}

const none = new Uint8Array(0);
/** Classes are 16 bytes apart up to here; then there are eight to a doubling. */
const evenBytesMax = 128;

function isCell(length: number): boolean {
  return length > 0 && length <= cellBytesMax;
}

function classOf(length: number): number {
  if (length <= evenBytesMax) return (length + 15) >> 4;
  const octave = 31 - Math.clz32(length - 1);
  return (octave - 6) * 8 + ((length - 1) >> (octave - 3)) - 7;
}

function cellBytesOf(size: number): number {
  if (size <= 8) return size << 4;
  const octave = Math.floor((size - 9) / 8) + 7;
  const eighths = ((size - 9) % 8) + 9;
  return eighths << (octave - 3);
}

/** Up to this many bytes a loop is quicker than the call. */
const loopBytesMax = 48;

function copy(from: Uint8Array, to: Uint8Array, at: number): void {
  if (from.length > loopBytesMax) return to.set(from, at);
  for (let i = 0; i < from.length; i++) to[at + i] = from[i];
}
