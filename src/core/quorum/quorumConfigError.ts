/** A configuration of the ensemble that no server can serve; the message says what was found and what to do. */
export class QuorumConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "QuorumConfigError";
  }
}
