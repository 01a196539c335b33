/** Buckets for each doubling: a value is known to about one percent. */
const bucketsPerOctave = 64;
/** Up to 2^27 microseconds, two minutes; what takes longer counts as that. */
const octaves = 27;

/** How long many requests took, in little memory and a few nanoseconds each. */
export class Latencies {
  readonly #counts = new Float64Array(octaves * bucketsPerOctave + 1);
  #count = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  add(ms: number): void {
    const bucket = Math.floor(Math.log2(Math.max(0, ms) * 1000 + 1) * bucketsPerOctave);
    this.#counts[Math.min(bucket, octaves * bucketsPerOctave)]++;
    this.#count++;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  /** Takes those of another one in. */
  addAll(other: Latencies): void {
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i] += other.#counts[i];
    this.#count += other.#count;
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs);
  }

  /** The time, in ms, that a share of the requests did not exceed; NaN without any. */
  quantileMs(share: number): number {
    if (this.#count === 0) return Number.NaN;
    let left = Math.max(1, Math.ceil(share * this.#count));
    let bucket = 0;
    while ((left -= this.#counts[bucket]) > 0) bucket++;
    const ms = (2 ** ((bucket + 0.5) / bucketsPerOctave) - 1) / 1000;
    return Math.min(ms, this.#maxMs);
  }
}
