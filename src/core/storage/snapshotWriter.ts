import { adler32 } from "../../../protocol/checksums.ts";
import { JuteWriter } from "../../../protocol/jute/writer.ts";
import type { SnapshotSource } from "./contracts.ts";
import { datasync } from "./datasync.ts";
import { snapshotName, type SnapshotCompression } from "./fileNames.ts";
import type { FileHandle, FileSystem } from "./fileSystem.ts";
import { snappyBlockBytes, snappyCompress, snappyHeader } from "./snappy.ts";

/** "ZKSN". */
export const snapshotMagic = 0x5a4b534e;

/** A stream of gzip bytes; the shell lends it. */
export interface Deflater {
  /** Compressed bytes that have come out so far; may be empty. */
  push(bytes: Uint8Array): Promise<Uint8Array>;
  end(): Promise<Uint8Array>;
}

export interface SnapshotOptions {
  readonly compression: SnapshotCompression;
  /** Whether the digest part is written (digest.enabled). */
  readonly withDigest: boolean;
  /** Whether the last processed zxid is written (serializeLastProcessedZxid.enabled). */
  readonly withLastZxid: boolean;
}

/** Bytes and nodes of one slice, after which other work gets its turn. */
const sliceBytes = 128 * 1024;
const sliceNodes = 1000;

/**
 * Bytes of a snapshot that may wait for the disk. Synced only at its end, a large one would be in the way of the log's
 * next sync, for which writers wait, with all that the system had not written yet.
 */
const unsyncedBytesMax = 2 * 1024 * 1024;

/**
 * Writes a snapshot file in slices: to `<name>.tmp`, synced, renamed, and the folder synced, so that a file under its
 * final name is always whole. Returns the name. `nextSlice` lets the event loop serve clients in between.
 */
export async function writeSnapshot(
  fileSystem: FileSystem,
  directory: string,
  source: SnapshotSource,
  options: SnapshotOptions,
  nextSlice: () => Promise<void>,
  deflater: () => Deflater,
): Promise<string> {
  const name = snapshotName(source.zxid, options.compression);
  const temporary = `${directory}/${name}.tmp`;
  const file = await fileSystem.open(temporary, "w");
  try {
    const output = new SealedOutput(
      file,
      options.compression,
      options.compression === "gz" ? deflater() : null,
    );
    await output.start();
    await writeParts(output, source, options, nextSlice);
    await output.finish();
  } finally {
    await file.close();
  }
  await fileSystem.rename(temporary, `${directory}/${name}`);
  await fileSystem.syncDirectory(directory);
  return name;
}

async function writeParts(
  output: SealedOutput,
  source: SnapshotSource,
  options: SnapshotOptions,
  nextSlice: () => Promise<void>,
): Promise<void> {
  const { writer } = output;
  writer.writeInt(snapshotMagic);
  writer.writeInt(2);
  writer.writeLong(-1n);
  source.writeSessions(writer);
  await output.flush();
  source.writeAcls(writer);
  await output.flush();
  for (let more = true; more;) {
    more = source.writeNodes(writer, sliceBytes, sliceNodes);
    await output.flush();
    await nextSlice();
  }
  const { zxid, digest } = source.digestAtEnd();
  writer.writeString("/");
  output.seal();
  if (options.withDigest) {
    writer.writeLong(zxid);
    writer.writeInt(2);
    writer.writeLong(BigInt.asIntN(64, digest));
    output.seal();
  }
  if (options.withLastZxid) {
    // The zxid that was reached, as the digest's, not that of the name (golden/disk/fuzzy).
    writer.writeLong(zxid);
    output.seal();
  }
  await output.flush();
}

/**
 * The content of a snapshot as a leader sends it behind SNAP: no header, no seals, `signature` at the end. `write`
 * settles when there is room for more.
 */
export async function streamSnapshot(
  source: SnapshotSource,
  signature: string,
  write: (bytes: Uint8Array) => Promise<void>,
  nextSlice: () => Promise<void>,
): Promise<void> {
  const writer = new JuteWriter(256 * 1024);
  try {
    source.writeSessions(writer);
    source.writeAcls(writer);
    for (let more = true; more;) {
      more = source.writeNodes(writer, sliceBytes, sliceNodes);
      await write(writer.copy());
      writer.clear();
      await nextSlice();
    }
    writer.writeString("/");
    writer.writeString(signature);
    await write(writer.copy());
  } finally {
    source.end();
  }
}

/** Bytes on their way to the file: checksummed as they are, then compressed. */
class SealedOutput {
  readonly writer = new JuteWriter(256 * 1024);
  readonly #file: FileHandle;
  readonly #compression: SnapshotCompression;
  readonly #deflater: Deflater | null;
  #checksum = 1;
  /** How much of `writer` the checksum covers. */
  #summed = 0;
  #position = 0;
  #unsynced = 0;

  constructor(file: FileHandle, compression: SnapshotCompression, deflater: Deflater | null) {
    this.#file = file;
    this.#compression = compression;
    this.#deflater = deflater;
  }

  async start(): Promise<void> {
    if (this.#compression === "snappy") await this.#write(snappyHeader);
  }

  #sum(): void {
    this.#checksum = adler32(this.writer.view(), this.#summed, this.writer.length, this.#checksum);
    this.#summed = this.writer.length;
  }

  /** Adler-32 of everything before it, then the string "/". */
  seal(): void {
    this.#sum();
    this.writer.writeLong(BigInt(this.#checksum));
    this.writer.writeString("/");
  }

  async flush(): Promise<void> {
    this.#sum();
    const bytes = this.writer.view();
    if (this.#deflater !== null) await this.#write(await this.#deflater.push(bytes));
    else if (this.#compression === "snappy") await this.#writeSnappy(bytes);
    else await this.#write(bytes);
    this.writer.clear();
    this.#summed = 0;
  }

  async #writeSnappy(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += snappyBlockBytes) {
      const block = snappyCompress(bytes.subarray(at, at + snappyBlockBytes));
      const framed = new Uint8Array(4 + block.length);
      new DataView(framed.buffer).setInt32(0, block.length);
      framed.set(block, 4);
      await this.#write(framed);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    const position = this.#position;
    this.#position += bytes.length;
    await new Promise<void>((resolve, reject) => {
      this.#file.write(bytes, position, (error) => (error === null ? resolve() : reject(error)));
    });
    this.#unsynced += bytes.length;
    if (this.#unsynced < unsyncedBytesMax) return;
    this.#unsynced = 0;
    await datasync(this.#file);
  }

  async finish(): Promise<void> {
    if (this.#deflater !== null) await this.#write(await this.#deflater.end());
    await datasync(this.#file);
  }
}
