const keptMin = 1024;

/**
 * Through which observer of a master, or at the master itself, the client of a session was let in last. The leader takes
 * all of them for one place, and lets each speak for the session; so a write that an observer has kept back could change
 * what the client has written since through another (the owner of a session, between a leader and its learners).
 */
export class SessionPlaces<Observer extends object> {
  /** Null: at the master. Who is not in here was never let in twice, or not of late. */
  readonly #placeById = new Map<bigint, Observer | null>();
  readonly #isOfUse: (place: Observer | null, sessionId: bigint) => boolean;
  #keptMax = keptMin;

  /** @param isOfUse False when the observer has gone, or the session has ended. */
  constructor(isOfUse: (place: Observer | null, sessionId: bigint) => boolean) {
    this.#isOfUse = isOfUse;
  }

  get size(): number {
    return this.#placeById.size;
  }

  cameTo(sessionId: bigint, observer: Observer): void {
    this.#placeById.set(sessionId, observer);
    if (this.#placeById.size > this.#keptMax) this.#forget();
  }

  /** Only who was at an observer before can have left something behind there. */
  cameHere(sessionId: bigint): void {
    if (this.#placeById.has(sessionId)) this.#placeById.set(sessionId, null);
  }

  maySpeak(sessionId: bigint, observer: Observer): boolean {
    const place = this.#placeById.get(sessionId);
    return place === undefined || place === observer;
  }

  /** What is of no use goes; twice of what is left may gather until the next time. */
  #forget(): void {
    for (const [sessionId, place] of this.#placeById)
      if (!this.#isOfUse(place, sessionId)) this.#placeById.delete(sessionId);
    this.#keptMax = Math.max(keptMin, this.#placeById.size * 2);
  }
}
