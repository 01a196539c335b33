/** What a `PacketSplitter` hands packets to. */
export interface PacketSink {
  /** One whole QuorumPacket in `bytes[start, end)`; valid during the call only. */
  onPacket(bytes: Uint8Array, start: number, end: number): void;
  /** A length that no packet has. The stream is lost; nothing more will be handed over. */
  onBadPacket(reason: string): void;
}

/**
 * Takes bytes that are no packets: the snapshot behind SNAP. Answers how many of `bytes[start, end)` were its own, or
 * -1: all of them, and more are to come.
 */
export type RawReader = (bytes: Uint8Array, start: number, end: number) => number;

/** type, zxid and the length of the data. */
const headBytes = 16;
const intBytes = 4;
/** Identities of one connection that any packet may carry: far above what a server lets a client have. */
const idsMax = 10_000;

/**
 * Cuts the stream between learner and leader into QuorumPackets, which have no length in front: type, zxid, data,
 * identities (peer.md section 3). What has come of an unfinished packet is held in a block that grows with the bytes,
 * never with the lengths that were claimed.
 */
export class PacketSplitter {
  readonly #bytesMax: number;
  readonly #sink: PacketSink;
  /** #held[0, #heldEnd): an unfinished packet. */
  #held: Uint8Array = new Uint8Array(0);
  #heldEnd = 0;
  /** The unfinished packet has at least so many bytes. */
  #needed = headBytes;
  #raw: RawReader | null = null;
  #isDead = false;

  /** @param bytesMax Bound of the data of a packet, and of all its identities together. */
  constructor(bytesMax: number, sink: PacketSink) {
    this.#bytesMax = bytesMax;
    this.#sink = sink;
  }

  /** Bytes kept for later. */
  get heldBytes(): number {
    return this.#heldEnd;
  }

  push(chunk: Uint8Array): void {
    if (this.#isDead) return;
    if (this.#heldEnd === 0) {
      const used = this.#split(chunk, 0, chunk.length);
      if (used < chunk.length && !this.#isDead) this.#hold(chunk, used);
      return;
    }
    this.#hold(chunk, 0);
    if (this.#heldEnd < this.#needed) return;
    const held = this.#held;
    const end = this.#heldEnd;
    const used = this.#split(held, 0, end);
    if (this.#isDead || used === 0) return;
    this.#held = held.slice(used, end);
    this.#heldEnd = end - used;
  }

  /** Called while a packet is handed over: what follows it goes to `reader` until that has enough. */
  readRaw(reader: RawReader): void {
    this.#raw = reader;
  }

  /** Drops everything; nothing is handed over any more. */
  end(): void {
    this.#isDead = true;
    this.#raw = null;
    this.#held = new Uint8Array(0);
    this.#heldEnd = 0;
  }

  /** Hands over what is whole in bytes[start, end); answers where it has come to. */
  #split(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && !this.#isDead) {
      if (this.#raw !== null) {
        const used = this.#raw(bytes, at, end);
        if (used === -1) return end;
        at += used;
        this.#raw = null;
        continue;
      }
      const size = this.#measure(bytes, at, end);
      if (size === 0) return at;
      at += size;
      this.#needed = headBytes;
      this.#sink.onPacket(bytes, at - size, at);
    }
    return at;
  }

  /** Size of the packet at `at`; 0 while it is not whole, or when it is none. */
  #measure(bytes: Uint8Array, at: number, end: number): number {
    if (!this.#has(at, at + headBytes, end)) return 0;
    const dataLength = readInt(bytes, at + headBytes - intBytes);
    if (!this.#isLength(dataLength, "data")) return 0;
    let next = at + headBytes + Math.max(0, dataLength);
    if (!this.#has(at, next + intBytes, end)) return 0;
    const count = readInt(bytes, next);
    next += intBytes;
    if (count < -1 || count > idsMax) return this.#bad(`${count} identities`);
    const idsStart = next;
    // Each identity is two strings: scheme and id.
    for (let i = 0; i < count * 2; i++) {
      if (!this.#has(at, next + intBytes, end)) return 0;
      const length = readInt(bytes, next);
      if (!this.#isLength(length, "identity")) return 0;
      next += intBytes + Math.max(0, length);
      if (next - idsStart > this.#bytesMax) return this.#bad(`identities of ${next - idsStart} bytes`);
    }
    return this.#has(at, next, end) ? next - at : 0;
  }

  #has(at: number, wanted: number, end: number): boolean {
    if (wanted <= end) return true;
    this.#needed = wanted - at;
    return false;
  }

  #isLength(length: number, what: string): boolean {
    if (length >= -1 && length <= this.#bytesMax) return true;
    this.#bad(`${what} of ${length} bytes`);
    return false;
  }

  #bad(reason: string): 0 {
    this.end();
    this.#sink.onBadPacket(reason);
    return 0;
  }

  #hold(chunk: Uint8Array, from: number): void {
    const size = this.#heldEnd + chunk.length - from;
    if (size > this.#held.length) {
      const grown = new Uint8Array(Math.max(size, Math.min(this.#heldEnd * 2, this.#needed)));
      grown.set(this.#held.subarray(0, this.#heldEnd));
      this.#held = grown;
    }
    this.#held.set(chunk.subarray(from), this.#heldEnd);
    this.#heldEnd = size;
  }
}

function readInt(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
