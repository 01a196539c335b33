import { readFileSync } from "node:fs";
import { ExitCode } from "../cli/exitCodes.ts";
import { ConfigError } from "../config/configError.ts";
import type { ServerConfig } from "../config/serverConfig.ts";
import type { TlsServerOptions } from "../tls/secureContext.ts";

/** Reads the store and password files of the client ports. */
export const readStoreFile = (path: string): Buffer => readFileSync(path);

/** Whether a client port speaks TLS; if none does, `ssl.*` has no effect and its files are not opened. */
export function needsTls({ network }: ServerConfig): boolean {
  return network.secureClientAddress !== null || network.portUnification;
}

/**
 * Opens the key and trust stores of the client ports and tries them out. Apache's start does not look at them, and
 * then fails each client; here they are a part of the configuration: throws ConfigError.
 */
export async function openClientStores({ tls }: ServerConfig): Promise<TlsServerOptions> {
  // TLS costs a tenth of the start, which plain servers need not pay.
  const [{ buildSecureContextOptions }, { createSecureContext }] = await Promise.all([
    import("../tls/secureContext.ts"),
    import("node:tls"),
  ]);
  try {
    const options = buildSecureContextOptions(tls.settings, readStoreFile);
    createSecureContext(options.context);
    return options;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new ConfigError(ExitCode.INVALID_INVOCATION, text, error);
  }
}
