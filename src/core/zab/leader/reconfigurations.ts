import { JuteReader } from "../../../../protocol/jute/reader.ts";
import { zxidOf } from "../../../../protocol/longs.ts";
import { QuorumConfig } from "../../quorum/quorumConfig.ts";
import { hasQuorumAddressesOf } from "../../quorum/quorumServer.ts";
import { OracleQuorum, type Oracle } from "../../quorum/oracle.ts";
import { JointQuorum, type QuorumVerifier } from "../../quorum/quorumVerifier.ts";
import type { Ensemble } from "../../server/place.ts";

/** The configurations of a leader's server, as they are now. */
export interface LeaderConfigs {
  readonly committed: QuorumConfig;
  readonly lastSeen: QuorumConfig;
  /** Whether they can change (reconfigEnabled). */
  readonly isChangeable: boolean;
  /** Lets this server decide alone where the other one of two is gone; null or absent: nobody does. */
  readonly oracle?: Oracle | null;
}

/** What a leader's configurations need of the world around them. */
export interface ReconfigurationEffects {
  /** A configuration was proposed: keep it, durably, before anybody is told. */
  see(config: QuorumConfig): void;
  /** A configuration is in force, and `designatedLeader` leads in it. */
  activate(config: QuorumConfig, designatedLeader: bigint, zxid: bigint): void;
}

/** What is known of the others. */
export interface ReconfigurationVoters {
  /** This server, and the participants that are up to date. */
  synced(): ReadonlySet<bigint>;
  /** The newest proposal, or NEWLEADER, that a server has acknowledged; null if none. */
  ackedZxidOf(sid: bigint): bigint | null;
}

/**
 * A leader's share in reconfigurations: who decides before, while and after one is under way, and who leads afterwards
 * (Leader of Apache 3.9.5; peer.md section 8.1).
 *
 *     begin: proposed, both configurations decide -> activate: committed, the new one is in force
 */
export class Reconfigurations implements Ensemble {
  readonly votersMin: number;
  readonly #sid: bigint;
  readonly #configs: LeaderConfigs;
  readonly #voters: ReconfigurationVoters;
  readonly #effects: ReconfigurationEffects;
  #pending: { readonly zxid: bigint; readonly config: QuorumConfig } | null = null;

  constructor(
    sid: bigint,
    votersMin: number,
    configs: LeaderConfigs,
    voters: ReconfigurationVoters,
    effects: ReconfigurationEffects,
  ) {
    this.#sid = sid;
    this.votersMin = votersMin;
    this.#configs = configs;
    this.#voters = voters;
    this.#effects = effects;
  }

  get committed(): QuorumConfig {
    return this.#configs.committed;
  }

  get lastSeen(): QuorumConfig {
    return this.#configs.lastSeen;
  }

  /** Who decides in the committed configuration. */
  get quorum(): QuorumVerifier {
    return this.#quorumOf(this.committed);
  }

  isSynced(config: QuorumConfig): boolean {
    return this.#quorumOf(config).containsQuorum(this.#voters.synced());
  }

  #quorumOf(config: QuorumConfig): QuorumVerifier {
    const { oracle = null } = this.#configs;
    return oracle === null ? config : new OracleQuorum(config, oracle);
  }

  /**
   * Whether these servers decide: in the committed configuration, and in a newer one that may be in force already.
   * DIFFERS: Apache asks the committed one alone who has called and who follows. The quorum of the newer one could go on
   * with an old leader meanwhile, and what that commits would be lost.
   */
  isQuorum(sids: ReadonlySet<bigint>): boolean {
    const { committed, lastSeen } = this;
    if (!this.quorum.containsQuorum(sids)) return false;
    return lastSeen.version <= committed.version || this.#quorumOf(lastSeen).containsQuorum(sids);
  }

  /**
   * The configuration of the files has no version. The first leader gives it that of its epoch, so that it counts for
   * more than what a server brings along that is to join (ZOOKEEPER-1783).
   */
  nameFirst(epoch: number): void {
    const { isChangeable, committed, lastSeen } = this.#configs;
    if (!isChangeable || committed.version !== 0n || lastSeen.version !== 0n) return;
    this.#effects.see(committed.withVersion(zxidOf(epoch, 0)));
  }

  /** The ensemble is established: what was last seen is in force. Answers who leads in it. */
  establish(zxid: bigint): bigint {
    if (!this.#configs.isChangeable) return this.#sid;
    return this.#activate(this.lastSeen, zxid);
  }

  /** Another configuration is to be proposed as `zxid`; answers who decides from there on. */
  begin(zxid: bigint, configText: Uint8Array): QuorumVerifier {
    const config = QuorumConfig.fromText(new JuteReader(configText).readText(configText.length));
    const joint = new JointQuorum(this.quorum, this.#quorumOf(config));
    this.#pending = { zxid, config };
    this.#effects.see(config);
    return joint;
  }

  /** Whether that transaction brings another configuration. */
  isPending(zxid: bigint): boolean {
    return this.#pending?.zxid === zxid;
  }

  /** The one that was begun is committed, and in force. Answers who leads in it. */
  finish(): bigint {
    if (this.#pending === null) return this.#sid;
    const { config, zxid } = this.#pending;
    this.#pending = null;
    return this.#activate(config, zxid);
  }

  #activate(config: QuorumConfig, zxid: bigint): bigint {
    const designated = this.#designatedLeader(config, zxid);
    this.#effects.activate(config, designated, zxid);
    return designated;
  }

  /**
   * This server, if it votes in the new configuration and is reached where it was; else the voter that has acknowledged
   * most of what was proposed since `zxid`, which takes the least back.
   */
  #designatedLeader(config: QuorumConfig, zxid: bigint): bigint {
    const before = this.committed.servers.get(this.#sid);
    const after = config.servers.get(this.#sid);
    const isReached = before === undefined || after === undefined || hasQuorumAddressesOf(before, after);
    if (after?.isParticipant === true && isReached) return this.#sid;
    let best = this.#sid;
    let bestZxid = -1n;
    for (const voter of config.votingMembers) {
      const acked = voter === this.#sid ? null : this.#voters.ackedZxidOf(voter);
      if (acked === null || acked < zxid) continue;
      if (acked < bestZxid || (acked === bestZxid && voter > best)) continue;
      best = voter;
      bestZxid = acked;
    }
    return best;
  }
}
