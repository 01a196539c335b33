import { createGunzip, createGzip, type Gunzip, type Gzip } from "node:zlib";
import type { Inflater } from "../../core/storage/snapshotReader.ts";
import type { Deflater } from "../../core/storage/snapshotWriter.ts";

/** A gzip stream as the storage wants it: bytes in, and out whatever has become ready. */
class GzipPipe implements Deflater, Inflater {
  readonly #stream: Gzip | Gunzip;
  #chunks: Uint8Array[] = [];
  #error: Error | null = null;

  constructor(stream: Gzip | Gunzip) {
    this.#stream = stream;
    stream.on("data", (chunk: Uint8Array) => this.#chunks.push(chunk));
    stream.on("error", (error: Error) => (this.#error = error));
  }

  async push(bytes: Uint8Array): Promise<Uint8Array> {
    // The stream keeps the bytes for longer than the caller does.
    const copy = bytes.slice();
    await new Promise<void>((resolve) => this.#stream.write(copy, () => resolve()));
    return this.#take();
  }

  async end(): Promise<Uint8Array> {
    await new Promise<void>((resolve) => {
      this.#stream.once("end", resolve);
      this.#stream.once("error", () => resolve());
      if (this.#error !== null) resolve();
      this.#stream.end();
    });
    return this.#take();
  }

  #take(): Uint8Array {
    if (this.#error !== null) throw this.#error;
    const chunks = this.#chunks;
    this.#chunks = [];
    return Buffer.concat(chunks);
  }
}

export function gzipDeflater(): Deflater {
  return new GzipPipe(createGzip());
}

export function gzipInflater(): Inflater {
  return new GzipPipe(createGunzip());
}
