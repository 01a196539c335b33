/** Where a key or trust store lies and how it opens (`ssl.keyStore.*`, `ssl.trustStore.*`). */
export interface StoreSettings {
  readonly location: string;
  /** Empty or absent: none. With both, the file at `passwordPath` wins, as in Apache. */
  readonly password?: string | undefined;
  readonly passwordPath?: string | undefined;
  /** JKS, PEM, PKCS12 in any case; empty or absent: by the file's extension. */
  readonly type?: string | undefined;
}

/**
 * The `ssl.*` (client port) or `ssl.quorum.*` (peer ports) settings, as their texts stand in the configuration;
 * `undefined` is a setting that nobody wrote. {@link defaultTlsSettings} gives Apache's defaults.
 */
export interface TlsSettings {
  /** `ssl.` or `ssl.quorum.`: goes before a name in messages, and decides the default protocols. */
  readonly prefix: TlsPrefix;
  readonly keyStore?: StoreSettings | undefined;
  readonly trustStore?: StoreSettings | undefined;
  /** One JVM name, as TLSv1.3. */
  readonly protocol?: string | undefined;
  /** JVM names, comma between. */
  readonly enabledProtocols?: string | undefined;
  /** JVM names, comma between. */
  readonly ciphersuites?: string | undefined;
  /** NEED, WANT or NONE in any case; empty or absent: NEED. */
  readonly clientAuth?: string | undefined;
  /** Name checks as a whole; when false `clientHostnameVerification` has no effect either. */
  readonly hostnameVerification: boolean;
  readonly clientHostnameVerification: boolean;
  readonly allowReverseDnsLookup: boolean;
  readonly crl: boolean;
  readonly ocsp: boolean;
  /** `fips-mode`. See README.md for the little that it changes. */
  readonly fipsMode: boolean;
  /** `ssl.authProvider`; only x509 exists. */
  readonly authProvider?: string | undefined;
  /** `X509AuthenticationProvider.superUser`: the subject that is super user. */
  readonly superUser?: string | undefined;
  readonly handshakeDetectionTimeoutMs: number;
}

export type TlsPrefix = "ssl." | "ssl.quorum.";

/** Apache's defaults for a prefix: name checks of clients are on between peers, off on the client port. */
export function defaultTlsSettings(prefix: TlsPrefix): TlsSettings {
  const peers = prefix === "ssl.quorum.";
  return {
    prefix,
    hostnameVerification: true,
    clientHostnameVerification: peers,
    allowReverseDnsLookup: peers,
    crl: false,
    ocsp: false,
    fipsMode: true,
    handshakeDetectionTimeoutMs: 5000,
  };
}
