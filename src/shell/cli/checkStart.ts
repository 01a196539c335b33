import { authSetup } from "../authSetup.ts";
import type { ServerConfig } from "../config/serverConfig.ts";
import { openTransport } from "../quorum/openTransport.ts";
import { needsTls, openClientStores } from "../net/clientTls.ts";

/**
 * Reads the files that a start would read besides the data: key and trust stores, their passwords, the JAAS file.
 * Throws the start's own ConfigError, and gives the warnings that the start would log. Binds and writes nothing.
 */
export async function checkStart(config: ServerConfig): Promise<readonly string[]> {
  authSetup(config);
  const warnings = needsTls(config) ? (await openClientStores(config)).warnings : [];
  return [...warnings, ...(await checkTransport(config))];
}

/** The stores of TLS between servers. */
async function checkTransport({ ensemble }: ServerConfig): Promise<readonly string[]> {
  if (ensemble === null) return [];
  const warnings: string[] = [];
  const log = {
    info: () => undefined,
    warn: (text: string) => void warnings.push(text),
    error: (text: string) => void warnings.push(text),
  };
  (await openTransport(ensemble, log, () => [])).close();
  return warnings;
}
