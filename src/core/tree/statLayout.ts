/**
 * A znode's persisted stat, 60 bytes, big-endian, in the order of StatPersisted: the layout that snapshots use,
 * kept in memory as it is, so that snapshot, digest and wire copy bytes and no 64-bit value is ever rebuilt.
 */
export const statBytes = 60;

export const StatOffset = {
  czxid: 0,
  mzxid: 8,
  ctime: 16,
  mtime: 24,
  version: 32,
  cversion: 36,
  aversion: 40,
  ephemeralOwner: 44,
  pzxid: 52,
} as const;

export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}

export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

const scratch = new DataView(new ArrayBuffer(8));

export function readInt64(bytes: Uint8Array, at: number): bigint {
  scratch.setInt32(0, readInt32(bytes, at));
  scratch.setInt32(4, readInt32(bytes, at + 4));
  return scratch.getBigInt64(0);
}

export function writeInt64(bytes: Uint8Array, at: number, value: bigint): void {
  scratch.setBigInt64(0, value);
  writeInt32(bytes, at, scratch.getInt32(0));
  writeInt32(bytes, at + 4, scratch.getInt32(4));
}

/** Signed comparison of two 64-bit fields in place: negative, 0 or positive. */
export function compareInt64(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number {
  const high = readInt32(a, aAt) - readInt32(b, bAt);
  if (high !== 0) return high;
  return (readInt32(a, aAt + 4) >>> 0) - (readInt32(b, bAt + 4) >>> 0);
}

/** The stat of a node just created: czxid = mzxid = pzxid, ctime = mtime, versions 0 (DataTree.createStat). */
export function writeNewStat(
  bytes: Uint8Array,
  at: number,
  zxid: bigint,
  time: bigint,
  ephemeralOwner: bigint,
): void {
  bytes.fill(0, at, at + statBytes);
  writeInt64(bytes, at + StatOffset.czxid, zxid);
  bytes.copyWithin(at + StatOffset.mzxid, at + StatOffset.czxid, at + StatOffset.czxid + 8);
  bytes.copyWithin(at + StatOffset.pzxid, at + StatOffset.czxid, at + StatOffset.czxid + 8);
  writeInt64(bytes, at + StatOffset.ctime, time);
  bytes.copyWithin(at + StatOffset.mtime, at + StatOffset.ctime, at + StatOffset.ctime + 8);
  if (ephemeralOwner !== 0n) writeInt64(bytes, at + StatOffset.ephemeralOwner, ephemeralOwner);
}
