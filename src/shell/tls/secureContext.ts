import { X509Certificate } from "node:crypto";
import type { SecureContextOptions } from "node:tls";

import { DEFAULT_CIPHERSUITES, toOpensslSuites } from "./cipherSuites.ts";
import { loadKeyStore, loadTrustStore } from "./keyStore.ts";
import type { ReadFile } from "./keyStore.ts";
import { TlsError } from "./tlsError.ts";
import { protocolOptions } from "./tlsProtocols.ts";
import type { TlsSettings } from "./tlsSettings.ts";

/** What a port does with the certificates of those who connect. */
export type ClientAuth = "NEED" | "WANT" | "NONE";

/** Settings and stores made ready for node:tls. */
export interface TlsServerOptions {
  /** For tls.createSecureContext; the server's keys and all else that a reload can change. */
  readonly context: SecureContextOptions;
  readonly clientAuth: ClientAuth;
  /** Things that work otherwise than their operator may think; each to be logged once, at start. */
  readonly warnings: readonly string[];
}

/** Resumed sessions are tied to this, so that a ticket of another port of this process is of no use here. */
const SESSION_CONTEXT = { "ssl.": "zabra-client", "ssl.quorum.": "zabra-peer" } as const;

/**
 * Loads the stores and checks every TLS setting of a server port. Throws {@link TlsError} with a text for the operator.
 *
 * As in Apache, without a trust store nobody is trusted (Apache's x509 provider refuses each certificate), and a trust
 * store may hold any certificate of a chain, a client's own included.
 */
export function buildSecureContextOptions(settings: TlsSettings, readFile: ReadFile): TlsServerOptions {
  const { prefix } = settings;
  refuseUnsupported(settings);
  const clientAuth = parseClientAuth(settings);
  const protocols = protocolOptions(settings);
  const ciphers = cipherOptions(
    settings,
    protocols.minVersion === "TLSv1.3",
    protocols.maxVersion === "TLSv1.2",
  );
  if (settings.keyStore === undefined || settings.keyStore.location === "") {
    throw new TlsError("ERR_TLS_SETTING", `${prefix}keyStore.location is not set; TLS needs a key store`);
  }
  const entries = loadKeyStore(settings.keyStore, readFile, `${prefix}keyStore`);
  const hasTrust = settings.trustStore !== undefined && settings.trustStore.location !== "";
  const ca = hasTrust ? loadTrustStore(settings.trustStore, readFile, `${prefix}trustStore`) : [];
  const warnings = [...protocols.warnings];
  if (!hasTrust && clientAuth !== "NONE") {
    warnings.push(`${prefix}trustStore.location is not set: every client certificate will be refused`);
  }
  return {
    context: {
      key: entries.map((entry) => entry.key),
      cert: entries.map((entry) => entry.cert),
      ca,
      allowPartialTrustChain: ca.some((pem) => !isSelfIssued(pem)),
      ...ciphers,
      honorCipherOrder: true,
      minVersion: protocols.minVersion,
      maxVersion: protocols.maxVersion,
      secureOptions: protocols.secureOptions,
      sessionIdContext: SESSION_CONTEXT[prefix],
    },
    clientAuth,
    warnings,
  };
}

function isSelfIssued(pem: string): boolean {
  const certificate = new X509Certificate(pem);
  return certificate.subject === certificate.issuer;
}

/** Security options that we lack must not be taken for working. */
function refuseUnsupported({ prefix, crl, ocsp, authProvider }: TlsSettings): void {
  for (const [name, value] of Object.entries({ crl, ocsp })) {
    if (value) {
      throw new TlsError(
        "ERR_TLS_SETTING",
        `${prefix}${name}=true: certificate revocation is not checked by this server; remove the line if that is acceptable`,
      );
    }
  }
  if (authProvider !== undefined && authProvider !== "" && authProvider !== "x509") {
    throw new TlsError(
      "ERR_TLS_SETTING",
      `${prefix}authProvider=${authProvider}: no auth provider of that name exists for TLS; only x509 does`,
    );
  }
}

function parseClientAuth({ prefix, clientAuth }: TlsSettings): ClientAuth {
  const value = (clientAuth ?? "").toUpperCase();
  switch (value) {
    case "":
      return "NEED";
    case "NEED":
    case "WANT":
    case "NONE":
      return value;
    default:
      throw new TlsError(
        "ERR_TLS_SETTING",
        `${prefix}clientAuth=${clientAuth} is unknown; use NEED, WANT or NONE`,
      );
  }
}

function cipherOptions(
  { prefix, ciphersuites }: TlsSettings,
  only13: boolean,
  only12: boolean,
): Pick<SecureContextOptions, "ciphers" | "dhparam"> {
  const setting = `${prefix}ciphersuites`;
  const names = ciphersuites === undefined ? DEFAULT_CIPHERSUITES : ciphersuites.split(",");
  const { tls13, tls12 } = toOpensslSuites(names, setting);
  const usable = only13 ? tls13 : only12 ? tls12 : [...tls13, ...tls12];
  if (usable.length === 0) {
    throw new TlsError(
      "ERR_TLS_SETTING",
      `${setting}: none of its suites fits the enabled protocols; add suites or change ${prefix}enabledProtocols`,
    );
  }
  const needsDh = usable.some((suite) => suite.startsWith("DHE-"));
  return { ciphers: usable.join(":"), ...(needsDh ? { dhparam: "auto" } : {}) };
}
