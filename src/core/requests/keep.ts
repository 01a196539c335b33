/** A copy whatever the type: the `slice` of a chunk that Node read is none. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  // The copying constructor allocates once and does not clear first: a million loaded znodes feel the difference.
  return new Uint8Array(bytes);
}

const slabBytes = 1 << 16;
const slabShareMax = 4096;
let slab = new Uint8Array(slabBytes);
let slabUsed = 0;

/**
 * A copy of data on its way to the tree, which makes one of its own; null stays null. Many lie in one block, which goes
 * when the last of them does: so it is for what is soon gone. A block for each would cost more than all else in a write.
 */
export function keep(bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null) return null;
  const { length } = bytes;
  if (length > slabShareMax) return copyOf(bytes);
  if (slabUsed + length > slabBytes) {
    slab = new Uint8Array(slabBytes);
    slabUsed = 0;
  }
  const kept = slab.subarray(slabUsed, slabUsed + length);
  kept.set(bytes);
  slabUsed += length;
  return kept;
}
