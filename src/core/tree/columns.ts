const blockBits = 12;

/** Entries of one block of a column. */
export const blockEntries = 1 << blockBits;
const blockMask = blockEntries - 1;

/*
 * Columns are arrays that grow by one block. A plain array of a million entries copies all of them when it grows, and
 * every client would wait for that.
 */

/** A column of references; an entry is null until it is set. */
export class ReferenceColumn<T> {
  readonly #blocks: (T | null)[][] = [];

  /** The index must lie in a block that was grown. */
  get(index: number): T | null {
    return this.#blocks[index >> blockBits][index & blockMask];
  }

  set(index: number, value: T | null): void {
    this.#blocks[index >> blockBits][index & blockMask] = value;
  }

  grow(): void {
    this.#blocks.push(Array.from({ length: blockEntries }, () => null));
  }

  clear(): void {
    this.#blocks.length = 0;
  }
}

/** A column of 32-bit signed integers, 0 until they are set. */
export class Int32Column {
  readonly #blocks: Int32Array[] = [];

  get(index: number): number {
    return this.#blocks[index >> blockBits][index & blockMask];
  }

  set(index: number, value: number): void {
    this.#blocks[index >> blockBits][index & blockMask] = value;
  }

  grow(): void {
    this.#blocks.push(new Int32Array(blockEntries));
  }

  clear(): void {
    this.#blocks.length = 0;
  }
}

/** A column of numbers, exact up to 2^53, 0 until they are set. */
export class NumberColumn {
  readonly #blocks: Float64Array[] = [];

  get(index: number): number {
    return this.#blocks[index >> blockBits][index & blockMask];
  }

  set(index: number, value: number): void {
    this.#blocks[index >> blockBits][index & blockMask] = value;
  }

  grow(): void {
    this.#blocks.push(new Float64Array(blockEntries));
  }

  clear(): void {
    this.#blocks.length = 0;
  }
}
