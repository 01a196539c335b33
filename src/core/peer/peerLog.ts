/** How far the log of a member has come: what was asked of it, and what is on disk. */
export class PeerLog {
  readonly #whenIdle: (run: () => void) => void;
  #lastAppended = -1n;
  #lastSynced = -1n;
  #waiting: { readonly zxid: bigint; readonly run: () => void }[] = [];

  /** @param whenIdle Runs once all that was asked of the disk is done. */
  constructor(whenIdle: (run: () => void) => void) {
    this.#whenIdle = whenIdle;
  }

  appended(zxid: bigint): void {
    this.#lastAppended = zxid;
  }

  /** Every transaction up to `zxid` is on disk. */
  logged(zxid: bigint): void {
    this.#lastSynced = zxid;
    const due = this.#waiting.filter((waiting) => waiting.zxid <= zxid);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => waiting.zxid > zxid);
    for (const { run } of due) run();
  }

  /** It begins anew at `zxid`: cut, or taken over as a snapshot. */
  moved(zxid: bigint): void {
    this.#lastAppended = zxid;
    this.#lastSynced = zxid;
  }

  /** Once everything that was appended is on disk. */
  whenAllLogged(run: () => void): void {
    if (this.#lastAppended <= this.#lastSynced) this.#whenIdle(run);
    else this.#waiting.push({ zxid: this.#lastAppended, run });
  }
}
