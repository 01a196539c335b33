import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ConfigFiles } from "../../core/peer/peerConfig.ts";
import { QuorumConfig } from "../../core/quorum/quorumConfig.ts";
import type { Log } from "../log.ts";
import { parseJavaProperties } from "./javaProperties.ts";

/** The file of the configuration in force; its version is the last part of its name, in hexadecimal. */
function dynamicFileOf(configFile: string, version: bigint): string {
  return `${configFile}.dynamic.${BigInt.asUintN(64, version).toString(16)}`;
}

/** The file of a configuration that was proposed. */
export function nextFileOf(configFile: string): string {
  return `${configFile}.dynamic.next`;
}

/** The version in the name of a dynamic file; null: none, which counts as 0 (QuorumPeerConfig.getVersionFromFilename). */
export function versionOfFile(file: string): bigint | null {
  const word = /\.([0-9a-f]{1,16})$/i.exec(file)?.[1];
  return word === undefined ? null : BigInt.asIntN(64, BigInt(`0x${word}`));
}

/**
 * Keeps the configurations of a member beside its zoo.cfg, as Apache does (disk and names: peer.md section 8.2):
 * `.dynamic.next` while one is proposed; `.dynamic.<version>` once it is in force, which zoo.cfg names from then on in
 * place of its own lines server.N. Each is written beside its name, synced and renamed. Without a zoo.cfg nothing is
 * kept, and the server's options count again at its next start.
 */
export class DynamicFiles implements ConfigFiles {
  readonly #configFile: string | null;
  readonly #sid: bigint;
  readonly #log: Log;

  constructor(configFile: string | null, sid: bigint, log: Log) {
    this.#configFile = configFile === null ? null : resolve(configFile);
    this.#sid = sid;
    this.#log = log;
  }

  saveProposed(config: QuorumConfig): void {
    this.#save((configFile) => {
      const lines = `${config.fileText}\nversion=${config.version.toString(16)}`.split("\n").sort();
      replaceFile(nextFileOf(configFile), lines.join("\n"));
    });
  }

  saveCommitted(config: QuorumConfig, isLastSeen: boolean): void {
    this.#save((configFile) => {
      const dynamicFile = dynamicFileOf(configFile, config.version);
      replaceFile(dynamicFile, config.fileText);
      const clientIsDynamic = (config.servers.get(this.#sid)?.clientAddress ?? null) !== null;
      pointTo(configFile, dynamicFile, clientIsDynamic);
      if (isLastSeen) rmSync(nextFileOf(configFile), { force: true });
    });
  }

  /** A folder that cannot be written to costs what a restart would know, as with Apache, and not the server. */
  #save(save: (configFile: string) => void): void {
    if (this.#configFile === null) return;
    try {
      save(this.#configFile);
    } catch (error) {
      this.#log.error(
        { err: error },
        `the configuration of the ensemble cannot be kept beside ${this.#configFile} (${String(error)}); after a restart this ` +
          "server would go by an older one: make the folder writable",
      );
    }
  }
}

/** Keeps zoo.cfg as it was before the server changed it for the first time, in `.bak`. */
export function backUpConfig(configFile: string): void {
  replaceFile(`${configFile}.bak`, readFileSync(configFile));
}

/** Of zoo.cfg what concerns this server alone stays; comments go, as with Apache. */
function pointTo(configFile: string, dynamicFile: string, clientIsDynamic: boolean): void {
  const moved = clientIsDynamic
    ? /^(server\.|group|weight|dynamicConfigFile|peerType|clientPort)/
    : /^(server\.|group|weight|dynamicConfigFile|peerType)/;
  const lines = parseJavaProperties(readFileSync(configFile))
    .map(({ key, value }) => ({ key: key.trim(), value: value.trim() }))
    .filter(({ key }) => !moved.test(key))
    .map(({ key, value }) => `${key}=${value}\n`);
  replaceFile(configFile, `${lines.join("")}dynamicConfigFile=${dynamicFile}\n`);
}

/** Written beside its name, synced, renamed, and the folder synced. Called rarely: the few milliseconds are waited for. */
function replaceFile(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.tmp`;
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const handle = openSync(temporary, "w");
  try {
    writeSync(handle, bytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
