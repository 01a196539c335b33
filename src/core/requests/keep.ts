/** A copy whatever the type: the `slice` of a chunk that Node read is none. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  // The copying constructor allocates once and does not clear first: a million loaded znodes feel the difference.
  return new Uint8Array(bytes);
}

/** A copy that outlives the frame or file it came in; null stays null. */
export function keep(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : copyOf(bytes);
}
