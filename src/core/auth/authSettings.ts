/** A class of the `zookeeper.authProvider.` properties. */
export interface RegisteredProvider {
  /** The property, or the zoo.cfg key, that names it; only for messages. */
  readonly key: string;
  readonly className: string;
}

/** Everything that decides who may do what. Names of keys are those of zoo.cfg, which the JVM has with `zookeeper.`. */
export interface AuthSettings {
  /** skipACL=yes: every check passes. Lists given by clients are cleaned all the same. */
  readonly skipAcl: boolean;
  /** DigestAuthenticationProvider.enabled; false removes the scheme. */
  readonly digestEnabled: boolean;
  /** DigestAuthenticationProvider.digestAlg, a name of Java's MessageDigest. */
  readonly digestAlg: string;
  /** DigestAuthenticationProvider.superDigest, `<user>:<base64>`; null: there is no such user. */
  readonly superDigest: string | null;
  /** X509AuthenticationProvider.superUser, a subject in RFC 2253 form. */
  readonly x509SuperUser: string | null;
  /** Values of superUser and of every superUser.<x>. */
  readonly saslSuperUsers: readonly string[];
  /** letAnySaslUserDoX: the sasl id of ACLs that stands for every sasl user. */
  readonly letAnySaslUserDoX: string | null;
  /** authProvider.*; a secure client port adds x509 by itself, which the shell does. */
  readonly registeredProviders: readonly RegisteredProvider[];
  /** ensembleAuthName by splitAtCommas; null when unset, which accepts every name. */
  readonly ensembleAuthNames: readonly string[] | null;
  /** Whether a JAAS section gives this server users, so that clients can do SASL. */
  readonly saslEnabled: boolean;
  /** allowSaslFailedClients: keep clients whose SASL failed, unless SASL is required. */
  readonly allowSaslFailedClients: boolean;
  /** sessionRequireClientSASLAuth: as enforcement with the one scheme sasl, whatever the next two say. */
  readonly sessionRequireClientSASLAuth: boolean;
  /** enforce.auth.enabled */
  readonly enforceAuthEnabled: boolean;
  /** enforce.auth.schemes by splitAtCommas; empty when unset. */
  readonly enforceAuthSchemes: readonly string[];
}

/** Apache's defaults: ip and digest, nothing enforced, no super user. */
export const defaultAuthSettings: AuthSettings = {
  skipAcl: false,
  digestEnabled: true,
  digestAlg: "SHA1",
  superDigest: null,
  x509SuperUser: null,
  saslSuperUsers: [],
  letAnySaslUserDoX: null,
  registeredProviders: [],
  ensembleAuthNames: null,
  saslEnabled: false,
  allowSaslFailedClients: false,
  sessionRequireClientSASLAuth: false,
  enforceAuthEnabled: false,
  enforceAuthSchemes: [],
};

/**
 * A comma list as String.split cuts it: empty parts at the end are dropped, so `,` is no part at all and an empty
 * text is one empty part. For enforce.auth.schemes and ensembleAuthName; parts are trimmed.
 */
export function splitAtCommas(text: string): string[] {
  const parts = text.split(",");
  while (parts.length > 0 && text !== "" && parts.at(-1) === "") parts.pop();
  return parts.map((part) => part.trim());
}
