import { authRefused, type AuthConnection, type AuthProvider, type AuthResult } from "./provider.ts";
import { isX500Name } from "./x500Syntax.ts";

/** Subjects of client certificates, in RFC 2253 form. The TLS handshake has proved them, not the core. */
export class X509Provider implements AuthProvider {
  readonly scheme = "x509";
  readonly authenticated = true;
  readonly nullIdThrows = true;
  readonly #superUser: string | null;

  constructor(superUser: string | null) {
    this.#superUser = superUser;
  }

  isValid(id: string): boolean {
    return isX500Name(id);
  }

  matches(id: string, expression: string): boolean {
    return id === expression || id === this.#superUser;
  }

  userName(id: string): string {
    return id;
  }

  /** Apache checks the certificate once more and adds its ids again, which are there; without one it refuses. */
  authenticate(_data: Uint8Array | null, connection: AuthConnection): AuthResult {
    return connection.authIds.some(({ scheme }) => scheme === "x509") ? { ok: true, add: [] } : authRefused;
  }
}
