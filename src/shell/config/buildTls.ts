import { defaultTlsSettings } from "../tls/tlsSettings.ts";
import type { StoreSettings } from "../tls/tlsSettings.ts";
import type { ClientTlsConfig } from "./serverConfig.ts";
import type { Settings } from "./settings.ts";

/** Reads `ssl.*`; the stores themselves are opened when TLS starts. Keys that would be unsafe to ignore are refused before. */
export function buildClientTls(settings: Settings): ClientTlsConfig {
  const defaults = defaultTlsSettings("ssl.");
  const flag = (name: string, fallback: boolean): boolean => settings.boolean(`ssl.${name}`, fallback);
  return {
    settings: {
      prefix: "ssl.",
      keyStore: store(settings, "ssl.keyStore"),
      trustStore: store(settings, "ssl.trustStore"),
      protocol: settings.nonEmpty("ssl.protocol"),
      enabledProtocols: settings.nonEmpty("ssl.enabledProtocols"),
      ciphersuites: settings.nonEmpty("ssl.ciphersuites"),
      clientAuth: settings.nonEmpty("ssl.clientAuth"),
      hostnameVerification: flag("hostnameVerification", defaults.hostnameVerification),
      clientHostnameVerification: flag("clientHostnameVerification", defaults.clientHostnameVerification),
      allowReverseDnsLookup: flag("allowReverseDnsLookup", defaults.allowReverseDnsLookup),
      crl: flag("crl", false),
      ocsp: flag("ocsp", false),
      fipsMode: settings.boolean("fips-mode", defaults.fipsMode),
      authProvider: settings.text("ssl.authProvider"),
      superUser: settings.text("X509AuthenticationProvider.superUser"),
      handshakeDetectionTimeoutMs: settings.int(
        "ssl.handshakeDetectionTimeoutMillis",
        defaults.handshakeDetectionTimeoutMs,
      ),
    },
    certReload: settings.boolean("client.certReload", false),
  };
}

function store(settings: Settings, name: string): StoreSettings | undefined {
  const location = settings.nonEmpty(`${name}.location`);
  const password = settings.nonEmpty(`${name}.password`);
  const passwordPath = settings.nonEmpty(`${name}.passwordPath`);
  const type = settings.nonEmpty(`${name}.type`);
  return location === undefined ? undefined : { location, password, passwordPath, type };
}
