/** A bug in this program: a state that cannot be. It ends the server and is never caught. */
export class AssertionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AssertionError";
  }
}

/** Kept in production: a wrong state must not go on to answer clients. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
