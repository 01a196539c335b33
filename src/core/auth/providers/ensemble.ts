import type { AuthConnection, AuthProvider, AuthResult } from "./provider.ts";
import { decodeUtf8 } from "../charsets.ts";

/** Lets clients say which ensemble they mean to reach; it proves nothing and no ACL can name it. */
export class EnsembleProvider implements AuthProvider {
  readonly scheme = "ensemble";
  readonly authenticated = false;
  readonly nullIdThrows = false;
  readonly #names: ReadonlySet<string> | null;

  /** Null names accept every client. */
  constructor(names: readonly string[] | null) {
    this.#names = names === null ? null : new Set(names);
  }

  isValid(): boolean {
    return false;
  }

  matches(): boolean {
    return false;
  }

  userName(id: string): string {
    return id;
  }

  /** A wrong name is cut off without an answer, so that the client tries the next server of its list. */
  authenticate(data: Uint8Array | null, _connection: AuthConnection): AuthResult {
    if (data === null || data.length === 0 || this.#names === null) {
      return { ok: true, add: [], metric: "ensembleAuthSkip" };
    }
    if (this.#names.has(decodeUtf8(data))) return { ok: true, add: [], metric: "ensembleAuthSuccess" };
    return { ok: false, silent: true, metric: "ensembleAuthFail" };
  }
}
