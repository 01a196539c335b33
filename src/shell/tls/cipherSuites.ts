import { TlsError } from "./tlsError.ts";

/** The suites of Apache's X509Util on Java 9 and later, in its order, by their JVM names. */
export const DEFAULT_CIPHERSUITES: readonly string[] = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
  "TLS_AES_256_GCM_SHA384",
  "TLS_AES_128_GCM_SHA256",
  "TLS_CHACHA20_POLY1305_SHA256",
];

/** A signalling value, not a suite: allowed in a JVM list, and OpenSSL always sends what it asks for. */
const RENEGOTIATION_INFO = "TLS_EMPTY_RENEGOTIATION_INFO_SCSV";

/** TLS 1.2 suites without encryption strength left are not here: Java disables them too. */
const OPENSSL_KEY_EXCHANGES: Readonly<Record<string, string>> = {
  ECDHE_ECDSA: "ECDHE-ECDSA-",
  ECDHE_RSA: "ECDHE-RSA-",
  DHE_RSA: "DHE-RSA-",
  RSA: "",
};
const OPENSSL_CIPHERS: Readonly<Record<string, string>> = {
  AES_128_GCM_SHA256: "AES128-GCM-SHA256",
  AES_256_GCM_SHA384: "AES256-GCM-SHA384",
  CHACHA20_POLY1305_SHA256: "CHACHA20-POLY1305",
  AES_128_CBC_SHA256: "AES128-SHA256",
  AES_256_CBC_SHA384: "AES256-SHA384",
  AES_256_CBC_SHA256: "AES256-SHA256",
  AES_128_CBC_SHA: "AES128-SHA",
  AES_256_CBC_SHA: "AES256-SHA",
};
/** Combinations that the two tables allow and the standard does not know. */
const NOT_A_SUITE =
  /^(ECDHE_(ECDSA|RSA)_WITH_AES_256_CBC_SHA256|(DHE_RSA|RSA)_WITH_AES_256_CBC_SHA384|RSA_WITH_CHACHA20_POLY1305_SHA256)$/;

/** Suites by the protocol they serve, in the given order, in OpenSSL's names. */
export interface OpensslSuites {
  readonly tls13: readonly string[];
  readonly tls12: readonly string[];
}

/**
 * Translates JVM suite names. Throws {@link TlsError} for a name that OpenSSL has nothing for: a server that silently
 * offers less than its operator wrote is hard to find out about.
 */
export function toOpensslSuites(names: readonly string[], setting: string): OpensslSuites {
  const tls13: string[] = [];
  const tls12: string[] = [];
  for (const name of names) {
    if (name === RENEGOTIATION_INFO) continue;
    if (/^TLS_(AES_(128|256)_GCM_SHA(256|384)|CHACHA20_POLY1305_SHA256)$/.test(name)) tls13.push(name);
    else tls12.push(toOpensslTls12Suite(name, setting));
  }
  return { tls13, tls12 };
}

function toOpensslTls12Suite(name: string, setting: string): string {
  const match = /^TLS_(.+)_WITH_(.+)$/.exec(name);
  const keyExchange = match === null ? undefined : OPENSSL_KEY_EXCHANGES[match[1]];
  const cipher = match === null ? undefined : OPENSSL_CIPHERS[match[2]];
  if (keyExchange === undefined || cipher === undefined || NOT_A_SUITE.test(name.slice(4))) {
    throw new TlsError(
      "ERR_TLS_SETTING",
      `${setting}: the cipher suite ${name} is unknown or not supported; remove it ` +
        "(names are the JVM's, as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)",
    );
  }
  return keyExchange + cipher;
}
