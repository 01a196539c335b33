import { ExitCode } from "../cli/exitCodes.ts";
import { buildServerConfig } from "./buildServerConfig.ts";
import { ConfigError } from "./configError.ts";
import { applyAliasProperties, applyEntries, warnUnknownNames } from "./entries.ts";
import type { ConfigEntry } from "./entries.ts";
import { checkDataFolders } from "./dataFolders.ts";
import { overrideEntries, writtenEntries } from "./sources.ts";
import type { ConfigOverrides, Written } from "./sources.ts";
import { refuseKerberosLogin } from "./jaasFile.ts";
import { collectSystemProperties, environmentFlags, warnJmxVariables } from "./jvmFlags.ts";
import { checkKeyClasses, checkUnreadValues } from "./keyRules.ts";
import { readMembership } from "./membership.ts";
import { ConfigNotices } from "./notices.ts";
import type { ConfigNotice } from "./notices.ts";
import type { ServerConfig } from "./serverConfig.ts";
import { describe, Settings } from "./settings.ts";
import type { OriginatedValue } from "./settings.ts";
import { friendlyDefaults, isLoopback } from "./friendlyDefaults.ts";

/** Everything that a configuration is made of; all is optional, and nothing at all gives the friendly defaults. */
export interface ConfigInput {
  /** Path of zoo.cfg. */
  readonly file?: string | undefined;
  /** `<port> <dataDir> [tickTime] [maxClientCnxns]`, as ZooKeeperServerMain takes them; not beside `file`. */
  readonly args?: readonly string[] | undefined;
  /** Keys as they would stand in zoo.cfg, for embedding: they lie over the friendly defaults. */
  readonly keys?: Readonly<Record<string, string>> | undefined;
  /** Options of the command line, or of `startServer`, which lie over everything. */
  readonly overrides?: ConfigOverrides | undefined;
  /** Words `-Dname=value` of the command line. */
  readonly defines?: readonly string[] | undefined;
  /** Environment, for SERVER_JVMFLAGS and its like; none if absent. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A configuration that can be served. */
export interface LoadedConfig {
  readonly config: ServerConfig;
  /** What the operator should read, in the order of finding. */
  readonly notices: readonly ConfigNotice[];
  /** The texts of the notices of level warn and error. */
  readonly warnings: readonly string[];
  /** Where the value of each key came from: "zoo.cfg line 3", "default" … */
  readonly origins: ReadonlyMap<string, string>;
  /** System properties by whole name, those that zoo.cfg made among them. */
  readonly properties: ReadonlyMap<string, OriginatedValue>;
}

/** Reads and checks a configuration as Apache does (ops.md section 1), or throws a {@link ConfigError}. */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const notices = new ConfigNotices();
  const env = input.env ?? {};
  const places = [...environmentFlags(env), { origin: "the arguments", words: input.defines ?? [] }];
  warnJmxVariables(env, notices);
  const properties = collectSystemProperties(places, notices);
  const written = writtenEntries(input);
  const overrides = overrideEntries(input);
  const friendly =
    input.file === undefined && input.args === undefined
      ? friendlyDefaults([...written.entries, ...overrides])
      : [];
  const settings = new Settings(properties, notices);
  applyFriendly(settings, friendly);
  applyAliasProperties(settings);
  applyEntries(settings, [...written.entries, ...overrides]);
  warnDuplicates(written, settings);
  warnUnknownNames(settings);
  checkKeyClasses(settings);
  const config = resolve(settings, input, written);
  checkUnreadValues(settings);
  if (friendly.length > 0) warnOpenServer(settings);
  return {
    config,
    notices: notices.all(),
    warnings: notices
      .all()
      .filter(({ level }) => level !== "info")
      .map(({ text }) => text),
    origins: new Map([...settings.effective()].map(([name, { origin }]) => [name, origin])),
    properties: settings.properties,
  };
}

/** Friendly values lie below everything, also below -D words for the same property. */
function applyFriendly(settings: Settings, friendly: readonly ConfigEntry[]): void {
  const unset = friendly.filter(({ key }) => !settings.properties.has(`zookeeper.${key}`));
  applyEntries(settings, unset);
}

function warnDuplicates(written: Written, settings: Settings): void {
  for (const duplicate of written.duplicates) settings.notices.warn(duplicate);
}

function resolve(settings: Settings, input: ConfigInput, written: Written): ServerConfig {
  checkFixedKeys(settings);
  const memoryOnly = input.overrides?.memory === true;
  const dataDir = settings.text("dataDir", memoryOnly ? "" : undefined);
  if (dataDir === undefined || (dataDir === "" && !memoryOnly)) {
    throw invalid(
      `${input.file ?? "configuration"}: dataDir is not set; name the folder for snapshots and logs`,
    );
  }
  const membership = readMembership(settings, memoryOnly ? null : dataDir, input.file ?? null);
  const config = buildServerConfig(settings, {
    memoryOnly,
    dataDir,
    membership,
    source: { file: input.file ?? null, initialConfig: written.initialConfig },
  });
  if (!memoryOnly) checkDataFolders(config, settings);
  refuseKerberosLogin(settings);
  return config;
}

/** Keys with no value of their own in a lone server's configuration, yet with rules that stop the start. */
function checkFixedKeys(settings: Settings): void {
  if (settings.int("electionAlg", 3) !== 3)
    throw settings.refusal("electionAlg", "only 3 exists; remove the key");
  const peerType = settings.text("peerType", "participant").toLowerCase();
  if (peerType !== "participant" && peerType !== "observer") {
    throw settings.refusal("peerType", "must be participant or observer");
  }
  const enabled = settings.boolean("quorum.auth.enableSasl", false);
  const server = settings.boolean("quorum.auth.serverRequireSasl", false);
  const learner = settings.boolean("quorum.auth.learnerRequireSasl", false);
  if (learner && !enabled)
    throw settings.refusal("quorum.auth.learnerRequireSasl", "needs quorum.auth.enableSasl=true");
  if (server && !(enabled && learner)) {
    throw settings.refusal(
      "quorum.auth.serverRequireSasl",
      "needs quorum.auth.learnerRequireSasl=true and enableSasl",
    );
  }
}

/** Friendly defaults are for a machine of one's own; an address that others reach deserves a zoo.cfg. */
function warnOpenServer(settings: Settings): void {
  const host = settings.find("clientPortAddress");
  if (host === undefined || isLoopback(host.value)) return;
  settings.notices.warn(
    `${describe("clientPortAddress", host)}: other machines can connect; a zoo.cfg says what they may do`,
  );
}

function invalid(message: string): ConfigError {
  return new ConfigError(ExitCode.INVALID_INVOCATION, message);
}
