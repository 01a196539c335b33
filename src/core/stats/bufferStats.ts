/** Sizes in bytes of the last, smallest and greatest buffer of a kind (BufferStats); -1 before the first. */
export class BufferStats {
  last = -1;
  min = -1;
  max = -1;

  add(bytes: number): void {
    this.last = bytes;
    if (this.min === -1 || bytes < this.min) this.min = bytes;
    if (bytes > this.max) this.max = bytes;
  }

  reset(): void {
    this.last = -1;
    this.min = -1;
    this.max = -1;
  }

  /** `last/min/max`, as srvr prints the proposal sizes of a leader. */
  text(): string {
    return `${this.last}/${this.min}/${this.max}`;
  }
}
