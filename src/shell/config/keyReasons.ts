/**
 * Why a key of class W has no effect, or one of class R is refused; a name is matched by its longest beginning here.
 */
const REASONS: Readonly<Record<string, string>> = {
  "jmx.": "there is no JVM, so no JMX",
  kerberos: "Kerberos does not exist here",
  kinit: "Kerberos does not exist here",
  requireKerberosConfig: "Kerberos does not exist here",
  "security.auth_to_local": "it maps Kerberos names, and Kerberos does not exist here",
  "quorum.auth.kerberos.servicePrincipal": "Kerberos does not exist here; use DIGEST-MD5 and remove the key",
  "messageTracker.": "the message tracker is a debugging aid of Apache's leader that does not exist here",
  "metricsProvider.exportJvmInfo": "there is no JVM to report on",
  "pathStats.": "statistics by path do not exist here",
  "test.allowDiscontinuousProposals": "it is for Apache's own tests and gives up the order of transactions",
  "testingonly.initialZxid": "it is for Apache's own tests and makes up history",
  "ssl.context.supplier.class":
    "a Java class cannot run here; name stores by ssl.keyStore.* and ssl.trustStore.*",
  "ssl.quorum.context.supplier.class":
    "a Java class cannot run here; name stores by ssl.quorum.keyStore.* and ssl.quorum.trustStore.*",
  "ssl.crl": "revocation lists are not checked here, and ignoring the key would let revoked certificates in",
  "ssl.quorum.crl":
    "revocation lists are not checked here, and ignoring the key would let revoked certificates in",
  "ssl.ocsp": "OCSP is not asked here, and ignoring the key would let revoked certificates in",
  "ssl.quorum.ocsp": "OCSP is not asked here, and ignoring the key would let revoked certificates in",
};

/** The reason for a key of class W or R; undefined if the table lacks one (a test sees to it that none does). */
export function keyReason(name: string): string | undefined {
  const beginnings = Object.keys(REASONS).filter((beginning) => name.startsWith(beginning));
  const longest = beginnings.toSorted((a, b) => b.length - a.length).at(0);
  return longest === undefined ? undefined : REASONS[longest];
}
