import { statSync } from "node:fs";
import { join } from "node:path";
import { ExitCode } from "../cli/exitCodes.ts";
import { ConfigError } from "./configError.ts";
import type { ServerConfig } from "./serverConfig.ts";
import type { Settings } from "./settings.ts";

/** What can be said about the folders before anything is written: Apache's DatadirException, exit code 3. */
export function checkDataFolders(config: ServerConfig, settings: Settings): void {
  const { dataDir, dataLogDir } = config.disk;
  checkFolder(config, settings, "dataLogDir", dataLogDir);
  if (dataDir !== dataLogDir) checkFolder(config, settings, "dataDir", dataDir);
}

function checkFolder(config: ServerConfig, settings: Settings, key: string, folder: string): void {
  const origin = (settings.find(key) ?? settings.find("dataDir"))?.origin ?? key;
  for (const path of [folder, join(folder, "version-2")]) {
    const kind = kindOf(path);
    if (kind === "other") {
      throw unusable(`${origin}: ${path} is not a folder that can be read; name another folder for ${key}`);
    }
    if (kind === "missing" && !config.disk.datadirAutocreate) {
      throw unusable(`${origin}: ${path} is missing and datadir.autocreate is false; create it`);
    }
  }
  const relative = !/^(\/|\.\/|\.\.\/|[A-Za-z]:)/.test(folder);
  if (relative && config.source.file !== null) {
    settings.notices.warn(`${origin}: ${folder} is relative; write ./${folder} to show that it is meant`);
  }
}

function kindOf(path: string): "folder" | "missing" | "other" {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return "missing";
    return stat.isDirectory() ? "folder" : "other";
  } catch {
    return "other";
  }
}

function unusable(message: string): ConfigError {
  return new ConfigError(ExitCode.UNABLE_TO_ACCESS_DATADIR, message);
}
