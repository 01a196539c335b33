import type { FileHandle } from "./fileSystem.ts";
import { findRecord, logHeaderBytes, logMagic, viewRecord, type LogEnd } from "./logFormat.ts";

/** How a log ended, and where its good records do. */
export interface LogScan {
  readonly end: LogEnd;
  /** Offset behind the last good record. */
  readonly goodEnd: number;
  readonly fileBytes: number;
  readonly recordCount: number;
  /** Offset of a good record behind the damage, or -1. */
  readonly recordBehind: number;
}

const chunkBytes = 1024 * 1024;

/**
 * Reads a log record by record. `onRecord` gets each body as bytes[start, end), valid during the call, with the
 * record's offset in the file. Memory stays at one chunk, or one record if that is longer.
 */
export async function readLog(
  file: FileHandle,
  bodyBytesMax: number,
  onRecord: (bytes: Uint8Array, start: number, end: number, offset: number) => void,
): Promise<LogScan> {
  const fileBytes = await file.size();
  if (fileBytes === 0) return scan({ kind: "empty" }, 0, 0, 0);
  const header = new Uint8Array(logHeaderBytes);
  const headerRead = await file.read(header, logHeaderBytes, 0);
  if (headerRead < logHeaderBytes) {
    return scan({ kind: "damaged", why: "a file header that is cut short" }, 0, fileBytes, 0);
  }
  if (new DataView(header.buffer).getInt32(0) !== logMagic) {
    return scan({ kind: "damaged", why: "a file that does not start with ZKLG" }, 0, fileBytes, 0);
  }

  const window = new Window(file, logHeaderBytes);
  let count = 0;
  for (;;) {
    const left = fileBytes - window.position;
    const view = viewRecord(window.bytes, window.at, window.end, left, bodyBytesMax);
    if (view.kind === "more") {
      await window.fill(view.bytes);
    } else if (view.kind === "record") {
      onRecord(window.bytes, view.start, view.end, window.position);
      count++;
      window.advance(view.next);
    } else {
      const behind = view.kind === "clean" ? -1 : await recordBehind(file, window.position, fileBytes, bodyBytesMax);
      return scan(view, window.position, fileBytes, count, behind);
    }
  }
}

function scan(end: LogEnd, goodEnd: number, fileBytes: number, recordCount: number, recordBehind = -1): LogScan {
  return { end, goodEnd, fileBytes, recordCount, recordBehind };
}

/** Looks through what is left of the file for a record that would be lost; padding is zero and costs little. */
async function recordBehind(file: FileHandle, from: number, fileBytes: number, bodyBytesMax: number): Promise<number> {
  const size = Math.min(fileBytes - from - 1, 64 * 1024 * 1024);
  if (size <= 0) return -1;
  const bytes = new Uint8Array(size);
  const read = await file.read(bytes, size, from + 1);
  let end = read;
  while (end > 0 && bytes[end - 1] === 0) end--;
  const found = findRecord(bytes, 0, end, bodyBytesMax);
  return found < 0 ? -1 : from + 1 + found;
}

/** A part of the file in memory: bytes[at, end) stand at `position` in the file. */
class Window {
  bytes: Uint8Array = new Uint8Array(chunkBytes);
  at = 0;
  end = 0;
  position: number;
  readonly #file: FileHandle;

  constructor(file: FileHandle, position: number) {
    this.#file = file;
    this.position = position;
  }

  advance(next: number): void {
    this.position += next - this.at;
    this.at = next;
  }

  /** Makes at least `needed` bytes available, as far as the file has them. */
  async fill(needed: number): Promise<void> {
    const kept = this.end - this.at;
    const target = needed > this.bytes.length ? new Uint8Array(Math.max(needed, chunkBytes)) : this.bytes;
    target.set(this.bytes.subarray(this.at, this.end));
    this.bytes = target;
    this.at = 0;
    this.end = kept;
    const room = this.bytes.subarray(kept);
    this.end += await this.#file.read(room, room.length, this.position + kept);
  }
}
