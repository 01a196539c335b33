import type { QuorumVerifier } from "./quorumVerifier.ts";

/**
 * Who decides between two voters of which one is gone: something outside, that lets one of them be a quorum by itself
 * (QuorumOracleMaj of Apache 3.9.5, oraclePath). It is asked only where it is needed: with two voters, and by a leader
 * only while nobody follows it. It must never let both, and what it lets alone goes on with what it has itself.
 *
 * DIFFERS: where a leader has ended with its follower still in touch, Apache does not ask again until that server leads
 * anew. It could neither lead alone then nor join another that does.
 */
export class Oracle {
  readonly #ask: () => boolean;
  /** False while this server leads, and is followed. */
  isNeeded = true;

  /** @param ask Whether this server may go on alone, as of now. */
  constructor(ask: () => boolean) {
    this.#ask = ask;
  }

  /** Whether it has a say among these voters at present. */
  hasSay(votingMembers: ReadonlySet<bigint>): boolean {
    return this.isNeeded && votingMembers.size === 2;
  }

  /** Whether one of these servers, where it votes, may decide by itself. */
  allows(sids: ReadonlySet<bigint>, votingMembers: ReadonlySet<bigint>): boolean {
    if (!this.hasSay(votingMembers)) return false;
    for (const sid of sids) if (votingMembers.has(sid)) return this.#ask();
    return false;
  }
}

/** A quorum of a configuration, or a server that the oracle lets decide alone. */
export class OracleQuorum implements QuorumVerifier {
  readonly votingMembers: ReadonlySet<bigint>;
  readonly #config: QuorumVerifier;
  readonly #oracle: Oracle;

  constructor(config: QuorumVerifier, oracle: Oracle) {
    this.votingMembers = config.votingMembers;
    this.#config = config;
    this.#oracle = oracle;
  }

  containsQuorum(sids: ReadonlySet<bigint>): boolean {
    return this.#config.containsQuorum(sids) || this.#oracle.allows(sids, this.votingMembers);
  }
}
