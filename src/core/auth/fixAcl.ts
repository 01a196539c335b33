import { ErrorCode } from "../../../protocol/errors.ts";
import type { ACL } from "../../../protocol/records/client.ts";
import type { AuthId } from "./authId.ts";
import type { AuthProvider } from "./providers/provider.ts";
import { isWorldAnyone } from "./providers/world.ts";

/**
 * Cleans a list for storing; the first bad entry decides about the error. Entries without fault are kept as they came,
 * in their order; `auth` becomes one entry for each proved id of the connection, in the connection's order.
 */
export function fixAcl(
  acl: readonly ACL[] | null,
  ids: readonly AuthId[],
  providers: ReadonlyMap<string, AuthProvider>,
): ACL[] | ErrorCode {
  if (acl === null || acl.length === 0) return ErrorCode.INVALIDACL;
  const unique = removeDuplicates(acl);
  if (unique === null) return ErrorCode.MARSHALLINGERROR;
  const cleaned: ACL[] = [];
  for (const entry of unique) {
    if (isWorldAnyone(entry)) cleaned.push(entry);
    else if (entry.id.scheme === "auth") {
      if (!expandAuth(entry.perms, ids, providers, cleaned)) return ErrorCode.INVALIDACL;
    } else {
      const error = checkId(entry, providers);
      if (error !== ErrorCode.OK) return error;
      cleaned.push(entry);
    }
  }
  return cleaned;
}

function expandAuth(
  perms: number,
  ids: readonly AuthId[],
  providers: ReadonlyMap<string, AuthProvider>,
  into: ACL[],
): boolean {
  const before = into.length;
  for (const { scheme, id } of ids) {
    if (providers.get(scheme)?.authenticated === true) into.push({ perms, id: { scheme, id } });
  }
  return into.length > before;
}

function checkId(entry: ACL, providers: ReadonlyMap<string, AuthProvider>): ErrorCode {
  const { scheme, id } = entry.id;
  if (scheme === null) return ErrorCode.INVALIDACL;
  if (scheme === "world") return id === null ? ErrorCode.MARSHALLINGERROR : ErrorCode.INVALIDACL;
  const provider = providers.get(scheme);
  if (provider === undefined) return ErrorCode.INVALIDACL;
  if (id === null) return provider.nullIdThrows ? ErrorCode.MARSHALLINGERROR : ErrorCode.INVALIDACL;
  return provider.isValid(id) ? ErrorCode.OK : ErrorCode.INVALIDACL;
}

/**
 * The list without repeats, or null where Apache's comparing meets a null: that takes an earlier entry that is equal
 * so far, perms before scheme before id. Keys instead of comparing each with each, since a request holds 80,000.
 */
function removeDuplicates(acl: readonly ACL[]): ACL[] | null {
  if (acl.length === 1) return [acl[0]];
  const seen = new Set<string>();
  const unique: ACL[] = [];
  for (const entry of acl) {
    const { scheme, id } = entry.id;
    const permsKey = `p${entry.perms}`;
    const schemeKey = `s${entry.perms}/${scheme}`;
    const key = `i${entry.perms}/${scheme?.length}/${scheme}${id}`;
    if (scheme === null ? seen.has(permsKey) : id === null && seen.has(schemeKey)) return null;
    if (scheme !== null && id !== null) {
      if (seen.has(key)) continue;
      seen.add(key);
    }
    seen.add(permsKey);
    if (scheme !== null) seen.add(schemeKey);
    unique.push(entry);
  }
  return unique;
}
