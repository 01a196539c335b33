/**
 * An identity that a connection has proved, or its address (Id of zookeeper.jute, never null here). A connection's
 * identities are an immutable array that is replaced on change, so a request under way keeps the ones it came with.
 */
export interface AuthId {
  readonly scheme: string;
  readonly id: string;
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
