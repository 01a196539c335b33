import type { AuthConfig, AuthProviderScheme } from "./serverConfig.ts";
import type { Settings } from "./settings.ts";

/** Properties of the keys `sasl.user.<name>`. */
export const saslUserPrefix = "zookeeper.sasl.user.";

const AUTH_PACKAGE = "org.apache.zookeeper.server.auth.";

/** Provider classes by their name in Apache, as `authProvider.*` spells them. */
const SCHEME_BY_CLASS: ReadonlyMap<string, AuthProviderScheme> = new Map([
  ["IPAuthenticationProvider", "ip"],
  ["DigestAuthenticationProvider", "digest"],
  ["X509AuthenticationProvider", "x509"],
  ["SASLAuthenticationProvider", "sasl"],
  ["EnsembleAuthenticationProvider", "ensemble"],
  ["KeyAuthenticationProvider", "key"],
]);

/** Reads the keys of ACLs and authentication; `secure` tells whether there is a TLS port, which brings x509 with it. */
export function buildAuth(settings: Settings, secure: boolean): AuthConfig {
  const schemes = providerSchemes(settings, secure);
  return {
    skipAcl: settings.yes("skipACL"),
    enableEagerAclCheck: settings.boolean("enableEagerACLCheck", false),
    schemes,
    digestAlg: settings.text("DigestAuthenticationProvider.digestAlg", "SHA1"),
    superDigest: settings.text("DigestAuthenticationProvider.superDigest"),
    x509SuperUser: settings.text("X509AuthenticationProvider.superUser"),
    saslSuperUsers: superUsers(settings),
    letAnySaslUserDoX: settings.text("letAnySaslUserDoX"),
    useXForwardedFor: settings.boolean("IPAuthenticationProvider.usexforwardedfor", false),
    ensembleAuthNames: commaList(settings, "ensembleAuthName"),
    ...enforceAuth(settings, schemes),
    allowSaslFailedClients: settings.boolean("allowSaslFailedClients", false),
  };
}

/** An unknown class is refused: Apache only warns, and then guards nodes by a scheme that nobody can have. */
function providerSchemes(settings: Settings, secure: boolean): ReadonlySet<AuthProviderScheme> {
  const schemes = new Set<AuthProviderScheme>(["ip"]);
  if (settings.boolean("DigestAuthenticationProvider.enabled", true)) schemes.add("digest");
  const prefix = "zookeeper.authProvider.";
  const configured = new Set<string>();
  for (const [property, { value }] of settings.properties) {
    if (!property.startsWith(prefix)) continue;
    const name = property.slice("zookeeper.".length);
    const scheme = value.startsWith(AUTH_PACKAGE)
      ? SCHEME_BY_CLASS.get(value.slice(AUTH_PACKAGE.length))
      : undefined;
    if (scheme === undefined) {
      const known = [...SCHEME_BY_CLASS.keys()].join(", ");
      throw settings.refusal(name, `no such provider here; known in ${AUTH_PACKAGE}: ${known}`);
    }
    configured.add(property.slice(prefix.length));
    settings.note(name, value);
    schemes.add(scheme);
  }
  if (secure) addTlsScheme(settings, configured, schemes);
  // Users given by keys are meant to be used, so their scheme needs no second key.
  if ([...settings.properties.keys()].some((property) => property.startsWith(saslUserPrefix)))
    schemes.add("sasl");
  return schemes;
}

function addTlsScheme(
  settings: Settings,
  configured: ReadonlySet<string>,
  schemes: Set<AuthProviderScheme>,
): void {
  const name = settings.text("ssl.authProvider", "x509");
  if (configured.has(name)) return;
  if (name !== "x509")
    throw settings.refusal("ssl.authProvider", `no authProvider.${name} is configured; add it`);
  schemes.add("x509");
}

function enforceAuth(
  settings: Settings,
  available: ReadonlySet<string>,
): Pick<AuthConfig, "enforceAuthEnabled" | "enforceAuthSchemes"> {
  const saslRequired = settings.boolean("sessionRequireClientSASLAuth", false);
  const wanted = settings.boolean("enforce.auth.enabled", false);
  const listed = commaList(settings, "enforce.auth.schemes") ?? [];
  const enforceAuthEnabled = saslRequired || wanted;
  const enforceAuthSchemes = saslRequired ? ["sasl"] : listed;
  if (enforceAuthEnabled) {
    const name = saslRequired ? "sessionRequireClientSASLAuth" : "enforce.auth.schemes";
    if (enforceAuthSchemes.length === 0)
      throw settings.refusal(name, "must be set with enforce.auth.enabled=true");
    const missing = enforceAuthSchemes.find((scheme) => !available.has(scheme));
    if (missing !== undefined) {
      throw settings.refusal(
        name,
        `the scheme "${missing}" has no provider; add authProvider.${missing || "<name>"}`,
      );
    }
  }
  return { enforceAuthEnabled, enforceAuthSchemes };
}

/** The parts between commas, trimmed; an empty text is one empty part, as `String.split` gives. */
function commaList(settings: Settings, name: string): readonly string[] | null {
  return (
    settings
      .text(name)
      ?.split(",")
      .map((part) => part.trim()) ?? null
  );
}

function superUsers(settings: Settings): readonly string[] {
  const users: string[] = [];
  for (const [property, { value }] of settings.properties) {
    if (property !== "zookeeper.superUser" && !property.startsWith("zookeeper.superUser.")) continue;
    settings.note(property.slice("zookeeper.".length), value);
    users.push(value);
  }
  return users;
}
