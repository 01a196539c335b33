import { counterOf, epochOf, formatHex } from "../../../protocol/longs.ts";
import { OpCode } from "../../../protocol/opcodes.ts";
import { damagedDataExitCode, StorageError } from "./storageError.ts";

/** Offsets in a TxnHeader. */
const zxidAt = 12;
const typeAt = 28;

/** Zxid in the header of a transaction; -1 for bytes that are too few for one. */
export function recordZxid(bytes: Uint8Array, start: number, end: number): bigint {
  if (end - start < typeAt + 4) return -1n;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(start + zxidAt);
}

/**
 * Guards the order of what is replayed: within an epoch each zxid is one more than the last, and an epoch begins with
 * counter 1, so that a lost file or record cannot go unseen.
 */
export class ZxidOrder {
  /** Newest transaction of all, that of the snapshot at first. */
  last: bigint;
  /** Transactions after the snapshot. */
  count = 0;
  readonly #snapshot: bigint;
  readonly #warn: (message: string) => void;
  #seen: bigint | null = null;

  constructor(snapshot: bigint, warn: (message: string) => void) {
    this.#snapshot = snapshot;
    this.#warn = warn;
    this.last = snapshot;
  }

  /** Whether the record is newer than all before it. Throws StorageError GAP where one is missing before it. */
  isNew(bytes: Uint8Array, start: number, end: number, path: string, offset: number): boolean {
    if (end - start < typeAt + 4) {
      throw new StorageError(
        "DAMAGED_LOG",
        damagedDataExitCode,
        `log ${path} at offset ${offset}: a record of ${end - start} bytes`,
      );
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const zxid = view.getBigInt64(start + zxidAt);
    const before = this.#seen ?? (zxid > this.#snapshot ? this.#snapshot : null);
    if (before !== null && zxid > before && !follows(before, zxid)) {
      throw new StorageError(
        "GAP",
        damagedDataExitCode,
        `log ${path} at offset ${offset}: transaction ${formatHex(zxid)} follows ${formatHex(before)}; those between ` +
          "are missing. Restore the missing log, or start from a backup or another server's folder",
      );
    }
    if (before !== null && zxid <= before)
      this.#repeated(zxid, before, view.getInt32(start + typeAt), path, offset);
    if (this.#seen === null || zxid > this.#seen) this.#seen = zxid;
    if (zxid <= this.last) return false;
    this.last = zxid;
    this.count++;
    return true;
  }

  /** Apache logs an error under the last zxid for a request that it cannot read, which says nothing new. */
  #repeated(zxid: bigint, before: bigint, type: number, path: string, offset: number): void {
    if (zxid === before && type === OpCode.error) return;
    this.#warn(
      `log ${path} at offset ${offset}: transaction ${formatHex(zxid)} stands behind ${formatHex(before)} and is left out`,
    );
  }
}

/** Whether `zxid` may stand right behind `before` in a history. */
export function follows(before: bigint, zxid: bigint): boolean {
  if (zxid === before + 1n) return true;
  return epochOf(zxid) > epochOf(before) && counterOf(zxid) <= 1;
}
