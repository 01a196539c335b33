import { ErrorCode } from "../../../protocol/errors.ts";
import type { ACL } from "../../../protocol/records/client.ts";
import type { AuthId } from "./authId.ts";
import type { AuthSettings } from "./authSettings.ts";
import type { Digests } from "./digests.ts";
import { fixAcl } from "./fixAcl.ts";
import {
  authRefused,
  type AuthConnection,
  type AuthProvider,
  type AuthResult,
} from "./providers/provider.ts";
import { createProviders } from "./providers/registry.ts";
import { isWorldAnyone } from "./providers/world.ts";

/** Who may do what: checks of ACLs, cleaning of lists that clients give, auth requests. Fixed for a server's life. */
export class AccessControl {
  readonly #skipAcl: boolean;
  readonly #providers: ReadonlyMap<string, AuthProvider>;

  /** Throws an Error with the key in its text for a provider class or a hash function that is not to be had. */
  constructor(settings: AuthSettings, digests: Digests) {
    this.#skipAcl = settings.skipAcl;
    this.#providers = createProviders(settings, digests);
  }

  /** Whether a provider for this scheme is there. */
  hasScheme(scheme: string): boolean {
    return this.#providers.has(scheme);
  }

  /**
   * Whether a list grants one of `perms` (bits of Perms) to a connection with these ids; an empty list grants
   * everything. ZooKeeperServer.checkACL. Allocates nothing.
   */
  allows(acl: readonly ACL[], perms: number, ids: readonly AuthId[]): boolean {
    if (this.#skipAcl || acl.length === 0) return true;
    for (const entry of acl) {
      if ((entry.perms & perms) !== 0 && isWorldAnyone(entry)) return true;
    }
    for (const id of ids) if (id.scheme === "super") return true;
    for (const entry of acl) {
      if ((entry.perms & perms) !== 0 && this.#matchesAny(entry, ids)) return true;
    }
    return false;
  }

  /**
   * The list to store for one that a client gave with create or setACL, or the error to answer: INVALIDACL, or
   * MARSHALLINGERROR where Apache meets a null. PrepRequestProcessor.fixupACL.
   */
  fixAcl(acl: readonly ACL[] | null, ids: readonly AuthId[]): readonly ACL[] | ErrorCode {
    if (acl?.length === 1 && isWorldAnyone(acl[0])) return acl;
    return fixAcl(acl, ids, this.#providers);
  }

  /** A list as getACL shows it to readers without ADMIN: hashes of digest entries are replaced by `x`. */
  mask(acl: readonly ACL[]): ACL[] {
    return acl.map((entry) => {
      const { scheme, id } = entry.id;
      if (scheme !== "digest" || id === null || !id.includes(":")) return entry;
      return { perms: entry.perms, id: { scheme, id: maskHash(id) } };
    });
  }

  /** Name of the user behind an id, for whoAmI and the audit log; null for a scheme without a provider, like super. */
  userName(id: AuthId): string | null {
    return this.#providers.get(id.scheme)?.userName(id.id) ?? null;
  }

  /** Decides about an auth request. Nothing is changed: the caller adds the ids. */
  authenticate(scheme: string | null, data: Uint8Array | null, connection: AuthConnection): AuthResult {
    const provider = scheme === null ? undefined : this.#providers.get(scheme);
    return provider === undefined ? authRefused : provider.authenticate(data, connection);
  }

  #matchesAny(entry: ACL, ids: readonly AuthId[]): boolean {
    const { scheme, id: expression } = entry.id;
    if (scheme === null || expression === null) return false;
    for (const id of ids) {
      if (id.scheme !== scheme) continue;
      const provider = this.#providers.get(scheme);
      if (provider === undefined) return false;
      if (provider.matches(id.id, expression)) return true;
    }
    return false;
  }
}

/** `replaceAll(":.*", ":x")` of Java, where `.` ends at a line's end: each line of an id is cut by itself. */
function maskHash(id: string): string {
  return id.replace(/:[^\n\r\u0085\u2028\u2029]*/g, ":x");
}
