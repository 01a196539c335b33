/** Pieces of a snapshot that may wait to be taken in, bytes. */
const rawBytesMax = 4 * 1024 * 1024;

/** The pieces of a snapshot on the wire, pushed by the socket and pulled by its reader. */
export class RawPieces {
  readonly #pause: () => void;
  readonly #resume: () => void;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isAborted = false;
  #waiting: ((piece: Uint8Array | null) => void) | null = null;

  constructor(pause: () => void, resume: () => void) {
    this.#pause = pause;
    this.#resume = resume;
  }

  push(bytes: Uint8Array, start: number, end: number): -1 {
    const piece = new Uint8Array(bytes.subarray(start, end));
    if (this.#waiting !== null) {
      const give = this.#waiting;
      this.#waiting = null;
      give(piece);
      return -1;
    }
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes > rawBytesMax) this.#pause();
    return -1;
  }

  /** The next piece; null when the connection is gone. */
  readonly next = (): Promise<Uint8Array | null> => {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#bytes -= piece.length;
      if (this.#bytes <= rawBytesMax) this.#resume();
      return Promise.resolve(piece);
    }
    if (this.#isAborted) return Promise.resolve(null);
    return new Promise((resolve) => (this.#waiting = resolve));
  };

  takeAll(): Uint8Array[] {
    return this.#pieces.splice(0);
  }

  abort(): void {
    this.#isAborted = true;
    this.#pieces = [];
    this.#waiting?.(null);
    this.#waiting = null;
  }
}
