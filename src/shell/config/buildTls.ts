import { defaultTlsSettings } from "../tls/tlsSettings.ts";
import type { StoreSettings, TlsPrefix, TlsSettings } from "../tls/tlsSettings.ts";
import type { ClientTlsConfig } from "./serverConfig.ts";
import type { Settings } from "./settings.ts";

/** Reads `ssl.*`; the stores themselves are opened when TLS starts. Keys that would be unsafe to ignore are refused before. */
export function buildClientTls(settings: Settings): ClientTlsConfig {
  return {
    settings: {
      ...readTls(settings, "ssl."),
      authProvider: settings.text("ssl.authProvider"),
      superUser: settings.text("X509AuthenticationProvider.superUser"),
    },
    certReload: settings.boolean("client.certReload", false),
  };
}

/** Reads the settings of a prefix. */
export function readTls(settings: Settings, prefix: TlsPrefix): TlsSettings {
  const defaults = defaultTlsSettings(prefix);
  const flag = (name: string, fallback: boolean): boolean => settings.boolean(prefix + name, fallback);
  return {
    prefix,
    keyStore: store(settings, `${prefix}keyStore`),
    trustStore: store(settings, `${prefix}trustStore`),
    protocol: settings.nonEmpty(`${prefix}protocol`),
    enabledProtocols: settings.nonEmpty(`${prefix}enabledProtocols`),
    ciphersuites: settings.nonEmpty(`${prefix}ciphersuites`),
    clientAuth: settings.nonEmpty(`${prefix}clientAuth`),
    hostnameVerification: flag("hostnameVerification", defaults.hostnameVerification),
    clientHostnameVerification: flag("clientHostnameVerification", defaults.clientHostnameVerification),
    allowReverseDnsLookup: flag("allowReverseDnsLookup", defaults.allowReverseDnsLookup),
    crl: flag("crl", false),
    ocsp: flag("ocsp", false),
    fipsMode: settings.boolean("fips-mode", defaults.fipsMode),
    handshakeDetectionTimeoutMs: settings.int(
      `${prefix}handshakeDetectionTimeoutMillis`,
      defaults.handshakeDetectionTimeoutMs,
    ),
  };
}

function store(settings: Settings, name: string): StoreSettings | undefined {
  const location = settings.nonEmpty(`${name}.location`);
  const password = settings.nonEmpty(`${name}.password`);
  const passwordPath = settings.nonEmpty(`${name}.passwordPath`);
  const type = settings.nonEmpty(`${name}.type`);
  return location === undefined ? undefined : { location, password, passwordPath, type };
}
