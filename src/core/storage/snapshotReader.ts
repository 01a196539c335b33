import { adler32 } from "../../../protocol/checksums.ts";
import { JuteError } from "../../../protocol/jute/juteError.ts";
import { JuteReader } from "../../../protocol/jute/reader.ts";
import { ACL } from "../../../protocol/records/client.ts";
import { vector } from "../../../protocol/jute/schema.ts";
import { statBytes } from "../tree/statLayout.ts";
import type { SnapshotSink } from "./contracts.ts";
import type { SnapshotCompression } from "./fileNames.ts";
import type { ReadableFile } from "./fileSystem.ts";
import { SnappyError, snappyHeader, snappyUncompress } from "./snappy.ts";
import { snapshotMagic } from "./snapshotWriter.ts";

/** The opposite of `Deflater`; lent by the shell. `push` throws for bytes that are no gzip. */
export interface Inflater {
  push(bytes: Uint8Array): Promise<Uint8Array>;
  end(): Promise<Uint8Array>;
}

/** Why a snapshot cannot be used; the next older one is tried. A sink throws it, or a subclass, too. */
export class SnapshotError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SnapshotError";
  }
}

const chunkBytes = 1024 * 1024;
/** Bytes by which every whole snapshot ends: the string "/". */
const sealText = [0, 0, 0, 1, 0x2f];

/** The quick look that decides whether a file may be a snapshot at all (disk.md section 4). Null, or what is wrong. */
export async function looksWhole(
  file: ReadableFile,
  compression: SnapshotCompression,
): Promise<string | null> {
  const size = await file.size();
  if (compression !== "none") {
    const head = compression === "gz" ? [0x1f, 0x8b] : [...snappyHeader.subarray(0, 8)];
    const bytes = new Uint8Array(head.length);
    const read = await file.read(bytes, head.length, 0);
    return read === head.length && head.every((byte, i) => bytes[i] === byte)
      ? null
      : `it is no ${compression} file`;
  }
  if (size < 10) return `it has ${size} bytes only`;
  const tail = new Uint8Array(5);
  await file.read(tail, 5, size - 5);
  return sealText.every((byte, i) => tail[i] === byte) ? null : "it does not end in a seal";
}

/** Loads a snapshot into the sink. Throws SnapshotError, and leaves the sink half filled, if it is not whole. */
export async function readSnapshot(
  file: ReadableFile,
  compression: SnapshotCompression,
  juteLengthMax: number,
  sink: SnapshotSink,
  inflater: () => Inflater,
): Promise<void> {
  const input = new SnapshotInput(await openChunks(file, compression, inflater), juteLengthMax);
  try {
    await readParts(input, sink);
  } catch (error) {
    if (error instanceof JuteError || error instanceof SnappyError) throw new SnapshotError(error.message);
    throw error;
  }
}

async function readParts(input: SnapshotInput, sink: SnapshotSink): Promise<void> {
  const magic = await input.take((reader) => {
    const value = reader.readInt();
    reader.readInt();
    reader.readLong();
    return value;
  });
  if (magic !== snapshotMagic) throw new SnapshotError("it does not start with ZKSN");
  await readTree(input, sink);
  await input.seal();
  await readTail(input, sink);
}

/**
 * Loads what a leader sends behind SNAP: a snapshot's content without header and seals, then `signature`. `next` gives
 * one piece of the stream after the other. Answers what it took too much. Throws SnapshotError.
 */
export async function readStreamedSnapshot(
  next: () => Promise<Uint8Array | null>,
  juteLengthMax: number,
  sink: SnapshotSink,
  signature: string,
): Promise<Uint8Array> {
  const input = new SnapshotInput(next, juteLengthMax);
  try {
    await readTree(input, sink);
    const found = await input.take((reader) => reader.readString());
    if (found !== signature) throw new SnapshotError("the signature behind it is missing");
    return input.rest();
  } catch (error) {
    if (error instanceof JuteError) throw new SnapshotError(error.message);
    throw error;
  }
}

/** Sessions, ACLs and nodes. */
async function readTree(input: SnapshotInput, sink: SnapshotSink): Promise<void> {
  const sessions = await input.take((reader) => reader.readInt());
  for (let i = 0; i < sessions; i++) {
    await input.ensure(12);
    input.takeNow((reader) => sink.session(reader.readLong(), reader.readInt()));
  }
  const aclList = vector(ACL);
  const acls = await input.take((reader) => reader.readInt());
  for (let i = 0; i < acls; i++) {
    const [id, acl] = await input.take((reader): [bigint, ACL[] | null] => [
      reader.readLong(),
      aclList.read(reader),
    ]);
    sink.acl(id, acl);
  }
  await readNodes(input, sink);
}

async function readNodes(input: SnapshotInput, sink: SnapshotSink): Promise<void> {
  let done = false;
  const readNode = (reader: JuteReader): void => {
    const path = reader.readString();
    if (path === null) throw new JuteError("VALUE", reader.position, "a node without a path");
    if (path === "/") {
      done = true;
      return;
    }
    const data = reader.readBuffer();
    const aclId = reader.readLong();
    const stat = reader.position;
    if (reader.remaining < statBytes) throw new JuteError("EOF", stat, "a node without its stat");
    reader.position = stat + statBytes;
    sink.node(path, data, aclId, reader.bytes, stat);
  };
  while (!done) {
    if (!input.tryNow(readNode)) await input.fill();
  }
}

/** What follows the first seal: digest, last processed zxid, either, or nothing. */
async function readTail(input: SnapshotInput, sink: SnapshotSink): Promise<void> {
  await input.fillAll();
  if (input.left === 0) return;
  if (input.left > 21) {
    input.takeNow((reader) => {
      const zxid = reader.readLong();
      const version = reader.readInt();
      if (version >= 2) return sink.digest(zxid, version, reader.readLong());
      reader.readString();
      sink.digest(zxid, version, null);
    });
    await input.seal();
  }
  if (input.left === 0) return;
  sink.lastProcessedZxid(input.takeNow((reader) => reader.readLong()));
  await input.seal();
}

/** The uncompressed stream, cut into records; keeps the running checksum. */
class SnapshotInput {
  readonly #next: () => Promise<Uint8Array | null>;
  readonly #reader: JuteReader;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #checksum = 1;
  #ended = false;

  constructor(next: () => Promise<Uint8Array | null>, juteLengthMax: number) {
    this.#next = next;
    this.#reader = new JuteReader(this.#bytes, 0, 0, juteLengthMax);
  }

  /** Bytes in memory that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** What is in memory and was not read. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  /** Reads one record from what is in memory; throws JuteError EOF if that is not enough. */
  takeNow<T>(read: (reader: JuteReader) => T): T {
    const reader = this.#reader;
    reader.reset(this.#bytes, this.#at, this.#bytes.length);
    const value = read(reader);
    this.#checksum = adler32(this.#bytes, this.#at, reader.position, this.#checksum);
    this.#at = reader.position;
    return value;
  }

  /** As `takeNow`, but false when more bytes are needed. */
  tryNow(read: (reader: JuteReader) => void): boolean {
    try {
      this.takeNow(read);
      return true;
    } catch (error) {
      if (error instanceof JuteError && error.code === "EOF" && !this.#ended) return false;
      throw error;
    }
  }

  /** Reads one record, fetching more of the stream until it is whole. */
  async take<T>(read: (reader: JuteReader) => T): Promise<T> {
    for (;;) {
      try {
        return this.takeNow(read);
      } catch (error) {
        if (!(error instanceof JuteError) || error.code !== "EOF" || this.#ended) throw error;
        await this.fill();
      }
    }
  }

  async ensure(bytes: number): Promise<void> {
    while (this.left < bytes && !this.#ended) await this.fill();
  }

  async fill(): Promise<void> {
    const chunk = await this.#next();
    if (chunk === null) {
      this.#ended = true;
      return;
    }
    const left = this.left;
    if (left === 0) {
      this.#bytes = chunk;
    } else {
      const joined = new Uint8Array(left + chunk.length);
      joined.set(this.#bytes.subarray(this.#at));
      joined.set(chunk, left);
      this.#bytes = joined;
    }
    this.#at = 0;
  }

  async fillAll(): Promise<void> {
    while (!this.#ended) await this.fill();
  }

  async seal(): Promise<void> {
    const expected = BigInt(this.#checksum);
    const found = await this.take((reader) => {
      const value = reader.readLong();
      reader.readString();
      return value;
    });
    if (found !== expected) throw new SnapshotError("its checksum is wrong");
  }
}

/** A function that gives one piece of the uncompressed stream after the other, then null. */
async function openChunks(
  file: ReadableFile,
  compression: SnapshotCompression,
  inflater: () => Inflater,
): Promise<() => Promise<Uint8Array | null>> {
  const fileBytes = await file.size();
  let position = 0;
  const raw = async (): Promise<Uint8Array | null> => {
    const chunk = new Uint8Array(Math.min(chunkBytes, fileBytes - position));
    const read = chunk.length === 0 ? 0 : await file.read(chunk, chunk.length, position);
    position += read;
    return read === 0 ? null : chunk.subarray(0, read);
  };
  if (compression === "none") return raw;
  if (compression === "gz") return inflateChunks(raw, inflater());
  const header = new Uint8Array(snappyHeader.length);
  await file.read(header, header.length, 0);
  position = header.length;
  return snappyChunks(file, header.length);
}

function inflateChunks(
  raw: () => Promise<Uint8Array | null>,
  inflater: Inflater,
): () => Promise<Uint8Array | null> {
  let ended = false;
  return async () => {
    while (!ended) {
      const chunk = await raw();
      const bytes = await inflate(inflater, chunk);
      if (chunk === null) ended = true;
      if (bytes.length > 0) return bytes;
    }
    return null;
  };
}

/** Whatever a stream of gzip objects to is a fault of the file. */
async function inflate(inflater: Inflater, chunk: Uint8Array | null): Promise<Uint8Array> {
  try {
    return chunk === null ? await inflater.end() : await inflater.push(chunk);
  } catch (error) {
    throw new SnapshotError(error instanceof Error ? error.message : String(error));
  }
}

/** Blocks of snappy-java's stream: int32 length, raw block; nothing legal is longer than 64 MiB. */
function snappyChunks(file: ReadableFile, start: number): () => Promise<Uint8Array | null> {
  const blockBytesMax = 64 * 1024 * 1024;
  let position = start;
  return async () => {
    const head = new Uint8Array(4);
    const headRead = await file.read(head, 4, position);
    if (headRead === 0) return null;
    const length = new DataView(head.buffer).getInt32(0);
    if (headRead < 4 || length <= 0 || length > blockBytesMax)
      throw new SnappyError("a bad snappy block length");
    const block = new Uint8Array(length);
    const read = await file.read(block, length, position + 4);
    if (read < length) throw new SnappyError("the snappy stream ends early");
    position += 4 + length;
    return snappyUncompress(block, blockBytesMax);
  };
}
