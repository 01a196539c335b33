import { readInt32 } from "./statLayout.ts";

/** What a stored ephemeralOwner means (EphemeralType; client.md section 9, disk.md section 3). */
export type OwnerKind = "void" | "normal" | "container" | "ttl";

/** Which readings of ephemeralOwner are on; equal on all members of an ensemble. */
export interface OwnerRules {
  /** extendedTypesEnabled: an owner whose top byte is 0xff is a TTL. */
  readonly extendedTypesEnabled: boolean;
  /** emulate353TTLNodes: any negative owner but the container marker is a TTL. */
  readonly emulate353TTLNodes: boolean;
}

/** ephemeralOwner of containers. */
export const containerOwner = -0x8000_0000_0000_0000n;
/** Longest ttl, in ms: 40 bits. */
export const ttlMsMax = 0xff_ffff_ffffn;
const ttlTop = -0x0100_0000_0000_0000n;

/** ephemeralOwner of a node with this ttl (1..ttlMsMax ms). `emulate353TTLNodes` only changes how owners are read. */
export function ttlOwner(ttlMs: bigint): bigint {
  return ttlTop | ttlMs;
}

/** Kind of the owner whose eight bytes stand at `at`. */
export function ownerKindAt(stat: Uint8Array, at: number, rules: OwnerRules): OwnerKind {
  const high = readInt32(stat, at);
  const low = readInt32(stat, at + 4);
  if ((high | low) === 0) return "void";
  const container = high === -0x80000000 && low === 0;
  if (rules.extendedTypesEnabled) {
    if (rules.emulate353TTLNodes && high < 0 && !container) return "ttl";
    // Bits 40 to 55 name the extended type; 0, the TTL, is the only one there is.
    if (high >>> 24 === 0xff && (high & 0x00ffff00) === 0) return "ttl";
  }
  return container ? "container" : "normal";
}

/** ttl in ms of an owner of kind "ttl". */
export function ttlMsAt(stat: Uint8Array, at: number): number {
  return (readInt32(stat, at) & 0xff) * 0x1_0000_0000 + (readInt32(stat, at + 4) >>> 0);
}
