import { Slab } from "./slab.ts";

/** A copy whatever the type: the `slice` of a chunk that Node read is none. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  // The copying constructor allocates once and does not clear first: a million loaded znodes feel the difference.
  return new Uint8Array(bytes);
}

const slabShareMax = 4096;
const slab = new Slab();

/**
 * A copy of data on its way to the tree, which makes one of its own; null stays null. It is for what is soon gone, see
 * `Slab`. A block for each would cost more than all else in a write.
 */
export function keep(bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null) return null;
  if (bytes.length > slabShareMax) return copyOf(bytes);
  const kept = slab.take(bytes.length);
  kept.set(bytes);
  return kept;
}
