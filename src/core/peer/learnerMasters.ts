import type { QuorumConfig } from "../quorum/quorumConfig.ts";

/**
 * Whom an observer learns from where masters of observers are configured: each voter in turn, in an order of chance,
 * which is made anew with each configuration (QuorumPeer.updateObserverMasterList of Apache 3.9.5). The leader is among
 * them and takes no observers on that port, so that it is passed over.
 */
export class LearnerMasters {
  readonly #random: () => number;
  #config: QuorumConfig | null = null;
  #sids: bigint[] = [];
  #next = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The next one; `isRound`: all have been tried. Null: nobody votes. */
  next(config: QuorumConfig): { readonly sid: bigint; readonly isRound: boolean } | null {
    if (config !== this.#config) {
      this.#config = config;
      this.#sids = this.#shuffled(config.votingMembers);
      this.#next = 0;
    }
    const isRound = this.#next >= this.#sids.length;
    if (isRound) this.#next = 0;
    const sid = this.#sids.at(this.#next++);
    return sid === undefined ? null : { sid, isRound };
  }

  #shuffled(sids: Iterable<bigint>): bigint[] {
    const left = [...sids];
    const shuffled: bigint[] = [];
    while (left.length > 0) shuffled.push(...left.splice(Math.floor(this.#random() * left.length), 1));
    return shuffled;
  }
}
