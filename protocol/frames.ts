/** What a `FrameSplitter` hands frames to. */
export interface FrameSink {
  /**
   * One frame without its length, in `bytes[start, end)`; valid during the call only. False stops the splitter: it
   * keeps what is left for `resume`.
   */
  onFrame(bytes: Uint8Array, start: number, end: number): boolean;
  /** A length that no frame has. The stream is lost; nothing more will be handed over. */
  onBadLength(length: number): void;
  /** Asked before a length is judged, while it may still be a four-letter word; true: it was one, the stream is theirs. */
  onLength?(length: number): boolean;
}

/**
 * Cuts a byte stream into frames of a four-byte length and as many bytes (client.md section 1). A frame that lies
 * within one chunk is handed over in place; one that spans chunks is collected in a block that grows with the bytes
 * that have come, never with the length that was claimed.
 */
export class FrameSplitter {
  readonly #frameBytesMax: number;
  readonly #sink: FrameSink;
  /** Bytes of an unfinished frame, length included; or what was left when the sink said stop. */
  #held: Uint8Array = new Uint8Array(0);
  #heldLength = 0;
  #stopped = false;
  #dead = false;

  constructor(frameBytesMax: number, sink: FrameSink) {
    this.#frameBytesMax = frameBytesMax;
    this.#sink = sink;
  }

  /** Bytes kept for later. */
  get heldBytes(): number {
    return this.#heldLength;
  }

  push(chunk: Uint8Array): void {
    if (this.#dead) return;
    if (this.#stopped || this.#heldLength > 0) {
      this.#hold(chunk, 0);
      if (!this.#stopped) this.#drain();
      return;
    }
    const used = this.#split(chunk, chunk.length);
    if (used < chunk.length && !this.#dead) this.#hold(chunk, used);
  }

  /** Goes on after the sink has stopped the splitter. */
  resume(): void {
    if (!this.#stopped || this.#dead) return;
    this.#stopped = false;
    this.#drain();
  }

  /** Drops everything; nothing is handed over any more. */
  end(): void {
    this.#dead = true;
    this.#held = new Uint8Array(0);
    this.#heldLength = 0;
  }

  /** Takes out what is held, for a reader that takes the stream over after `onLength`. */
  takeHeld(): Uint8Array {
    const rest = this.#held.slice(0, this.#heldLength);
    this.#heldLength = 0;
    return rest;
  }

  #drain(): void {
    if (this.#heldLength < 4) return;
    const held = this.#held;
    const length = this.#heldLength;
    // A frame is not cut out before it is whole: until then each chunk costs a copy of itself and no more.
    const needed = readLength(held, 0) + 4;
    if (needed >= 4 && needed <= this.#frameBytesMax + 4 && length < needed && !this.#mayBeWord(held)) return;
    const used = this.#split(held, length);
    if (this.#dead) return;
    if (used === 0) return;
    this.#heldLength = length - used;
    if (this.#heldLength === 0) this.#held = new Uint8Array(0);
    else this.#held = held.slice(used, length);
  }

  #mayBeWord(bytes: Uint8Array): boolean {
    return this.#sink.onLength !== undefined && bytes[0] >= 0x61;
  }

  /** Hands over the whole frames of bytes[0, end); returns how many bytes they took. */
  #split(bytes: Uint8Array, end: number): number {
    let at = 0;
    while (end - at >= 4) {
      const length = readLength(bytes, at);
      if (this.#sink.onLength?.(length) === true) {
        this.#dead = true;
        this.#held = bytes.slice(at + 4, end);
        this.#heldLength = end - at - 4;
        return end;
      }
      if (length < 0 || length > this.#frameBytesMax) {
        this.end();
        this.#sink.onBadLength(length);
        return end;
      }
      if (end - at - 4 < length) return at;
      const start = at + 4;
      at = start + length;
      if (!this.#sink.onFrame(bytes, start, at)) {
        this.#stopped = true;
        return at;
      }
      if (this.#dead) return end;
    }
    return at;
  }

  #hold(chunk: Uint8Array, from: number): void {
    const needed = this.#heldLength + chunk.length - from;
    if (needed > this.#held.length) {
      const grown = new Uint8Array(
        Math.max(needed, Math.min(this.#held.length * 2, this.#frameBytesMax + 4)),
      );
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(chunk.subarray(from), this.#heldLength);
    this.#heldLength = needed;
  }
}

function readLength(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
