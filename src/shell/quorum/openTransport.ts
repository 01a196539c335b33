import { ExitCode } from "../cli/exitCodes.ts";
import { ConfigError } from "../config/configError.ts";
import type { EnsembleConfig } from "../config/serverConfig.ts";
import type { TlsLog } from "../tls/tlsError.ts";
import type { KnownHosts } from "./peerTls.ts";
import { PeerTransport } from "./peerTransport.ts";

/** The way to the other servers as it is configured. Rejects with ConfigError where a key or trust store cannot be used. */
export async function openTransport(
  { tls, sasl, tcpKeepAlive, openingMsMax }: EnsembleConfig,
  log: TlsLog,
  knownHosts: KnownHosts,
): Promise<PeerTransport> {
  // What is not used costs nothing at the start.
  const login = sasl === null ? null : await import("./quorumSasl.ts");
  const warn = (message: string): void => log.warn(message);
  const logins =
    sasl === null || login === null
      ? null
      : new login.QuorumSasl({ ...sasl, patienceMs: openingMsMax, warn });
  if (tls === null) return new PeerTransport(null, logins, tcpKeepAlive);
  const { PeerTls } = await import("./peerTls.ts");
  try {
    return new PeerTransport(new PeerTls(tls, log, knownHosts), logins, tcpKeepAlive);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new ConfigError(ExitCode.INVALID_INVOCATION, text, error);
  }
}
