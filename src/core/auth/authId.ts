import { javaHashCode, javaSpread } from "../java/javaHash.ts";

/**
 * An identity that a connection has proved, or its address (Id of zookeeper.jute, never null here). A connection's
 * identities are an immutable array that is replaced on change, so a request under way keeps the ones it came with.
 */
export interface AuthId {
  readonly scheme: string;
  readonly id: string;
}

/** Identities of one connection at most; each check of a permission may have to look at all of them. */
export const authIdsMax = 1000;
/** UTF-16 units of all their texts together at most; one auth packet may hold a megabyte. */
export const authIdUnitsMax = 4 * 1024 * 1024;

/** Whether a connection may hold these identities. */
export function authIdsFit(ids: readonly AuthId[]): boolean {
  if (ids.length > authIdsMax) return false;
  let units = 0;
  for (const { id } of ids) units += id.length;
  return units <= authIdUnitsMax;
}

/**
 * `ids` and those of `add` that it lacks; `ids` itself if there is none. A connection holds no id twice. The order is
 * that of the set in which Apache keeps them: whoAmI and the expansion of `auth` in ACL lists show it.
 */
export function withAuthIds(ids: readonly AuthId[], add: readonly AuthId[]): readonly AuthId[] {
  let result: AuthId[] | null = null;
  for (const id of add) {
    const present = (result ?? ids).some((other) => other.scheme === id.scheme && other.id === id.id);
    if (!present) (result ??= [...ids]).push(id);
  }
  return result === null ? ids : inJavaOrder(result);
}

/**
 * The order of java.util.concurrent.ConcurrentHashMap: bucket by bucket, inside a bucket as they came; the table has 16
 * buckets and doubles when it is three quarters full. Buckets of more than seven, which Java turns into trees, are not
 * told apart.
 */
function inJavaOrder(ids: readonly AuthId[]): AuthId[] {
  let capacity = 16;
  while (ids.length >= capacity * 0.75) capacity *= 2;
  const bucketOf = (id: AuthId): number => javaSpread(idHashCode(id)) & (capacity - 1);
  const placed = ids.map((id) => [bucketOf(id), id] as const);
  return placed.sort(([a], [b]) => a - b).map(([, id]) => id);
}

/** Id.hashCode of Apache's generated record. */
function idHashCode({ scheme, id }: AuthId): number {
  const hash = Math.imul(37, 17) + javaHashCode(scheme);
  return (Math.imul(37, hash) + javaHashCode(id)) | 0;
}
