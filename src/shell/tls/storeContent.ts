/** What any kind of store holds, all in DER, before Node gets to see it. */
export interface StoreContent {
  readonly keys: readonly StoredKey[];
  /** Certificates that the store itself marks as trusted; those of key entries are not. */
  readonly trusted: readonly Uint8Array[];
}

export interface StoredKey {
  readonly alias: string;
  /** PKCS #8 PrivateKeyInfo. */
  readonly pkcs8: Uint8Array;
  /** The key's own certificate first, then its issuers as far as the store has them. */
  readonly chain: readonly Uint8Array[];
}

/** A store that cannot be read for another reason than the password; the text completes "<file>: ". */
export class StoreFormatError extends Error {}

/** The password does not open the store, or one key in it. */
export class StorePasswordError extends Error {}
