import type { ElectionConfigs } from "../election/electionConfig.ts";
import type { Oracle } from "../quorum/oracle.ts";
import type { QuorumConfig } from "../quorum/quorumConfig.ts";

/**
 * Keeps the configurations of a member over its restarts. Durable when the call returns: a configuration counts in
 * elections from the moment on that a server has acknowledged it.
 */
export interface ConfigFiles {
  saveProposed(config: QuorumConfig): void;
  /** `isLastSeen`: what was proposed is this one or older, and need not be kept. */
  saveCommitted(config: QuorumConfig, isLastSeen: boolean): void;
}

/**
 * The two configurations that a member goes by: the committed one, and the last one that was proposed, which may be in
 * force already without its knowing. Without reconfigurations both are that of the config file for ever
 * (QuorumPeer.setQuorumVerifier, setLastSeenQuorumVerifier of Apache 3.9.5; peer.md section 8).
 */
export class PeerConfig {
  readonly isChangeable: boolean;
  /** Null without one. */
  readonly oracle: Oracle | null;
  readonly #sid: bigint;
  readonly #files: ConfigFiles;
  #committed: QuorumConfig;
  #lastSeen: QuorumConfig;
  #isParticipant: boolean;

  constructor(
    sid: bigint,
    committed: QuorumConfig,
    lastSeen: QuorumConfig | null,
    isParticipant: boolean,
    isChangeable: boolean,
    files: ConfigFiles,
    oracle: Oracle | null = null,
  ) {
    this.oracle = oracle;
    this.isChangeable = isChangeable;
    this.#sid = sid;
    this.#files = files;
    this.#committed = committed;
    this.#lastSeen = lastSeen === null || lastSeen.version < committed.version ? committed : lastSeen;
    this.#isParticipant = isParticipant;
  }

  get committed(): QuorumConfig {
    return this.#committed;
  }

  get lastSeen(): QuorumConfig {
    return this.#lastSeen;
  }

  /** This server's own type. One that no configuration names takes part without a vote. */
  get isParticipant(): boolean {
    return this.#isParticipant;
  }

  get forElection(): ElectionConfigs {
    const { committed, lastSeen, oracle } = this;
    return { committed, lastSeen: lastSeen.version > committed.version ? lastSeen : null, oracle };
  }

  /** A configuration was proposed. One version is one configuration. */
  see(config: QuorumConfig): void {
    if (!this.isChangeable || config.version === this.#lastSeen.version) return;
    this.#lastSeen = config;
    this.#files.saveProposed(config);
  }

  /** A configuration is in force; answers whether it is another one than before. */
  commit(config: QuorumConfig): boolean {
    const before = this.#committed;
    if (!this.isChangeable || before.version >= config.version) return false;
    this.#committed = config;
    if (config.version > this.#lastSeen.version) this.#lastSeen = config;
    this.#files.saveCommitted(config, config.version === this.#lastSeen.version);
    return !config.hasMembersOf(before);
  }

  /** Takes the type that the committed configuration gives this server; answers whether it is another one. */
  takeRole(): boolean {
    const isParticipant = this.#committed.servers.get(this.#sid)?.isParticipant ?? true;
    if (isParticipant === this.#isParticipant) return false;
    this.#isParticipant = isParticipant;
    return true;
  }
}
