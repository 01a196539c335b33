import type { ReadableFile } from "../../core/storage/fileSystem.ts";

/** Lines on their way to a stream; keeps memory low behind a slow reader, and stops quietly when it goes away. */
export class LineOutput {
  /** True once the reader has gone (`| head`): nothing more needs to be printed. */
  closed = false;
  readonly #out: NodeJS.WritableStream;
  #pending: string[] = [];
  #pendingLength = 0;
  #full = false;
  #release: () => void = () => undefined;
  readonly #onDrain = (): void => {
    this.#full = false;
    this.#release();
  };
  readonly #onGone = (): void => {
    this.closed = true;
    this.#release();
  };

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
    out.on("drain", this.#onDrain);
    out.on("error", this.#onGone);
  }

  line(text: string): void {
    if (this.closed) return;
    this.#pending.push(text);
    this.#pendingLength += text.length;
    if (this.#pendingLength > 64 * 1024) this.#flush();
  }

  #flush(): void {
    if (this.#pending.length === 0 || this.closed) return;
    const text = `${this.#pending.join("\n")}\n`;
    this.#pending = [];
    this.#pendingLength = 0;
    if (!this.#out.write(text)) this.#full = true;
  }

  /** Settles when the stream takes more. */
  async ready(): Promise<void> {
    this.#flush();
    if (this.#full && !this.closed) await new Promise<void>((resolve) => (this.#release = resolve));
  }

  /** A file that is read only as fast as its lines are taken. */
  paced(file: ReadableFile): ReadableFile {
    return {
      size: () => file.size(),
      read: async (target, length, position) => {
        await this.ready();
        return file.read(target, length, position);
      },
    };
  }

  async end(): Promise<void> {
    await this.ready();
    this.#out.off("drain", this.#onDrain);
    // A late error of a reader that has gone must still find somebody.
    if (!this.closed) this.#out.off("error", this.#onGone);
  }
}

/** Prints one file after the other until the reader has gone. Settles with 0, or 1 if `print` said false of any. */
export async function printFiles(
  files: readonly string[],
  out: NodeJS.WritableStream,
  print: (file: string, output: LineOutput) => Promise<boolean>,
): Promise<number> {
  const output = new LineOutput(out);
  let exitCode = 0;
  for (const file of files) {
    if (output.closed) break;
    if (!(await print(file, output))) exitCode = 1;
  }
  await output.end();
  return exitCode;
}
