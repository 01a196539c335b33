import { authSetup } from "../authSetup.ts";
import type { ServerConfig } from "../config/serverConfig.ts";
import { needsTls, openClientStores } from "../net/clientTls.ts";

/**
 * Reads the files that a start would read besides the data: key and trust stores, their passwords, the JAAS file.
 * Throws the start's own ConfigError, and gives the warnings that the start would log. Binds and writes nothing.
 */
export async function checkStart(config: ServerConfig): Promise<readonly string[]> {
  authSetup(config);
  return needsTls(config) ? (await openClientStores(config)).warnings : [];
}
