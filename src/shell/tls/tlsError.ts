/**
 * Why a TLS setting, store or certificate cannot be used. The message names the setting or file, what was found and
 * what to do; it never holds a password.
 *
 * `code`: ERR_TLS_SETTING (a value), ERR_TLS_FILE (cannot be read), ERR_TLS_STORE (not a store we can read),
 * ERR_TLS_PASSWORD (the password does not open it); and for one connection: ERR_TLS_PEER (its certificate is not
 * accepted), ERR_TLS_HANDSHAKE (no handshake came about), ERR_TLS_HANDSHAKE_LIMIT (too many at once),
 * ERR_TLS_GONE (closed before its first byte, so not known to be TLS at all).
 */
export class TlsError extends Error {
  readonly code: TlsErrorCode;

  constructor(code: TlsErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "TlsError";
    this.code = code;
  }
}

export type TlsErrorCode =
  | "ERR_TLS_SETTING"
  | "ERR_TLS_FILE"
  | "ERR_TLS_STORE"
  | "ERR_TLS_PASSWORD"
  | "ERR_TLS_PEER"
  | "ERR_TLS_HANDSHAKE"
  | "ERR_TLS_HANDSHAKE_LIMIT"
  | "ERR_TLS_GONE";

/** What this folder needs of a logger. */
export interface TlsLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The text of anything thrown, for the end of a message. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
