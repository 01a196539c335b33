import { readFileSync } from "node:fs";
import type { Settings } from "./settings.ts";

const FILE_KEY = "java.security.auth.login.config";

/**
 * Refuses a JAAS file whose server section logs in by Kerberos: ignoring it would leave clients unauthenticated. Other
 * sections (clients', peers') may be what they are. A file that cannot be read is left to SASL, which needs it.
 */
export function refuseKerberosLogin(settings: Settings): void {
  const file = settings.nonEmpty(FILE_KEY);
  if (file === undefined) return;
  const section = settings.text("sasl.serverconfig", "Server");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return;
  }
  if (loginModules(text, section).some((module) => module.endsWith("Krb5LoginModule"))) {
    throw settings.refusal(
      FILE_KEY,
      `section ${section} logs in by Kerberos, which does not exist here; use DigestLoginModule with user_<name>`,
    );
  }
}

/** Class names at the head of each entry of a section: after the brace that opens it, and after each semicolon. */
function loginModules(text: string, section: string): string[] {
  const bare = text.replace(/"(?:\\[\s\S]|[^"\\])*"|\/\*[\s\S]*?\*\/|\/\/[^\n]*|^\s*#[^\n]*/gm, (part) =>
    part.startsWith('"') ? '""' : " ",
  );
  for (const [, name, body] of bare.matchAll(/([^\s{};]+)\s*\{([^}]*)\}/g)) {
    if (name === section) return body.split(";").map((entry) => entry.trim().split(/\s+/)[0]);
  }
  return [];
}
