import { readFileSync } from "node:fs";
import { digestPasswords, parseJaas, type JaasEntry } from "../../core/auth/sasl/jaas.ts";
import { readTls } from "./buildTls.ts";
import { jaasProperties } from "./jaasFile.ts";
import type { QuorumSaslConfig, QuorumTlsConfig } from "./serverConfig.ts";
import type { Settings } from "./settings.ts";

const fileKey = "java.security.auth.login.config";

/** TLS between servers: sslQuorum dials with it, portUnification takes both; null without either. */
export function buildQuorumTls(settings: Settings): QuorumTlsConfig | null {
  const dials = settings.boolean("sslQuorum", false);
  const takesPlain = settings.boolean("portUnification", false);
  const reload = settings.boolean("sslQuorumReloadCertFiles", false);
  if (!dials && !takesPlain) return null;
  return { dials, takesPlain: takesPlain, reload, settings: readTls(settings, "ssl.quorum.") };
}

/** DIGEST-MD5 between servers, by the sections of a JAAS file; null without quorum.auth.enableSasl. */
export function buildQuorumSasl(settings: Settings): QuorumSaslConfig | null {
  const learnerSection = settings.text("quorum.auth.learner.saslLoginContext", "QuorumLearner");
  const serverSection = settings.text("quorum.auth.server.saslLoginContext", "QuorumServer");
  const proves = settings.boolean("quorum.auth.learnerRequireSasl", false);
  const isRequired = settings.boolean("quorum.auth.serverRequireSasl", false);
  if (!settings.boolean("quorum.auth.enableSasl", false)) return null;
  if (proves && settings.boolean("fips-mode", true))
    throw settings.refusal(
      "quorum.auth.learnerRequireSasl",
      "DIGEST-MD5 is not allowed in fips-mode, which is on by default; set fips-mode=false",
    );
  const users = usersOf(settings, serverSection);
  const learner = proves ? learnerOf(settings, learnerSection) : null;
  return { learner, users, isRequired };
}

function usersOf(settings: Settings, section: string): ReadonlyMap<string, string> {
  const users = digestPasswords(digestEntries(settings, section, "quorum.auth.server.saslLoginContext"));
  if (users.size > 0) return users;
  throw settings.invalid(
    `${fileKey}: section ${section} has no user_<name>, so no server could log in; add one`,
  );
}

function learnerOf(settings: Settings, section: string): { user: string; password: string } {
  const key = "quorum.auth.learner.saslLoginContext";
  for (const { options } of digestEntries(settings, section, key)) {
    const [user, password] = [options.get("username"), options.get("password")];
    if (user !== undefined && password !== undefined) return { user, password };
  }
  throw settings.invalid(`${fileKey}: section ${section} has no username and password; ${key} names it`);
}

function digestEntries(settings: Settings, section: string, key: string): readonly JaasEntry[] {
  const file = settings.nonEmpty(fileKey);
  if (file === undefined)
    throw settings.refusal("quorum.auth.enableSasl", `needs ${fileKey}, a JAAS file with section ${section}`);
  const entries = readSections(settings, file).get(section);
  if (entries === undefined)
    throw settings.invalid(`${file} has no section ${section}, which ${key} names; add it`);
  if (entries.some(({ kind }) => kind === "kerberos"))
    throw settings.invalid(
      `${file}: section ${section} logs in by Kerberos, which does not exist here; use DigestLoginModule`,
    );
  const other = entries.find(({ kind }) => kind === "other");
  if (other !== undefined)
    throw settings.invalid(
      `${file} line ${other.line}: the class ${other.moduleClass} cannot run here; use ` +
        "org.apache.zookeeper.server.auth.DigestLoginModule",
    );
  return entries;
}

function readSections(settings: Settings, file: string): ReadonlyMap<string, readonly JaasEntry[]> {
  try {
    return parseJaas(readFileSync(file, "utf8"), file, jaasProperties(settings)).sections;
  } catch (error) {
    throw settings.invalid(`${fileKey}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
