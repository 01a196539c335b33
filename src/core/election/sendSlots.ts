/**
 * What waits to be sent to each server on its election connection: never more than the newest message, since it makes
 * the older ones void. A new connection begins with the last message that was ever sent when nothing newer waits: it
 * may have been lost with the connection before. Duplicates are therefore usual (QuorumCnxManager).
 */
export class SendSlots<M> {
  readonly #waiting = new Map<bigint, M>();
  readonly #last = new Map<bigint, M>();

  put(sid: bigint, message: M): void {
    this.#waiting.set(sid, message);
  }

  /** The message to write now, or null. It counts as sent. */
  take(sid: bigint): M | null {
    const message = this.#waiting.get(sid);
    if (message === undefined) return null;
    this.#waiting.delete(sid);
    this.#last.set(sid, message);
    return message;
  }

  /** A connection to the server was made. */
  connected(sid: bigint): void {
    const last = this.#last.get(sid);
    if (last !== undefined && !this.#waiting.has(sid)) this.#waiting.set(sid, last);
  }

  /** Nothing is kept for that server any more. */
  forget(sid: bigint): void {
    this.#waiting.delete(sid);
    this.#last.delete(sid);
  }
}
