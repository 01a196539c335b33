import { epochOf } from "../../../../protocol/longs.ts";
import { assert } from "../../assert.ts";

/** A committed transaction as it is sent again: header, record and digest, the data of a PROPOSAL. */
export interface CommittedProposal {
  readonly zxid: bigint;
  readonly data: Uint8Array;
}

/** zookeeper.commitLogCount, and the least that it may be. */
export const commitLogCountMin = 500;

/**
 * The newest committed transactions, in memory: what a learner that was away for a moment is brought up to date from.
 * No hole may come in, since a leader would hand it on (ZOOKEEPER-4925).
 */
export class CommittedLog {
  readonly #countMax: number;
  /** In zxid order. */
  #proposals: CommittedProposal[] = [];
  #head = 0;

  constructor(countMax = commitLogCountMin) {
    this.#countMax = Math.max(countMax, commitLogCountMin);
  }

  get size(): number {
    return this.#proposals.length - this.#head;
  }

  /** Zxid of the oldest; null when empty. */
  get minZxid(): bigint | null {
    return this.#proposals[this.#head]?.zxid ?? null;
  }

  get maxZxid(): bigint | null {
    return this.#proposals.at(-1)?.zxid ?? null;
  }

  /** What is there already is passed over, as in a log that is read once more. */
  add(proposal: CommittedProposal): void {
    const max = this.maxZxid;
    if (max !== null) {
      if (proposal.zxid <= max) return;
      const isNext = proposal.zxid === max + 1n || epochOf(proposal.zxid) > epochOf(max);
      assert(isNext, `committed 0x${proposal.zxid.toString(16)} behind 0x${max.toString(16)}`);
    }
    this.#proposals.push(proposal);
    if (this.size > this.#countMax) this.#dropOldest();
  }

  clear(): void {
    this.#proposals = [];
    this.#head = 0;
  }

  *[Symbol.iterator](): Iterator<CommittedProposal> {
    for (let i = this.#head; i < this.#proposals.length; i++) yield this.#proposals[i];
  }

  #dropOldest(): void {
    this.#head++;
    if (this.#head < this.#countMax) return;
    this.#proposals = this.#proposals.slice(this.#head);
    this.#head = 0;
  }
}
