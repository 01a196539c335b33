import type { AuthId } from "../authId.ts";

/** What an auth request needs to know of its connection. */
export interface AuthConnection {
  /** Peer address as text. */
  readonly remoteAddress: string;
  readonly authIds: readonly AuthId[];
}

/** The counter (ServerMetrics name in our spelling) that a decision of the scheme ensemble moves. */
export type EnsembleAuthMetric = "ensembleAuthSkip" | "ensembleAuthSuccess" | "ensembleAuthFail";

/**
 * What an auth request comes to. `add` holds the ids to add, without those that the connection has. A refusal is
 * answered AUTHFAILED before the close, unless `silent`: then the connection is only closed. `metric` is a counter to
 * add one to.
 */
export type AuthResult =
  | { readonly ok: true; readonly add: AuthId[]; readonly metric?: EnsembleAuthMetric }
  | { readonly ok: false; readonly silent?: boolean; readonly metric?: EnsembleAuthMetric };

/** The answer to nearly every refused auth request. */
export const authRefused: AuthResult = { ok: false };

/** One scheme of authentication (ServerAuthenticationProvider of Apache). */
export interface AuthProvider {
  readonly scheme: string;
  /** Whether an id of this scheme is a user's, so that the ACL scheme `auth` stands for it. */
  readonly authenticated: boolean;
  /** Whether a null id in an ACL is an unexpected exception (MARSHALLINGERROR), rather than merely invalid. */
  readonly nullIdThrows: boolean;
  /** Whether `id` may stand in an ACL. */
  isValid(id: string): boolean;
  /** Whether the connection's id `id`, of this scheme, is meant by the ACL's text `expression`. Must not allocate. */
  matches(id: string, expression: string): boolean;
  /** Name of the user behind an id, for whoAmI and the audit log. */
  userName(id: string): string;
  /** Decides about an auth request; null data is none at all. */
  authenticate(data: Uint8Array | null, connection: AuthConnection): AuthResult;
}
