/** What a `FrameSplitter` hands frames to. */
export interface FrameSink {
  /**
   * One frame without its length, in `bytes[start, end)`; valid during the call only. False stops the splitter: it
   * keeps what is left for `resume`.
   */
  onFrame(bytes: Uint8Array, start: number, end: number): boolean;
  /** A length that no frame has. The stream is lost; nothing more will be handed over. */
  onBadLength(length: number): void;
  /**
   * Asked before a length is judged, while it may still be a four-letter word (and again when its frame has become
   * whole); true: it was one, the stream is theirs.
   */
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
  /** An unfinished frame, length included, or what was left when the sink said stop: #held[#heldStart, #heldEnd). */
  #held: Uint8Array = new Uint8Array(0);
  #heldStart = 0;
  #heldEnd = 0;
  #stopped = false;
  #dead = false;

  constructor(frameBytesMax: number, sink: FrameSink) {
    this.#frameBytesMax = frameBytesMax;
    this.#sink = sink;
  }

  /** Bytes kept for later. */
  get heldBytes(): number {
    return this.#heldEnd - this.#heldStart;
  }

  push(chunk: Uint8Array): void {
    if (this.#dead) return;
    if (this.#stopped || this.heldBytes > 0) {
      this.#hold(chunk, 0);
      if (!this.#stopped) this.#drain();
      return;
    }
    const used = this.#split(chunk, 0, chunk.length);
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
    this.#keep(new Uint8Array(0));
  }

  /** Takes out what is held, for a reader that takes the stream over after `onLength`. */
  takeHeld(): Uint8Array {
    const rest = this.#held.slice(this.#heldStart, this.#heldEnd);
    this.#keep(new Uint8Array(0));
    return rest;
  }

  #keep(block: Uint8Array): void {
    this.#held = block;
    this.#heldStart = 0;
    this.#heldEnd = block.length;
  }

  #drain(): void {
    if (this.heldBytes < 4) return;
    const held = this.#held;
    const start = this.#heldStart;
    // A frame is not cut out before it is whole: until then each chunk costs a copy of itself and no more.
    const needed = readLength(held, start) + 4;
    const isFrame = needed >= 4 && needed <= this.#frameBytesMax + 4;
    if (isFrame && this.heldBytes < needed && !this.#mayBeWord(held[start])) return;
    const used = this.#split(held, start, this.#heldEnd);
    if (this.#dead) return;
    this.#heldStart = used;
    // Given back only once half of it is used up, so that frame after frame is not paid for with copies of the rest.
    if (used === this.#heldEnd || used * 2 >= held.length) this.#keep(held.slice(used, this.#heldEnd));
  }

  #mayBeWord(first: number): boolean {
    return this.#sink.onLength !== undefined && first >= 0x61;
  }

  /** Hands over the whole frames of bytes[start, end); returns where it has come to. */
  #split(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (end - at >= 4) {
      const length = readLength(bytes, at);
      if (this.#sink.onLength?.(length) === true) {
        this.#dead = true;
        this.#keep(bytes.slice(at + 4, end));
        return end;
      }
      if (length < 0 || length > this.#frameBytesMax) {
        this.end();
        this.#sink.onBadLength(length);
        return end;
      }
      if (end - at - 4 < length) return at;
      const from = at + 4;
      at = from + length;
      if (!this.#sink.onFrame(bytes, from, at)) {
        this.#stopped = true;
        return at;
      }
      if (this.#dead) return end;
    }
    return at;
  }

  #hold(chunk: Uint8Array, from: number): void {
    const size = chunk.length - from;
    if (this.#heldEnd + size > this.#held.length) {
      const held = this.heldBytes;
      const grown = new Uint8Array(Math.max(held + size, Math.min(held * 2, this.#frameBytesMax + 4)));
      grown.set(this.#held.subarray(this.#heldStart, this.#heldEnd));
      this.#keep(grown);
      this.#heldEnd = held;
    }
    this.#held.set(chunk.subarray(from), this.#heldEnd);
    this.#heldEnd += size;
  }
}

function readLength(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
