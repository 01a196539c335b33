const blockBytes = 1 << 16;

/**
 * Small arrays for a short while. Many lie side by side in one block, which goes when the last of them does; an array with
 * memory of its own is many times as dear to make and to collect.
 */
export class Slab {
  #block = new Uint8Array(blockBytes);
  #used = 0;

  /** So many bytes, no more than a block has, of whatever content. */
  take(size: number): Uint8Array {
    if (this.#used + size > blockBytes) {
      this.#block = new Uint8Array(blockBytes);
      this.#used = 0;
    }
    this.#used += size;
    return this.#block.subarray(this.#used - size, this.#used);
  }
}
