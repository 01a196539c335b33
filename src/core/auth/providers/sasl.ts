import { authRefused, type AuthProvider, type AuthResult } from "./provider.ts";
import { isKerberosName } from "../sasl/kerberosName.ts";

/** Names that SASL proved; auth requests cannot add any, since op sasl does. */
export class SaslProvider implements AuthProvider {
  readonly scheme = "sasl";
  readonly authenticated = true;
  readonly nullIdThrows = true;
  readonly #letAnySaslUserDoX: string | null;

  constructor(letAnySaslUserDoX: string | null) {
    this.#letAnySaslUserDoX = letAnySaslUserDoX;
  }

  isValid(id: string): boolean {
    return isKerberosName(id);
  }

  /** The sasl user named `super` is meant by every sasl entry; that makes no super user of it elsewhere. */
  matches(id: string, expression: string): boolean {
    return id === "super" || id === expression || expression === this.#letAnySaslUserDoX;
  }

  userName(id: string): string {
    return id;
  }

  authenticate(): AuthResult {
    return authRefused;
  }
}
