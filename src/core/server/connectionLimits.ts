/** Counts open connections in all and by address (maxCnxns, maxClientCnxns). A limit of 0 is none. */
export class ConnectionLimits {
  readonly #perAddressMax: number;
  readonly #totalMax: number;
  readonly #countByAddress = new Map<string, number>();
  #count = 0;

  constructor(perAddressMax: number, totalMax: number) {
    this.#perAddressMax = perAddressMax;
    this.#totalMax = totalMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Counts a connection in, unless it is one too many. */
  admit(address: string): boolean {
    const ofAddress = this.#countByAddress.get(address) ?? 0;
    if (this.#totalMax > 0 && this.#count >= this.#totalMax) return false;
    if (this.#perAddressMax > 0 && ofAddress >= this.#perAddressMax) return false;
    this.#count++;
    this.#countByAddress.set(address, ofAddress + 1);
    return true;
  }

  release(address: string): void {
    const left = (this.#countByAddress.get(address) ?? 0) - 1;
    this.#count--;
    if (left <= 0) this.#countByAddress.delete(address);
    else this.#countByAddress.set(address, left);
  }
}
