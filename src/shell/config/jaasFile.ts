import { readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { parseJaas, type JaasEntry } from "../../core/auth/sasl/jaas.ts";
import type { Settings } from "./settings.ts";

const FILE_KEY = "java.security.auth.login.config";

/**
 * Refuses a JAAS file whose server section logs in by Kerberos: ignoring it would leave clients unauthenticated. Other
 * sections (clients', peers') may be what they are. A file that cannot be read or parsed is left to SASL, which needs it.
 */
export function refuseKerberosLogin(settings: Settings): void {
  const file = settings.nonEmpty(FILE_KEY);
  if (file === undefined) return;
  const section = settings.text("sasl.serverconfig", "Server");
  if (serverSection(file, section, jaasProperties(settings)).some(({ kind }) => kind === "kerberos")) {
    throw settings.refusal(
      FILE_KEY,
      `section ${section} logs in by Kerberos, which does not exist here; use DigestLoginModule with user_<name>`,
    );
  }
}

/** What a JAAS file may name as `${name}`: -D words, what zoo.cfg makes of its keys, and the JVM's own for folders. */
export function jaasProperties(settings: Settings): ReadonlyMap<string, string> {
  const properties = new Map([
    ["user.dir", process.cwd()],
    ["user.home", homedir()],
    ["java.io.tmpdir", tmpdir()],
    ["file.separator", "/"],
  ]);
  for (const [name, { value }] of settings.properties) properties.set(name, value);
  return properties;
}

function serverSection(
  file: string,
  section: string,
  properties: ReadonlyMap<string, string>,
): readonly JaasEntry[] {
  try {
    return parseJaas(readFileSync(file, "utf8"), file, properties).sections.get(section) ?? [];
  } catch {
    return [];
  }
}
