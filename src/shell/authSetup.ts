import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { AccessControl } from "../core/auth/accessControl.ts";
import {
  type AuthSettings,
  defaultAuthSettings,
  type RegisteredProvider,
} from "../core/auth/authSettings.ts";
import { AuthEnforcement } from "../core/auth/enforcement.ts";
import { digestPasswords, parseJaas } from "../core/auth/sasl/jaas.ts";
import { effectivePasswords, SaslNegotiation } from "../core/auth/sasl/saslNegotiation.ts";
import type { ServerOptions } from "../core/server/serverOptions.ts";
import { ExitCode } from "./cli/exitCodes.ts";
import { ConfigError } from "./config/configError.ts";
import type { AuthProviderScheme, ServerConfig } from "./config/serverConfig.ts";
import { nodeDigests } from "./nodeDigests.ts";

const packageName = "org.apache.zookeeper.server.auth.";
const classByScheme: Readonly<Record<AuthProviderScheme, string>> = {
  ip: "IPAuthenticationProvider",
  digest: "DigestAuthenticationProvider",
  x509: "X509AuthenticationProvider",
  sasl: "SASLAuthenticationProvider",
  ensemble: "EnsembleAuthenticationProvider",
  key: "KeyAuthenticationProvider",
};
/** Access control, enforcement and SASL as the configuration asks for them. Throws ConfigError. */
export function authSetup(config: ServerConfig): Pick<ServerOptions, "access" | "enforcement" | "sasl"> {
  const passwords = saslPasswords(config);
  const settings = authSettings(config, passwords !== null);
  try {
    const access = new AccessControl(settings, nodeDigests);
    const enforcement = new AuthEnforcement(settings, (scheme) => access.hasScheme(scheme));
    const sasl = new SaslNegotiation({
      passwords,
      superUsers: settings.saslSuperUsers,
      allowFailedClients: settings.allowSaslFailedClients,
      required: enforcement.saslRequired,
      digests: nodeDigests,
      nextNonce: () => randomBytes(30).toString("base64"),
    });
    return { access, enforcement, sasl };
  } catch (error) {
    throw new ConfigError(
      ExitCode.INVALID_INVOCATION,
      error instanceof Error ? error.message : String(error),
    );
  }
}

function authSettings({ auth }: ServerConfig, saslEnabled: boolean): AuthSettings {
  const registeredProviders: RegisteredProvider[] = [...auth.schemes]
    .filter((scheme) => scheme !== "ip" && scheme !== "digest")
    .map((scheme) => ({ key: `authProvider.${scheme}`, className: packageName + classByScheme[scheme] }));
  return {
    ...defaultAuthSettings,
    skipAcl: auth.skipAcl,
    digestEnabled: auth.schemes.has("digest"),
    digestAlg: auth.digestAlg,
    superDigest: auth.superDigest ?? null,
    x509SuperUser: auth.x509SuperUser ?? null,
    saslSuperUsers: auth.saslSuperUsers,
    letAnySaslUserDoX: auth.letAnySaslUserDoX ?? null,
    registeredProviders,
    ensembleAuthNames: auth.ensembleAuthNames,
    saslEnabled,
    allowSaslFailedClients: auth.allowSaslFailedClients,
    enforceAuthEnabled: auth.enforceAuthEnabled,
    enforceAuthSchemes: auth.enforceAuthSchemes,
  };
}

/** Users of the JAAS section and of the keys, or null when there are neither and clients cannot do SASL here. */
function saslPasswords(config: ServerConfig): ReadonlyMap<string, string> | null {
  const { users, superPassword } = config.sasl;
  const section = jaasUsers(config);
  if (section === null && users.size === 0) return null;
  return effectivePasswords(new Map([...(section ?? []), ...users]), superPassword ?? null);
}

/** Users of the JAAS section; null without one. An empty file has no section and is fine. */
function jaasUsers({ sasl }: ServerConfig): ReadonlyMap<string, string> | null {
  if (sasl.jaasFile === undefined) return null;
  let text: string;
  try {
    text = readFileSync(sasl.jaasFile, "utf8");
  } catch (error) {
    throw new ConfigError(
      ExitCode.INVALID_INVOCATION,
      `java.security.auth.login.config: cannot read ${sasl.jaasFile}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const section = jaasSection(text, sasl.jaasFile, sasl);
  if (section === undefined) {
    if (!sasl.sectionConfigured) return null;
    throw new ConfigError(
      ExitCode.INVALID_INVOCATION,
      `${sasl.jaasFile} has no section ${sasl.section}, which sasl.serverconfig names; add it or correct the key`,
    );
  }
  return digestPasswords(section);
}

function jaasSection(
  text: string,
  fileName: string,
  { section, properties }: ServerConfig["sasl"],
): Parameters<typeof digestPasswords>[0] | undefined {
  try {
    return parseJaas(text, fileName, properties).sections.get(section);
  } catch (error) {
    throw new ConfigError(
      ExitCode.INVALID_INVOCATION,
      error instanceof Error ? error.message : String(error),
    );
  }
}
