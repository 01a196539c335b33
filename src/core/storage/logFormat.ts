import { adler32 } from "../../../protocol/checksums.ts";

/** "ZKLG", the version, and a dbid of 0: 16 bytes. Only the magic is ever checked. */
export const logMagic = 0x5a4b4c47;
export const logHeaderBytes = 16;
/** int64 checksum, int32 length. */
export const recordHeadBytes = 12;
/** 'B', behind each record. */
export const endOfRecord = 0x42;

export function writeLogHeader(target: Uint8Array): void {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  view.setInt32(0, logMagic);
  view.setInt32(4, 2);
  view.setBigInt64(8, 0n);
}

/**
 * Size that a file is grown to before an append that would end at `end` (FilePadding): more by `preAllocBytes` once
 * less than 4 KiB are left. Unchanged when there is room, or when preallocation is off.
 */
export function paddedSize(end: number, size: number, preAllocBytes: number): number {
  if (preAllocBytes <= 0 || end + 4096 < size) return size;
  if (end <= size) return size + preAllocBytes;
  const grown = end + preAllocBytes;
  return grown - (grown % preAllocBytes);
}

/** How the records of a log end. */
export type LogEnd =
  | { readonly kind: "clean" }
  | { readonly kind: "empty" }
  | { readonly kind: "torn"; readonly why: string }
  | { readonly kind: "damaged"; readonly why: string };

/** What stands at an offset of a log, seen in bytes[at, end) of which `last` says that the file ends there. */
export type RecordView =
  | { readonly kind: "record"; readonly start: number; readonly end: number; readonly next: number }
  | { readonly kind: "more"; readonly bytes: number }
  | LogEnd;

/**
 * Looks at one record. `more` asks for at least so many bytes from `at` on. A wrong checksum is reported as damage;
 * whether it is the torn end of the log depends on what stands behind it (see `findRecord`).
 */
export function viewRecord(
  bytes: Uint8Array,
  at: number,
  end: number,
  fileLeft: number,
  bodyBytesMax: number,
): RecordView {
  const left = end - at;
  if (fileLeft === 0) return { kind: "clean" };
  if (fileLeft < recordHeadBytes) {
    if (left < fileLeft) return { kind: "more", bytes: fileLeft };
    return isZero(bytes, at, end) ? { kind: "clean" } : { kind: "torn", why: "the file ends inside a record's head" };
  }
  if (left < recordHeadBytes) return { kind: "more", bytes: recordHeadBytes };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getInt32(at + 8);
  if (length === 0) {
    return isZero(bytes, at, at + 8) ? { kind: "clean" } : { kind: "torn", why: "a record without a body" };
  }
  if (length < 0 || length > bodyBytesMax) return { kind: "damaged", why: `a record length of ${length}` };
  const whole = recordHeadBytes + length + 1;
  if (recordHeadBytes + length > fileLeft) return { kind: "torn", why: "a record goes past the end of the file" };
  if (whole > fileLeft) return { kind: "torn", why: "a record lacks its end mark" };
  if (left < whole) return { kind: "more", bytes: whole };
  const start = at + recordHeadBytes;
  const bodyEnd = start + length;
  if (bytes[bodyEnd] !== endOfRecord) return { kind: "torn", why: "a record lacks its end mark" };
  if (!isChecksum(view, at, adler32(bytes, start, bodyEnd))) return { kind: "damaged", why: "a wrong checksum" };
  return { kind: "record", start, end: bodyEnd, next: bodyEnd + 1 };
}

function isChecksum(view: DataView, at: number, checksum: number): boolean {
  return view.getUint32(at) === 0 && view.getUint32(at + 4) === checksum;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** Offset of the first whole record with a good checksum in bytes[from, end), or -1: what damage would cut off. */
export function findRecord(bytes: Uint8Array, from: number, end: number, bodyBytesMax: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = from; at + recordHeadBytes + 32 < end; at++) {
    if (view.getUint32(at) !== 0) continue;
    const length = view.getInt32(at + 8);
    const bodyEnd = at + recordHeadBytes + length;
    if (length < 32 || length > bodyBytesMax || bodyEnd >= end || bytes[bodyEnd] !== endOfRecord) continue;
    if (view.getUint32(at + 4) === adler32(bytes, at + recordHeadBytes, bodyEnd)) return at;
  }
  return -1;
}
