import { inJavaMapOrder } from "../java/javaMapOrder.ts";
import { HierarchicalQuorum, type Hierarchy } from "./hierarchicalQuorum.ts";
import { QuorumConfigError } from "./quorumConfigError.ts";
import { parseQuorumServer, quorumServerText, type QuorumServer } from "./quorumServer.ts";
import { MajorityQuorum, type QuorumVerifier } from "./quorumVerifier.ts";

/**
 * A configuration of the ensemble: its members, who votes and what decides. It travels as a text, in notifications,
 * NEWLEADER, the data of /zookeeper/config and the transactions of reconfigurations (peer.md section 8.1):
 *
 *     server.1=host:2888:3888:participant;0.0.0.0:2181
 *     version=100000000
 */
export class QuorumConfig implements QuorumVerifier {
  readonly servers: ReadonlyMap<bigint, QuorumServer>;
  readonly votingMembers: ReadonlySet<bigint>;
  /** zxid of the reconfiguration that made it; 0 for that of the config file. */
  readonly version: bigint;
  /** Null with majority quorums. */
  readonly hierarchy: Hierarchy | null;
  /** As Apache writes it, lines in the order of its maps. */
  readonly text: string;
  readonly #verifier: QuorumVerifier;

  readonly #bins: number;

  /**
   * Throws QuorumConfigError for a hierarchy that does not fit the servers.
   * @param bins Of the map that Apache would hold the servers in: what its text is ordered by.
   */
  constructor(
    servers: Iterable<QuorumServer>,
    version: bigint,
    hierarchy: Hierarchy | null = null,
    bins = 16,
  ) {
    this.#bins = bins;
    this.servers = new Map([...servers].map((server) => [server.sid, server]));
    this.version = version;
    const voters = [...this.servers.values()].filter(({ isParticipant }) => isParticipant);
    const sids = voters.map(({ sid }) => sid);
    this.votingMembers = new Set(sids);
    this.hierarchy = hierarchy === null ? null : withDefaultWeights(hierarchy, sids);
    this.#verifier =
      this.hierarchy === null ? new MajorityQuorum(sids) : new HierarchicalQuorum(sids, this.hierarchy);
    this.text = [...this.#lines(), `version=${BigInt.asUintN(64, version).toString(16)}`].join("\n");
  }

  /** Reads a text of Apache's or ours; throws QuorumConfigError. */
  static fromText(text: string): QuorumConfig {
    const lines = text.split("\n").map((line) => line.trim());
    return QuorumConfig.fromEntries(
      lines.filter((line) => line !== "").map((line) => [keyOf(line), line.slice(keyOf(line).length + 1)]),
    );
  }

  /** From the lines server.N, group.N, weight.N and version of a file or a text; others are not looked at. */
  static fromEntries(entries: Iterable<readonly [key: string, value: string]>): QuorumConfig {
    const servers: QuorumServer[] = [];
    const groupBySid = new Map<bigint, bigint>();
    const weightBySid = new Map<bigint, bigint>();
    let version = 0n;
    for (const [key, value] of entries) {
      if (key.startsWith("server.")) servers.push(parseQuorumServer(numberOf(key), value));
      else if (key.startsWith("group.")) addGroup(groupBySid, numberOf(key), value);
      else if (key.startsWith("weight.")) weightBySid.set(numberOf(key), integerOf(key, value));
      else if (key === "version") version = versionOf(value);
    }
    const isHierarchical = groupBySid.size > 0 || weightBySid.size > 0;
    return new QuorumConfig(servers, version, isHierarchical ? { groupBySid, weightBySid } : null);
  }

  /** The same members under another version. */
  withVersion(version: bigint): QuorumConfig {
    return new QuorumConfig(this.servers.values(), version, this.hierarchy);
  }

  /** With majority quorums all weigh 1. A server of a hierarchy that has no weight is never to lead. */
  weightOf(sid: bigint): number {
    return this.hierarchy === null ? 1 : Number(this.hierarchy.weightBySid.get(sid) ?? 0n);
  }

  containsQuorum(sids: ReadonlySet<bigint>): boolean {
    return this.#verifier.containsQuorum(sids);
  }

  /** Whether both are one: of one version, or with the same members, roles and quorums (equals of the verifiers). */
  hasMembersOf(other: QuorumConfig): boolean {
    return this.version === other.version || this.fileText === other.fileText;
  }

  /** The content of a dynamic config file: sorted, without the version, which stands in the file's name. */
  get fileText(): string {
    return this.#lines().sort().join("\n");
  }

  #lines(): string[] {
    const lines = this.#ordered(this.servers, this.#bins).map(
      ([sid, server]) => `server.${sid}=${quorumServerText(server)}`,
    );
    if (this.hierarchy === null) return lines;
    const { groupBySid, weightBySid } = this.hierarchy;
    const sidsByGroup = new Map<bigint, bigint[]>();
    for (const [sid, group] of this.#ordered(groupBySid))
      sidsByGroup.set(group, [...(sidsByGroup.get(group) ?? []), sid]);
    for (const [group, sids] of this.#ordered(sidsByGroup)) lines.push(`group.${group}=${sids.join(":")}`);
    for (const [sid, weight] of this.#ordered(weightBySid)) lines.push(`weight.${sid}=${weight}`);
    return lines;
  }

  #ordered<V>(map: ReadonlyMap<bigint, V>, bins = 16): [bigint, V][] {
    const entries: [bigint, V][] = [];
    for (const key of inJavaMapOrder(map.keys(), "HashMap", 0, bins)) {
      const value = map.get(key);
      if (value !== undefined) entries.push([key, value]);
    }
    return entries;
  }
}

function withDefaultWeights({ groupBySid, weightBySid }: Hierarchy, voters: readonly bigint[]): Hierarchy {
  return { groupBySid, weightBySid: new Map([...voters.map((sid) => [sid, 1n] as const), ...weightBySid]) };
}

function addGroup(groupBySid: Map<bigint, bigint>, group: bigint, value: string): void {
  for (const word of value.split(":")) {
    const sid = integerOf(`group.${group}`, word);
    const other = groupBySid.get(sid);
    if (other !== undefined)
      throw new QuorumConfigError(`server ${sid} is in group.${other} and in group.${group}; keep it in one`);
    groupBySid.set(sid, group);
  }
}

function keyOf(line: string): string {
  const end = line.indexOf("=");
  if (end < 0) throw new QuorumConfigError(`'${line}' is no line key=value`);
  return line.slice(0, end);
}

/** The number behind the dot. */
function numberOf(key: string): bigint {
  return integerOf(key, key.slice(key.indexOf(".") + 1));
}

function integerOf(key: string, text: string): bigint {
  if (!/^[+-]?\d{1,19}$/.test(text)) throw new QuorumConfigError(`${key}: '${text}' is no whole number`);
  return BigInt.asIntN(64, BigInt(text.replace("+", "")));
}

function versionOf(text: string): bigint {
  if (!/^[0-9a-f]{1,16}$/i.test(text))
    throw new QuorumConfigError(`version: '${text}' is no hexadecimal number`);
  return BigInt.asIntN(64, BigInt(`0x${text}`));
}
