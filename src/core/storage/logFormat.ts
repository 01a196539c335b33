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
 * Size that a file is grown to before an append at `position` (FilePadding): more by `preAllocBytes` once less than
 * 4 KiB are left of `size`, the size it was grown to before. Unchanged when there is room, or preallocation is off.
 */
export function paddedSize(position: number, size: number, preAllocBytes: number): number {
  if (preAllocBytes <= 0 || position + 4096 < size) return size;
  if (position <= size) return size + preAllocBytes;
  const grown = position + preAllocBytes;
  return grown - (grown % preAllocBytes);
}

/** How the records of a log end. */
export type LogEndKind =
  | "end" // the file ends behind a record, or zeros follow
  | "empty" // 0 bytes, or nothing but zeros: created, and never written
  | "lostHeader" // the first sector is zero, others are not
  | "cutHeader"
  | "badMagic"
  | "cutHead"
  | "cutRecord"
  | "zeroLength"
  | "noEndMark"
  | "badChecksum"
  | "badLength";

/** `length` is that of the body which the last head announces; 0 where there is none. */
export interface LogEnd {
  readonly kind: LogEndKind;
  readonly length: number;
}

/** What stands at an offset of a log: a record whose body is bytes[start, end), or the end; or more bytes are needed. */
export type RecordView =
  | { readonly kind: "record"; readonly start: number; readonly end: number; readonly next: number }
  | { readonly kind: "more"; readonly bytes: number }
  | LogEnd;

/**
 * Looks at one record at bytes[at, end), of which the file has `fileLeft` bytes from `at` on. `more` asks for at least
 * so many bytes from `at` on. What to make of a bad end is for `judgeTail`.
 */
export function viewRecord(
  bytes: Uint8Array,
  at: number,
  end: number,
  fileLeft: number,
  bodyBytesMax: number,
): RecordView {
  const left = end - at;
  if (fileLeft === 0) return { kind: "end", length: 0 };
  if (fileLeft < recordHeadBytes) {
    if (left < fileLeft) return { kind: "more", bytes: fileLeft };
    return { kind: isZero(bytes, at, end) ? "end" : "cutHead", length: 0 };
  }
  if (left < recordHeadBytes) return { kind: "more", bytes: recordHeadBytes };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getInt32(at + 8);
  if (length === 0) return { kind: isZero(bytes, at, at + 8) ? "end" : "zeroLength", length };
  if (length < 0 || length > bodyBytesMax) return { kind: "badLength", length };
  const whole = recordHeadBytes + length + 1;
  if (whole > fileLeft) return { kind: "cutRecord", length };
  if (left < whole) return { kind: "more", bytes: whole };
  const start = at + recordHeadBytes;
  const bodyEnd = start + length;
  if (bytes[bodyEnd] !== endOfRecord) return { kind: "noEndMark", length };
  if (!isChecksum(view, at, adler32(bytes, start, bodyEnd))) return { kind: "badChecksum", length };
  return { kind: "record", start, end: bodyEnd, next: bodyEnd + 1 };
}

function isChecksum(view: DataView, at: number, checksum: number): boolean {
  return view.getUint32(at) === 0 && view.getUint32(at + 4) === checksum;
}

export function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** The end of a log in words, for messages: "log x at offset n …". */
export function describeEnd({ kind, length }: LogEnd): string {
  switch (kind) {
    case "end":
      return "ends behind a record";
    case "empty":
      return "holds nothing";
    case "lostHeader":
      return "lacks its first sector";
    case "cutHeader":
      return "is cut inside its 16-byte header";
    case "badMagic":
      return "does not start with ZKLG";
    case "cutHead":
      return "ends inside the head of a record";
    case "cutRecord":
      return `ends before a record of ${length} bytes does`;
    case "zeroLength":
      return "has a record with a checksum and no length";
    case "noEndMark":
      return `has a record of ${length} bytes without its end mark`;
    case "badChecksum":
      return `has a record of ${length} bytes whose checksum is wrong`;
    case "badLength":
      return `has a record with a length of ${length}`;
  }
}
