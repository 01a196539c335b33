/** What a turn of the event loop leaves to be done at its end. */
export interface TurnWork {
  /** Starts writing the transactions of this turn to disk. */
  flushLog(): void;
  /** Writes out every connection with something to say, one write each. */
  flushConnections(): void;
}

/**
 * Gathers the work of one turn: all input of a poll phase is handled first, then one write to the log and one write
 * to each connection follow in the check phase.
 */
export class TurnEnd {
  readonly #work: TurnWork;
  #immediate: NodeJS.Immediate | null = null;

  constructor(work: TurnWork) {
    this.#work = work;
  }

  /** Makes sure that the turn has an end; cheap when it has one already. */
  request(): void {
    this.#immediate ??= setImmediate(() => this.run());
  }

  /** The end, now. */
  run(): void {
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#immediate = null;
    this.#work.flushLog();
    this.#work.flushConnections();
  }

  stop(): void {
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#immediate = null;
  }
}
