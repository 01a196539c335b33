import type { ReadableFile } from "./fileSystem.ts";
import { isZero, logHeaderBytes, logMagic, viewRecord, type LogEnd } from "./logFormat.ts";
import { inspectTail, noTail, sectorBytes, type TailFindings } from "./tailDamage.ts";

/** How a log ended, and where its good records do. */
export interface LogScan {
  readonly end: LogEnd;
  /** Offset behind the last good record. */
  readonly goodEnd: number;
  readonly fileBytes: number;
  readonly recordCount: number;
  /** What stands behind the last good record if the log does not end well. */
  readonly tail: TailFindings;
}

const chunkBytes = 1024 * 1024;
/** How much behind the damage is searched for good records. */
const tailBytesMax = 64 * 1024 * 1024;

/**
 * Reads a log record by record. `onRecord` gets each body as bytes[start, end), valid during the call, with the
 * record's offset in the file. Memory stays at one chunk, or one record if that is longer.
 */
export async function readLog(
  file: ReadableFile,
  bodyBytesMax: number,
  onRecord: (bytes: Uint8Array, start: number, end: number, offset: number) => void,
): Promise<LogScan> {
  const fileBytes = await file.size();
  const wrong = await checkHeader(file, fileBytes);
  if (wrong !== null) {
    const tail = wrong === "lostHeader" ? await readTail(file, 0, fileBytes, bodyBytesMax) : noTail;
    return { end: { kind: wrong, length: 0 }, goodEnd: 0, fileBytes, recordCount: 0, tail };
  }
  const window = new Window(file, logHeaderBytes, Math.min(chunkBytes, fileBytes));
  let recordCount = 0;
  for (;;) {
    const left = fileBytes - window.position;
    const view = viewRecord(window.bytes, window.at, window.end, left, bodyBytesMax);
    if (view.kind === "more") {
      await window.fill(view.bytes);
    } else if (view.kind === "record") {
      onRecord(window.bytes, view.start, view.end, window.position);
      recordCount++;
      window.advance(view.next);
    } else {
      const goodEnd = window.position;
      const tail = view.kind === "end" ? noTail : await readTail(file, goodEnd, fileBytes, bodyBytesMax);
      return { end: view, goodEnd, fileBytes, recordCount, tail };
    }
  }
}

async function checkHeader(
  file: ReadableFile,
  fileBytes: number,
): Promise<"empty" | "lostHeader" | "cutHeader" | "badMagic" | null> {
  if (fileBytes === 0) return "empty";
  const sector = new Uint8Array(sectorBytes);
  const read = await file.read(sector, sectorBytes, 0);
  if (new DataView(sector.buffer).getInt32(0) === logMagic && read >= logHeaderBytes) return null;
  if (isZero(sector, 0, read)) return (await isBlank(file, fileBytes)) ? "empty" : "lostHeader";
  return read < logHeaderBytes ? "cutHeader" : "badMagic";
}

/** Space was set aside, and the write that was to fill it did not reach the disk. */
async function isBlank(file: ReadableFile, fileBytes: number): Promise<boolean> {
  const chunk = new Uint8Array(Math.min(chunkBytes, fileBytes));
  for (let position = 0; position < fileBytes;) {
    const read = await file.read(chunk, chunk.length, position);
    if (read === 0) break;
    if (!isZero(chunk, 0, read)) return false;
    position += read;
  }
  return true;
}

async function readTail(
  file: ReadableFile,
  goodEnd: number,
  fileBytes: number,
  bodyBytesMax: number,
): Promise<TailFindings> {
  const bytes = new Uint8Array(Math.min(fileBytes - goodEnd, tailBytesMax));
  const read = await file.read(bytes, bytes.length, goodEnd);
  let end = read;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return inspectTail(bytes.subarray(0, read), end, goodEnd, bodyBytesMax);
}

/** A part of the file in memory: bytes[at, end) stand at `position` in the file. */
class Window {
  bytes: Uint8Array;
  at = 0;
  end = 0;
  position: number;
  readonly #file: ReadableFile;

  constructor(file: ReadableFile, position: number, bytes: number) {
    this.#file = file;
    this.position = position;
    this.bytes = new Uint8Array(bytes);
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
