import { OpCode } from "../../../protocol/opcodes.ts";
import type { AuthId } from "./authId.ts";
import type { AuthSettings } from "./authSettings.ts";

/** Cuts off connections that have not authenticated by a listed scheme (AuthenticationHelper of Apache). */
export class AuthEnforcement {
  /** Whether a failed SASL exchange is the end of a connection whatever allowSaslFailedClients says. */
  readonly saslRequired: boolean;
  readonly #schemes: readonly string[] | null;

  /**
   * `hasScheme` tells whether a provider is there (AccessControl.hasScheme). Throws an Error naming the key when
   * enforcement is on without a scheme, or with one that has no provider; Apache does not start then either.
   */
  constructor(settings: AuthSettings, hasScheme: (scheme: string) => boolean) {
    this.#schemes = enforcedSchemes(settings, hasScheme);
    this.saslRequired = this.#schemes?.includes("sasl") === true;
  }

  /**
   * Whether a request must be answered SESSIONCLOSEDREQUIRESASLAUTH, with zxid 0, and its connection closed. Ping and
   * closeSession are no exception; the id of the address counts if `ip` is listed. Allocates nothing.
   */
  refuses(opcode: number, ids: readonly AuthId[]): boolean {
    if (this.#schemes === null || opcode === OpCode.auth || opcode === OpCode.sasl) return false;
    for (const id of ids) if (this.#schemes.includes(id.scheme)) return false;
    return true;
  }
}

/** The schemes of which a connection needs one, or null when nothing is enforced. */
function enforcedSchemes(
  settings: AuthSettings,
  hasScheme: (scheme: string) => boolean,
): readonly string[] | null {
  const sasl = settings.sessionRequireClientSASLAuth;
  if (!sasl && !settings.enforceAuthEnabled) return null;
  const schemes = sasl ? ["sasl"] : settings.enforceAuthSchemes;
  if (schemes.length === 0) {
    throw new Error(
      "enforce.auth.enabled is true, but enforce.auth.schemes is not set; list schemes there, such as digest,sasl",
    );
  }
  const missing = schemes.find((scheme) => !hasScheme(scheme));
  if (missing === undefined) return schemes;
  const key = sasl ? "sessionRequireClientSASLAuth" : "enforce.auth.schemes";
  throw new Error(
    `${key}: authentication scheme ${JSON.stringify(missing)} is not available; ` +
      "register its provider by a key authProvider.<name>, or take the scheme away",
  );
}
