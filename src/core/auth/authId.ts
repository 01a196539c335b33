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

/** Those of `add` that `ids` lacks, behind `ids`; `ids` itself if there is none. A connection holds no id twice. */
export function withAuthIds(ids: readonly AuthId[], add: readonly AuthId[]): readonly AuthId[] {
  let result: AuthId[] | null = null;
  for (const id of add) {
    const present = (result ?? ids).some((other) => other.scheme === id.scheme && other.id === id.id);
    if (!present) (result ??= [...ids]).push(id);
  }
  return result ?? ids;
}
