import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildEnsemble } from "./buildEnsemble.ts";
import { ConfigError } from "./configError.ts";
import type { ConfigEntry } from "./entries.ts";
import { PropertiesSyntaxError, parseJavaProperties } from "./javaProperties.ts";
import { ExitCode } from "../cli/exitCodes.ts";
import type { EnsembleConfig, ListenAddress } from "./serverConfig.ts";
import type { Settings } from "./settings.ts";
import { parseJavaInt } from "./values.ts";

/** What the lines server.N say to a lone server. */
export interface Membership {
  /** Of the file myid in dataDir; null without one. */
  readonly myid: bigint | null;
  /** Client part of this server's own line. */
  readonly clientAddress: ListenAddress | null;
  /** Null for a server alone. */
  readonly ensemble: EnsembleConfig | null;
}

interface ServerLine {
  readonly sid: bigint;
  readonly observer: boolean;
  readonly clientAddress: ListenAddress | null;
}

/**
 * Reads server.N of zoo.cfg or of the dynamic file, and myid. One voter alone is a lone server, with an error line as in
 * Apache, unless standaloneEnabled=false. Without a `dataDir` (memory only) there is no myid. Source:
 * `QuorumPeerConfig.parseDynamicConfig`.
 */
export function readMembership(
  settings: Settings,
  dataDir: string | null,
  baseFile: string | null,
): Membership {
  const entries = memberEntries(settings, baseFile);
  const lines = entries.filter(({ key }) => key.startsWith("server.")).map(parseServerLine);
  const origin = entries.at(0)?.origin ?? "configuration";
  const isEnsemble = checkCounts(settings, lines, origin);
  const myid = dataDir === null ? null : readMyid(dataDir);
  const own = lines.find(({ sid }) => sid === myid);
  const clientAddress = own?.clientAddress ?? null;
  if (!isEnsemble) return { myid, clientAddress, ensemble: null };
  if (dataDir === null)
    throw invalid(
      `${origin}: several servers keep what they promise each other on disk; name a dataDir and leave --memory out`,
    );
  if (myid === null)
    throw invalid(
      `${join(dataDir, "myid")} is missing: write the number N of this server's line server.N into it`,
    );
  if (own === undefined)
    throw invalid(
      `${origin}: no line server.${myid}, the number in ${join(dataDir, "myid")}; correct one of them`,
    );
  const dynamicFile = settings.text("dynamicConfigFile") ?? null;
  const files = { configFile: baseFile, dynamicFile };
  const pairs = entries.map(({ key, value }) => [key, value] as const);
  return { myid, clientAddress, ensemble: buildEnsemble(settings, myid, pairs, origin, files) };
}

function memberEntries(settings: Settings, baseFile: string | null): ConfigEntry[] {
  const entries: ConfigEntry[] = [];
  for (const [key, { value, origin }] of settings.byName) {
    if (/^(server\.|group|weight)/.test(key)) entries.push({ key, value, origin });
  }
  const dynamicFile = settings.text("dynamicConfigFile");
  if (dynamicFile === undefined) return entries;
  if (entries.length > 0) {
    throw invalid(
      `${entries[0].origin}: ${entries[0].key} must stand in the file of dynamicConfigFile (${dynamicFile})`,
    );
  }
  return readDynamicFile(dynamicFile, baseFile ?? "zoo.cfg");
}

function readDynamicFile(file: string, baseFile: string): ConfigEntry[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw invalid(`${baseFile}: dynamicConfigFile=${file} cannot be read (${String(error)})`);
  }
  const entries = parsePropertiesFile(file, bytes);
  for (const { key, origin } of entries) {
    if (!/^(server\.|group|weight)/.test(key)) {
      throw invalid(
        `${origin}: ${key} may not stand in a dynamic file; it takes server.N, group.N and weight.N`,
      );
    }
  }
  return entries;
}

/** An entry of a file, with the lines whose values it replaces. */
export interface FileEntry extends ConfigEntry {
  readonly replaced: readonly number[];
}

/** The keys of a properties file, trimmed, with `<file> line <n>` as origin; a bad \u escape is a ConfigError. */
export function parsePropertiesFile(file: string, bytes: Uint8Array): FileEntry[] {
  try {
    return parseJavaProperties(bytes).map(({ key, value, line, replacedLines }) => ({
      key: key.trim(),
      value: value.trim(),
      origin: `${file} line ${line}`,
      replaced: replacedLines,
    }));
  } catch (error) {
    if (error instanceof PropertiesSyntaxError) throw invalid(`${file} line ${error.line}: ${error.message}`);
    throw error;
  }
}

/** Whether the lines make an ensemble. */
function checkCounts(settings: Settings, lines: readonly ServerLine[], origin: string): boolean {
  const observers = lines.filter(({ observer }) => observer).length;
  const voters = lines.length - observers;
  const standaloneEnabled = settings.boolean("standaloneEnabled", true);
  if (voters === 0 && !standaloneEnabled) {
    throw settings.refusal(
      "standaloneEnabled",
      "needs at least one server.N that votes; add them or remove the key",
    );
  }
  if (voters > 1 || (voters === 1 && !standaloneEnabled)) {
    if (voters <= 2)
      settings.notices.warn(
        `${origin}: ${voters} servers vote, so none of them may fail; three can spare one`,
      );
    else if (voters % 2 === 0)
      settings.notices.warn(`${origin}: ${voters} servers vote, which can spare no more than ${voters - 1}`);
    return true;
  }
  if (observers > 0) throw invalid(`${origin}: observers need at least two server.N that vote`);
  if (voters === 1) {
    settings.notices.error(`${origin}: only one server is named, so it is ignored and the server runs alone`);
  }
  return false;
}

const FORM = "must be host:port:electionPort[:participant|observer][;[host:]clientPort]";

function parseServerLine({ key, value, origin }: ConfigEntry): ServerLine {
  const place = `${origin}: ${key}=${value}`;
  const sid = parseSid(key.slice("server.".length));
  if (sid === null) throw invalid(`${place}: the name must end in the number of a server`);
  const [peers, client, ...rest] = value.split(";");
  if (rest.length > 0) throw invalid(`${place}: ${FORM}`);
  const roles = peers.split("|").map((address) => parseRole(address, place));
  return {
    sid,
    observer: roles[0],
    clientAddress: client === undefined ? null : parseClientPart(client, place),
  };
}

function parseRole(address: string, place: string): boolean {
  const parts = splitAddress(address);
  if (parts.length < 3 || parts.length > 4) throw invalid(`${place}: ${FORM}`);
  const [port, electionPort] = [parsePort(parts[1], place), parsePort(parts[2], place)];
  if (port === electionPort) throw invalid(`${place}: the two ports must differ`);
  const role = (parts[3] ?? "participant").trim().toLowerCase();
  if (role !== "participant" && role !== "observer") throw invalid(`${place}: ${role} is no role; ${FORM}`);
  return role === "observer";
}

function parseClientPart(text: string, place: string): ListenAddress {
  const parts = splitAddress(text);
  if (parts.length > 2) throw invalid(`${place}: ${FORM}`);
  const port = parsePort(parts[parts.length - 1], place);
  const host = parts.length === 2 ? parts[0] : "0.0.0.0";
  return { host: isWildcard(host) ? null : host, port };
}

/** Java listens on both families for either form of the wildcard. */
export function isWildcard(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "::" || host === "[::]";
}

function splitAddress(text: string): string[] {
  const literal = /^\[([^\]]*)\]:?(.*)$/.exec(text);
  return literal === null ? text.split(":") : [literal[1], ...literal[2].split(":")];
}

function parsePort(text: string, place: string): number {
  const port = parseJavaInt(text);
  if (port === undefined || port < 0 || port > 65535) throw invalid(`${place}: ${text} is no port; ${FORM}`);
  return port;
}

/** First line of myid; a file that holds no number stops even a lone server, as in Apache. */
function readMyid(dataDir: string): bigint | null {
  const file = join(dataDir, "myid");
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch {
    return null;
  }
  const line = text.split(/\r\n|\r|\n/)[0];
  const myid = parseSid(line);
  if (myid === null)
    throw invalid(`${file}: "${line}" is not a number; write the number of this server or remove it`);
  return myid;
}

function parseSid(text: string): bigint | null {
  if (!/^[+-]?[0-9]+$/.test(text)) return null;
  const sid = BigInt(text.replace("+", ""));
  return BigInt.asIntN(64, sid) === sid ? sid : null;
}

function invalid(message: string): ConfigError {
  return new ConfigError(ExitCode.INVALID_INVOCATION, message);
}
