import type { ConfigFiles } from "../../../src/core/peer/peerConfig.ts";
import type { QuorumConfig } from "../../../src/core/quorum/quorumConfig.ts";

/** The dynamic configuration files of one server: they outlive its kills. */
export class StoredConfigs implements ConfigFiles {
  committed: QuorumConfig;
  lastSeen: QuorumConfig | null = null;

  constructor(committed: QuorumConfig) {
    this.committed = committed;
  }

  saveProposed(config: QuorumConfig): void {
    this.lastSeen = config;
  }

  saveCommitted(config: QuorumConfig, isLastSeen: boolean): void {
    this.committed = config;
    if (isLastSeen) this.lastSeen = null;
  }
}
