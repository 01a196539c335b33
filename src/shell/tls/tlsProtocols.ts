import { constants } from "node:crypto";
import type { SecureVersion } from "node:tls";

import { TlsError } from "./tlsError.ts";
import type { TlsSettings } from "./tlsSettings.ts";

/** Enabled protocols as node:tls takes them. */
export interface ProtocolOptions {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** SSL_OP_NO_… bits; 0 for none. */
  readonly secureOptions: number;
  /** What was named but stays off. */
  readonly warnings: readonly string[];
}

/** Off in every current JVM by jdk.tls.disabledAlgorithms, so a list that names them works there without them. */
const DISABLED: ReadonlySet<string> = new Set(["SSLv2Hello", "SSLv3", "TLSv1", "TLSv1.1"]);

/**
 * The protocols that a server offers, as Apache works them out:
 * - enabledProtocols, if set, is the list;
 * - else the client port has `protocol` **alone** (ClientX509Util), so by default TLSv1.3 only and no TLSv1.2;
 * - else a peer port has the JVM's defaults for it (SSLContextAndOptions): TLSv1.3 brings TLSv1.2 along.
 *
 * Throws {@link TlsError} for unknown names, or when nothing is left.
 */
export function protocolOptions(settings: TlsSettings): ProtocolOptions {
  const { prefix, enabledProtocols, protocol } = settings;
  const setting = enabledProtocols === undefined ? `${prefix}protocol` : `${prefix}enabledProtocols`;
  const text = enabledProtocols ?? protocol ?? "TLSv1.3";
  let names = text.split(",");
  if (enabledProtocols === undefined && prefix === "ssl.quorum." && ["TLSv1.3", "TLS"].includes(text)) {
    names = ["TLSv1.3", "TLSv1.2"];
  }
  for (const name of names) {
    if (name !== "TLSv1.2" && name !== "TLSv1.3" && !DISABLED.has(name)) {
      throw new TlsError(
        "ERR_TLS_SETTING",
        `${setting}=${text}: the protocol "${name}" is unknown; use TLSv1.2 and TLSv1.3, with a comma between and no blanks`,
      );
    }
  }
  const versions = (["TLSv1.2", "TLSv1.3"] as const).filter((version) => names.includes(version));
  const off = names.filter((name) => DISABLED.has(name));
  if (versions.length === 0) {
    throw new TlsError(
      "ERR_TLS_SETTING",
      `${setting}=${text}: only protocols that are switched off for their weakness; use TLSv1.2 or TLSv1.3`,
    );
  }
  return {
    minVersion: versions[0],
    maxVersion: versions[versions.length - 1],
    // As Apache, which sets jdk.tls.rejectClientInitiatedRenegotiation.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    warnings: off.map((name) => `${setting}: ${name} stays off, as in current JVMs, since it is weak`),
  };
}
