import { largeRequestMaxBytesDefault } from "../../core/throttle/largeRequestLimit.ts";
import { globalOutstandingLimitDefault } from "../../core/throttle/outstandingRequests.ts";
import { buildAuth, saslUserPrefix } from "./buildAuth.ts";
import { buildDisk } from "./buildDisk.ts";
import { buildThrottle } from "./buildThrottle.ts";
import { buildClientTls } from "./buildTls.ts";
import { jaasProperties } from "./jaasFile.ts";
import { isWildcard } from "./membership.ts";
import type { Membership } from "./membership.ts";
import type {
  ConfigSource,
  LimitsConfig,
  ListenAddress,
  NetworkConfig,
  ServerConfig,
  SessionsConfig,
} from "./serverConfig.ts";
import type { Settings } from "./settings.ts";

/** What stands outside the keys. */
export interface BuildInput {
  readonly memoryOnly: boolean;
  readonly dataDir: string;
  readonly membership: Membership;
  readonly source: Omit<ConfigSource, "effective">;
}

/** Reads every key that a lone server honours, with Apache's defaults, limits and corrections. */
export function buildServerConfig(settings: Settings, input: BuildInput): ServerConfig {
  const network = buildNetwork(settings, input.membership);
  return {
    source: { ...input.source, effective: settings.effective() },
    network,
    sessions: buildSessions(settings),
    limits: buildLimits(settings),
    throttle: buildThrottle(settings),
    disk: buildDisk(settings, input.dataDir, input.memoryOnly),
    tree: {
      digestEnabled: settings.boolean("digest.enabled", true),
      enforceQuota: settings.boolean("enforceQuota", false),
      extendedTypesEnabled: settings.boolean("extendedTypesEnabled", false),
      emulate353TTLNodes: settings.boolean("emulate353TTLNodes", false),
    },
    auth: buildAuth(settings, network.secureClientAddress !== null),
    sasl: {
      jaasFile: settings.nonEmpty("java.security.auth.login.config"),
      properties: jaasProperties(settings),
      section: settings.text("sasl.serverconfig", "Server"),
      sectionConfigured: settings.find("sasl.serverconfig") !== undefined,
      superPassword: settings.text("SASLAuthenticationProvider.superPassword"),
      users: saslUsers(settings),
    },
    tls: buildClientTls(settings),
    fourLetterWords: {
      whitelist: settings.text("4lw.commands.whitelist") ?? null,
      readOnlyModeEnabled: settings.boolean("readonlymode.enabled", false),
    },
    containers: {
      checkIntervalMs: containerCheckInterval(settings),
      maxPerMinute: settings.int("znode.container.maxPerMinute", 10_000),
      maxNeverUsedIntervalMs: settings.long("znode.container.maxNeverUsedIntervalMs", 0),
    },
    jvmPause: {
      enabled: settings.boolean("jvm.pause.monitor", false),
      sleepTimeMs: settings.long("jvm.pause.sleep.time.ms", 500),
      infoThresholdMs: settings.long("jvm.pause.info-threshold.ms", 1000),
      warnThresholdMs: settings.long("jvm.pause.warn-threshold.ms", 10_000),
    },
    misc: {
      myid: input.membership.myid,
      reconfigEnabled: settings.boolean("reconfigEnabled", false),
      fipsMode: settings.boolean("fips-mode", true),
    },
    ensemble: input.membership.ensemble,
  };
}

function buildNetwork(settings: Settings, membership: Membership): NetworkConfig {
  const clientAddress = clientListenAddress(settings, membership);
  const secureClientAddress = listenAddress(settings, "secureClientPort", "secureClientPortAddress");
  if (clientAddress === null && secureClientAddress === null) {
    throw settings.refusal(
      "clientPort",
      "not set, nor secureClientPort, so no client could connect; set one",
    );
  }
  return {
    clientAddress,
    secureClientAddress,
    clientPortListenBacklog: settings.int("clientPortListenBacklog", -1),
    clientTcpKeepAlive: settings.boolean("clientTcpKeepAlive", false),
    sessionlessCnxnTimeoutMs: settings.int("nio.sessionlessCnxnTimeout", 10_000),
    portUnification: settings.boolean("client.portUnification", false),
    outstandingHandshakeLimit: settings.int("netty.server.outstandingHandshake.limit", -1),
    earlyDropSecureConnectionHandshakes: settings.boolean(
      "netty.server.earlyDropSecureConnectionHandshakes",
      false,
    ),
  };
}

/** The client part of the server's own line must agree with clientPort, and stands in for it (`setupClientPort`). */
function clientListenAddress(settings: Settings, membership: Membership): ListenAddress | null {
  const written = listenAddress(settings, "clientPort", "clientPortAddress");
  const ofLine = membership.clientAddress;
  if (ofLine === null) return written;
  const contradicts =
    written !== null &&
    (written.port !== ofLine.port || (written.host !== null && written.host !== ofLine.host));
  if (contradicts) {
    throw settings.refusal(
      "clientPort",
      `differs from the client part of server.${membership.myid}; make them equal`,
    );
  }
  settings.note("clientPort", String(ofLine.port), `server.${membership.myid}`);
  return ofLine;
}

function listenAddress(settings: Settings, portKey: string, hostKey: string): ListenAddress | null {
  const host = settings.text(hostKey);
  if (settings.find(portKey) === undefined) {
    if (host !== undefined) throw settings.refusal(hostKey, `is set but ${portKey} is not; set both`);
    return null;
  }
  const port = settings.int(portKey, 0);
  if (port < 0 || port > 65535) throw settings.refusal(portKey, "must be a port, 0 to 65535");
  return { host: host === undefined || isWildcard(host) ? null : host.replace(/^\[(.*)\]$/, "$1"), port };
}

function buildSessions(settings: Settings): SessionsConfig {
  const tickTimeMs = settings.int("tickTime", 3000);
  if (tickTimeMs <= 0) throw settings.refusal("tickTime", "must be a positive number of milliseconds");
  const minSessionTimeoutMs = ticks(settings, "minSessionTimeout", 2 * tickTimeMs);
  const maxSessionTimeoutMs = ticks(settings, "maxSessionTimeout", 20 * tickTimeMs);
  if (minSessionTimeoutMs > maxSessionTimeoutMs) {
    const name = settings.find("minSessionTimeout") === undefined ? "maxSessionTimeout" : "minSessionTimeout";
    throw settings.refusal(
      name,
      `minSessionTimeout (${minSessionTimeoutMs}) must not be larger than maxSessionTimeout (${maxSessionTimeoutMs})`,
    );
  }
  return {
    tickTimeMs,
    minSessionTimeoutMs,
    maxSessionTimeoutMs,
    localSessionsEnabled: settings.boolean("localSessionsEnabled", false),
    localSessionsUpgradingEnabled: settings.boolean("localSessionsUpgradingEnabled", false),
    closeSessionTxnEnabled: settings.boolean("closeSessionTxn.enabled", true),
  };
}

/** -1 stands for the default, written or not. */
function ticks(settings: Settings, name: string, fallback: number): number {
  const value = settings.int(name, -1);
  if (value !== -1) return value;
  settings.note(name, String(fallback));
  return fallback;
}

/** Apache's timer does not start with another one either. */
function containerCheckInterval(settings: Settings): number {
  const name = "znode.container.checkIntervalMs";
  const intervalMs = settings.int(name, 60_000);
  if (intervalMs <= 0) throw settings.refusal(name, "must be a positive number of milliseconds");
  return intervalMs;
}

function buildLimits(settings: Settings): LimitsConfig {
  const juteMaxBufferBytes = settings.int("jute.maxbuffer", 0xfffff);
  if (juteMaxBufferBytes <= 0) throw settings.refusal("jute.maxbuffer", "must be a positive number of bytes");
  const extra = settings.int("jute.maxbuffer.extrasize", juteMaxBufferBytes);
  return {
    maxClientCnxns: settings.int("maxClientCnxns", 60),
    maxCnxns: atLeastZero(settings, "maxCnxns"),
    globalOutstandingLimit: settings.int("globalOutstandingLimit", globalOutstandingLimitDefault),
    juteMaxBufferBytes,
    juteMaxBufferExtraBytes:
      extra < 1024 ? settings.replace("jute.maxbuffer.extrasize", 1024, "must be at least 1024") : extra,
    ...largeRequests(settings),
  };
}

function atLeastZero(settings: Settings, name: string): number {
  const value = settings.int(name, 0);
  return value < 0 ? settings.replace(name, 0, "must not be negative") : value;
}

function largeRequests(
  settings: Settings,
): Pick<LimitsConfig, "largeRequestMaxBytes" | "largeRequestThresholdBytes"> {
  const maxBytes = settings.int("largeRequestMaxBytes", largeRequestMaxBytesDefault);
  const threshold = settings.int("largeRequestThreshold", -1);
  return {
    largeRequestMaxBytes:
      maxBytes <= 0
        ? settings.replace("largeRequestMaxBytes", largeRequestMaxBytesDefault, "must be positive")
        : maxBytes,
    largeRequestThresholdBytes:
      threshold === 0 || threshold < -1
        ? settings.replace("largeRequestThreshold", -1, "must be positive or -1")
        : threshold,
  };
}

/** Users given by keys, `sasl.user.<name>=<password>`. */
function saslUsers(settings: Settings): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const [property, { value }] of settings.properties) {
    if (!property.startsWith(saslUserPrefix)) continue;
    users.set(property.slice(saslUserPrefix.length), value);
    settings.note(property.slice("zookeeper.".length), value);
  }
  return users;
}
