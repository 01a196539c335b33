import { readFileSync } from "node:fs";
import { QuorumConfig } from "../../core/quorum/quorumConfig.ts";
import { QuorumConfigError } from "../../core/quorum/quorumConfigError.ts";
import type { ServerAddress } from "../../core/quorum/quorumServer.ts";
import { buildQuorumSasl, buildQuorumTls } from "./buildQuorumSecurity.ts";
import { nextFileOf, versionOfFile } from "./dynamicFiles.ts";
import { isLoopback } from "./friendlyDefaults.ts";
import type { EnsembleConfig } from "./serverConfig.ts";
import type { Settings } from "./settings.ts";

/** Where the members are written down. */
export interface MembershipFiles {
  /** zoo.cfg; null without one. */
  readonly configFile: string | null;
  /** Of the key dynamicConfigFile; null where the members stand in zoo.cfg itself. */
  readonly dynamicFile: string | null;
}

/**
 * The part of a configuration that only a member of an ensemble has (QuorumPeerConfig.setupQuorumPeerConfig); `entries`
 * are the lines server.N, group.N and weight.N.
 */
export function buildEnsemble(
  settings: Settings,
  myid: bigint,
  entries: Iterable<readonly [key: string, value: string]>,
  origin: string,
  files: MembershipFiles,
): EnsembleConfig {
  const version = files.dynamicFile === null ? 0n : (versionOfFile(files.dynamicFile) ?? 0n);
  const config = readConfig(settings, entries, origin).withVersion(version);
  const hasManyAddresses = settings.boolean("multiAddress.enabled", false);
  const many = [...config.servers.values()].find(({ addresses }) => addresses.length > 1);
  if (many !== undefined && !hasManyAddresses)
    throw settings.invalid(
      `${origin}: server.${many.sid} has several addresses, which needs multiAddress.enabled=true on all servers`,
    );
  const tls = buildQuorumTls(settings);
  const sasl = buildQuorumSasl(settings);
  const own = config.servers.get(myid);
  const isParticipant = settings.text("peerType", "participant").toLowerCase() !== "observer";
  if (own !== undefined && own.isParticipant !== isParticipant) {
    const type = own.isParticipant ? "participant" : "observer";
    settings.notices.warn(`${origin}: peerType is not the one of server.${myid}, which counts: ${type}`);
  }
  const observerMasterPort = positiveOf(settings.int("observerMasterPort", 0));
  const listenOnAllIps = settings.boolean("quorumListenOnAllIPs", false);
  const open = own?.addresses.find(({ host }) => listenOnAllIps || !isLoopback(host));
  const asksForCertificates =
    tls !== null && !tls.takesPlain && /^(need)?$/i.test(tls.settings.clientAuth ?? "");
  const isProtected = asksForCertificates || sasl?.isRequired === true;
  if (open !== undefined && !isProtected)
    settings.notices.warn(
      `${origin}: others can reach the ports ${portsText(open, observerMasterPort)} of server.${myid}, and whoever does ` +
        "may act as a member: neither certificates (sslQuorum) nor logins (quorum.auth.serverRequireSasl) are required. " +
        "Let a firewall keep all but the members away",
    );
  const syncLimit = limitOf(settings, "syncLimit");
  const tickTimeMs = settings.int("tickTime", 3000);
  const openingMs = settings.int("quorumCnxnTimeoutMs", -1);
  return {
    sid: myid,
    config,
    lastSeenConfig: readLastSeen(settings, files),
    reconfigEnabled: settings.boolean("reconfigEnabled", false),
    votersMin: settings.boolean("standaloneEnabled", true) ? 2 : 1,
    configFile: files.configFile,
    isStatic: files.dynamicFile === null,
    isParticipant: own?.isParticipant ?? isParticipant,
    initLimit: limitOf(settings, "initLimit"),
    syncLimit,
    openingMsMax: openingMs > 0 ? openingMs : tickTimeMs * syncLimit,
    electionPortBindRetry: settings.int("electionPortBindRetry", 3),
    tcpKeepAlive: settings.boolean("tcpKeepAlive", false),
    cnxTimeoutMs: settings.int("cnxTimeout", 5000),
    listenOnAllIps,
    forceSnapshotSync: settings.boolean("forceSnapshotSync", false),
    notificationIntervalMsMin: settings.int("fastleader.minNotificationInterval", 200),
    notificationIntervalMsMax: settings.int("fastleader.maxNotificationInterval", 60_000),
    tls,
    sasl,
    hasManyAddresses,
    checksReach: hasManyAddresses && settings.boolean("multiAddress.reachabilityCheckEnabled", true),
    observerDelayMs: settings.long("observer.election.DelayMs", 200),
    observerReconnectDelayMs: settings.long("observer.reconnectDelayMs", 0),
    observerMasterPort,
    oraclePath: oraclePathOf(settings, config, origin),
    readOnlyModeEnabled: settings.boolean("readonlymode.enabled", false),
    leaderServes: settings.notNo("leaderServes"),
  };
}

/** Only beside a dynamic file, as in Apache; what cannot be read counts as none, with a warning. */
function readLastSeen(settings: Settings, { configFile, dynamicFile }: MembershipFiles): QuorumConfig | null {
  if (configFile === null || dynamicFile === null) return null;
  const file = nextFileOf(configFile);
  try {
    return QuorumConfig.fromText(readFileSync(file, "utf8"));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!isMissing) settings.notices.warn(`${file} is not used: ${String(error)}`);
    return null;
  }
}

function readConfig(
  settings: Settings,
  entries: Iterable<readonly [key: string, value: string]>,
  origin: string,
): QuorumConfig {
  try {
    return QuorumConfig.fromEntries(entries);
  } catch (error) {
    if (!(error instanceof QuorumConfigError)) throw error;
    throw settings.invalid(`${origin}: ${error.message}`);
  }
}

/**
 * In Apache an oracle takes the place of groups and weights without a word, and a configuration with more voters than two
 * never asks it.
 */
function oraclePathOf(settings: Settings, config: QuorumConfig, origin: string): string | null {
  const path = settings.text("oraclePath", "");
  if (path === "") return null;
  if (config.hierarchy !== null)
    throw settings.refusal("oraclePath", "cannot stand beside group.N and weight.N; remove it, or them");
  if (config.votingMembers.size !== 2)
    settings.notices.warn(
      `${origin}: oraclePath has no effect among ${config.votingMembers.size} voters: the oracle decides between two`,
    );
  return path;
}

function portsText({ quorumPort, electionPort }: ServerAddress, observerMasterPort: number | null): string {
  if (observerMasterPort === null) return `${quorumPort} and ${electionPort}`;
  return `${quorumPort}, ${electionPort} and ${observerMasterPort}`;
}

function positiveOf(value: number): number | null {
  return value > 0 ? value : null;
}

function limitOf(settings: Settings, name: "initLimit" | "syncLimit"): number {
  const ticks = settings.int(name, 0);
  if (ticks > 0) return ticks;
  throw settings.find(name) === undefined
    ? settings.invalid(
        `${name} is not set; several servers need it, in ticks (usual: initLimit=10, syncLimit=5)`,
      )
    : settings.refusal(name, "must be a positive number of ticks");
}
