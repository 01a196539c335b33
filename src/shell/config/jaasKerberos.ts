import { readFileSync } from "node:fs";
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
  if (serverSection(file, section).some(({ kind }) => kind === "kerberos")) {
    throw settings.refusal(
      FILE_KEY,
      `section ${section} logs in by Kerberos, which does not exist here; use DigestLoginModule with user_<name>`,
    );
  }
}

function serverSection(file: string, section: string): readonly JaasEntry[] {
  try {
    return parseJaas(readFileSync(file, "utf8"), file).sections.get(section) ?? [];
  } catch {
    return [];
  }
}
