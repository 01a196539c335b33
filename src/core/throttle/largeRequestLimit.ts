/** largeRequestMaxBytes. */
export const largeRequestMaxBytesDefault = 100 * 1024 * 1024;

/**
 * Bounds the bytes of all large requests in the server together (largeRequestThreshold, largeRequestMaxBytes).
 * Asked twice: with the length of each frame, whatever it holds, then with that of a request's body (the frame without
 * its 8-byte header) before it is submitted. Apache asks the first before it reads the frame, to the same effect. A refused one costs its connection (ZooKeeperServer.checkRequestSize...).
 */
export class LargeRequestLimit {
  readonly #thresholdBytes: number;
  readonly #maxBytes: number;
  #bytes = 0;

  /** A threshold below 1 turns the limit off (Apache's is -1); a maximum below 1 is taken as the default. */
  constructor(thresholdBytes: number, maxBytes: number) {
    this.#thresholdBytes = thresholdBytes < 1 ? -1 : thresholdBytes;
    this.#maxBytes = maxBytes < 1 ? largeRequestMaxBytesDefault : maxBytes;
  }

  /** Bytes of the large requests in the server. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a frame of that length may be looked at; nothing is reserved yet. */
  mayReceive(frameBytes: number): boolean {
    return !this.#isLarge(frameBytes) || this.#bytes + frameBytes <= this.#maxBytes;
  }

  /** Counts a request in: the bytes to give back to `finish`, 0 if it is not large; null if it is refused. */
  admit(bodyBytes: number): number | null {
    if (!this.#isLarge(bodyBytes)) return 0;
    if (this.#bytes + bodyBytes > this.#maxBytes) return null;
    this.#bytes += bodyBytes;
    return bodyBytes;
  }

  /** A request is answered or dropped; `admittedBytes` is what `admit` gave for it. */
  finish(admittedBytes: number): void {
    this.#bytes -= admittedBytes;
  }

  #isLarge(bytes: number): boolean {
    return this.#thresholdBytes !== -1 && bytes > this.#thresholdBytes;
  }
}
