import { allocateBytes } from "../../../protocol/jute/strings.ts";

/** A copy that outlives the frame it came in; null stays null. */
export function keep(bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null) return null;
  const copy = allocateBytes(bytes.length);
  copy.set(bytes);
  return copy;
}
