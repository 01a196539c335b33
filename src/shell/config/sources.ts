import { readFileSync } from "node:fs";
import { ExitCode } from "../cli/exitCodes.ts";
import type { ConfigInput } from "./config.ts";
import { ConfigError } from "./configError.ts";
import type { ConfigEntry } from "./entries.ts";
import { parsePropertiesFile } from "./membership.ts";

/** `--port`, `--host`, `--data-dir`, `--memory`, or the options of `startServer` with these meanings. */
export interface ConfigOverrides {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly memory?: boolean | undefined;
}

/** The keys that were written, in order. */
export interface Written {
  readonly entries: readonly ConfigEntry[];
  readonly duplicates: readonly string[];
  readonly initialConfig: string | null;
}

/** Reads the keys of the file, of the positional arguments or of an embedding program. */
export function writtenEntries(input: Pick<ConfigInput, "file" | "args" | "keys">): Written {
  if (input.file !== undefined) return readFile(input.file);
  const entries =
    input.args === undefined
      ? Object.entries(input.keys ?? {}).map(([key, value]) => ({
          key,
          value: value.trim(),
          origin: "config of startServer",
        }))
      : argumentEntries(input.args);
  return { entries, duplicates: [], initialConfig: null };
}

function readFile(file: string): Written {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const hint = /^[0-9]+$/.test(file) ? `; for a port alone write --port ${file}` : "";
    throw invalid(`${file}: the configuration file cannot be read (${errorCode(error)})${hint}`);
  }
  const entries = parsePropertiesFile(file, bytes);
  return {
    entries,
    duplicates: entries.flatMap(({ key, origin, replaced }) =>
      replaced.map((line) => `${origin}: ${key} replaces the value of line ${line}`),
    ),
    initialConfig: Buffer.from(bytes).toString("utf8"),
  };
}

/** The defaults that ServerConfig has where QuorumPeerConfig has others: no limit of connections per address. */
function argumentEntries(args: readonly string[]): ConfigEntry[] {
  if (args.length < 2 || args.length > 4) {
    throw invalid(
      `${args.length} arguments; write <zoo.cfg> or <port> <dataDir> [tickTime] [maxClientCnxns]`,
    );
  }
  const names = ["clientPort", "dataDir", "tickTime", "maxClientCnxns"];
  const entries = args.map((value, index) => ({
    key: names[index],
    value,
    origin: `argument ${index + 1}`,
  }));
  if (args.length < 4) entries.push({ key: "maxClientCnxns", value: "0", origin: "default with arguments" });
  return entries;
}

/** The keys that options stand for: of the command line, or of `startServer` if a program embeds the server. */
export function overrideEntries({
  overrides = {},
  keys,
}: Pick<ConfigInput, "overrides" | "keys">): ConfigEntry[] {
  const origin = (option: string, name: string): string =>
    keys === undefined ? option : `${name} of startServer`;
  const entries: ConfigEntry[] = [];
  const add = (key: string, value: string | undefined, from: string): void => {
    if (value !== undefined) entries.push({ key, value: value.trim(), origin: from });
  };
  add("clientPort", overrides.port, origin("--port", "port"));
  add("clientPortAddress", overrides.host, origin("--host", "host"));
  add("dataDir", overrides.dataDir, origin("--data-dir", "dataDir"));
  return entries;
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function invalid(message: string): ConfigError {
  return new ConfigError(ExitCode.INVALID_INVOCATION, message);
}
