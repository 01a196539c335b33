/**
 * When a snapshot is due (SyncRequestProcessor.shouldSnapshot): half of snapCount transactions or of snapSizeLimit
 * bytes, plus a random part of the other half, so that the members of an ensemble do not all write at once.
 */
export class SnapshotTrigger {
  readonly #snapCount: number;
  readonly #sizeLimitBytes: number;
  readonly #random: () => number;
  #count = 0;
  #bytes = 0;
  #countDue = 0;
  #bytesDue = 0;

  /** A size limit of 0 or less is none. */
  constructor(snapCount: number, sizeLimitBytes: number, random: () => number) {
    this.#snapCount = Math.max(2, snapCount);
    this.#sizeLimitBytes = sizeLimitBytes;
    this.#random = random;
    this.reset();
  }

  reset(): void {
    this.#count = 0;
    this.#bytes = 0;
    const half = Math.floor(this.#snapCount / 2);
    this.#countDue = half + Math.floor(this.#random() * half);
    const halfBytes = this.#sizeLimitBytes / 2;
    this.#bytesDue = this.#sizeLimitBytes > 0 ? halfBytes + Math.floor(this.#random() * halfBytes) : Infinity;
  }

  /** Counts a transaction; true when a snapshot is due. */
  add(bytes: number): boolean {
    this.#count++;
    this.#bytes += bytes;
    return this.#count > this.#countDue || this.#bytes > this.#bytesDue;
  }
}
