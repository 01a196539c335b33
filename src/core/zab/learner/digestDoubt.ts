import { OpCode } from "../../../../protocol/opcodes.ts";

/** How long a disagreement may last that can be the leader's fault, in ms. */
const patienceMs = 2000;

/** Transactions whose digest an Apache leader foretells wrongly now and then: odd pairs of flags and opcode. */
const foretoldWrongly: ReadonlySet<number> = new Set([
  OpCode.create,
  OpCode.create2,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.multi,
]);

/** What a learner makes of a digest that came with a transaction. */
export type Verdict =
  /** Its tree is the leader's. */
  | "fits"
  /** It may be the leader that has foretold wrongly; then it fits again soon. */
  | "doubt"
  /** Its tree is another one. */
  | "differs";

/**
 * Decides whose fault it is that the leader's digest of the tree is not that of this server. A leader of Apache foretells
 * the digest, and goes wrong with some creates (client.md 21); it is right again once nothing is under way. A tree that
 * differs stays so.
 */
export class DigestDoubt {
  #sinceMs: number | null = null;

  /** @param type Of the transaction. */
  judge(fits: boolean, type: number, nowMs: number): Verdict {
    if (fits) {
      this.#sinceMs = null;
      return "fits";
    }
    if (this.#sinceMs === null) {
      if (!foretoldWrongly.has(type)) return "differs";
      this.#sinceMs = nowMs;
    }
    return nowMs - this.#sinceMs < patienceMs ? "doubt" : "differs";
  }
}
