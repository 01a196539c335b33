import { adler32 } from "../../../protocol/checksums.ts";
import { endOfRecord, isZero, recordHeadBytes, type LogEnd } from "./logFormat.ts";

/** Disks write whole sectors: what a crash takes from an unsynced write are whole ones. */
export const sectorBytes = 512;
/** TxnHeader: int64 clientId, int32 cxid, int64 zxid, int64 time, int32 type. */
const bodyBytesMin = 32;
const zxidInBody = 12;
/** Transactions that one unsynced batch can hold (zookeeper.maxBatchSize and globalOutstandingLimit: 1000). */
const batchTxnsMax = 1000;

/** What stands behind the last good record of a log. */
export interface TailFindings {
  /** Bytes up to and including the last one that is not zero. */
  readonly bytes: number;
  /** Good records behind the damage; counting stops above the largest batch. */
  readonly recordsBehind: number;
  /** Zxids of the first and the last of them; 0 if there are none. */
  readonly firstZxidBehind: bigint;
  readonly lastZxidBehind: bigint;
  /** A whole sector, as far as it lies in the damage, holds nothing but zeros. */
  readonly sectorMissing: boolean;
}

export const noTail: TailFindings = {
  bytes: 0,
  recordsBehind: 0,
  firstZxidBehind: 0n,
  lastZxidBehind: 0n,
  sectorMissing: false,
};

/**
 * Looks for good records behind a bad one. `bytes` start at file offset `fileOffset`, where the good records end;
 * behind `end` there are only zeros.
 */
export function inspectTail(
  bytes: Uint8Array,
  end: number,
  fileOffset: number,
  bodyBytesMax: number,
): TailFindings {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let damageEnd = end;
  let recordsBehind = 0;
  let firstZxidBehind = 0n;
  let lastZxidBehind = 0n;
  let at = 0;
  while (at + recordHeadBytes + bodyBytesMin < end && recordsBehind <= batchTxnsMax) {
    const next = recordEnd(bytes, view, at, end, bodyBytesMax);
    if (next < 0) {
      at++;
      continue;
    }
    lastZxidBehind = view.getBigInt64(at + recordHeadBytes + zxidInBody);
    if (recordsBehind === 0) {
      damageEnd = at;
      firstZxidBehind = lastZxidBehind;
    }
    recordsBehind++;
    at = next;
  }
  const sectorMissing = hasMissingSector(bytes, damageEnd, fileOffset);
  return { bytes: end, recordsBehind, firstZxidBehind, lastZxidBehind, sectorMissing };
}

/** End of the good record at `at`, else -1. */
function recordEnd(bytes: Uint8Array, view: DataView, at: number, end: number, bodyBytesMax: number): number {
  if (bytes[at] !== 0 || view.getInt32(at) !== 0) return -1;
  const length = view.getInt32(at + 8);
  if (length < bodyBytesMin || length > bodyBytesMax) return -1;
  const bodyEnd = at + recordHeadBytes + length;
  if (bodyEnd >= end || bytes[bodyEnd] !== endOfRecord) return -1;
  return adler32(bytes, at + recordHeadBytes, bodyEnd) === view.getUint32(at + 4) ? bodyEnd + 1 : -1;
}

/** Zeros from the start of the damage to the end of its sector count too, unless they could be a checksum's upper half. */
function hasMissingSector(bytes: Uint8Array, damageEnd: number, fileOffset: number): boolean {
  let start = 0;
  while (start < damageEnd) {
    const sectorEnd = start + sectorBytes - ((fileOffset + start) % sectorBytes);
    const telling = start > 0 || sectorEnd > 4;
    if (telling && sectorEnd <= bytes.length && isZero(bytes, start, sectorEnd)) return true;
    start = sectorEnd;
  }
  return false;
}

/** `torn`: the rest was never acknowledged. `damaged`: acknowledged transactions are lost. */
export type TailVerdict = "clean" | "torn" | "damaged";

/**
 * Tells the torn write of a crash, whose transactions nobody was told about, from damage to what was acknowledged.
 *
 *     nothing good behind                   torn, unless a checksum is wrong with all sectors there
 *     good records behind, a sector gone    torn, if one unsynced batch can hold them all
 *     good records behind otherwise         damaged
 *
 * A write that was not synced loses whole sectors, in any order, and in space that was never written before these are
 * zeros. A length past the end of the file counts as torn always: Apache starts on it (golden/disk/damaged_len_beyond).
 */
export function judgeTail(end: LogEnd, tail: TailFindings): TailVerdict {
  const oneBatch = tail.sectorMissing && tail.recordsBehind <= batchTxnsMax;
  switch (end.kind) {
    case "end":
      return "clean";
    case "empty":
    case "cutHead":
    case "cutRecord":
      return "torn";
    case "zeroLength":
    case "noEndMark":
      return tail.recordsBehind === 0 || oneBatch ? "torn" : "damaged";
    case "lostHeader":
    case "badChecksum":
      return oneBatch ? "torn" : "damaged";
    case "cutHeader":
    case "badMagic":
    case "badLength":
      return "damaged";
  }
}
