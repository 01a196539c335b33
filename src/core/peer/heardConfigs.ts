import { QuorumConfig } from "../quorum/quorumConfig.ts";
import { QuorumConfigError } from "../quorum/quorumConfigError.ts";

/** Reads the configurations in notifications, most of which are the one that came last. */
export class HeardConfigs {
  #text = "";
  #config: QuorumConfig | null = null;

  /** Null for none, and for one that cannot be read. */
  read(text: string | null): QuorumConfig | null {
    if (text === null || text === "") return null;
    if (text === this.#text) return this.#config;
    this.#text = text;
    this.#config = parse(text);
    return this.#config;
  }
}

function parse(text: string): QuorumConfig | null {
  try {
    return QuorumConfig.fromText(text);
  } catch (error) {
    if (error instanceof QuorumConfigError) return null;
    throw error;
  }
}
