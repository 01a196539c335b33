/** Hash functions, which the shell lends to the core. */
export interface Digests {
  /**
   * The hash of `bytes`; the caller owns the result. `algorithm` is a name of Java's MessageDigest in its usual
   * spelling: MD5, SHA1, SHA-1, SHA-256, SHA-512/256, SHA3-256. Throws for one it does not have.
   */
  digest(algorithm: string, bytes: Uint8Array): Uint8Array;
}

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 with padding and without line breaks, as it stands in ids of the scheme digest. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const rest = bytes.length - i;
    const group = (bytes[i] << 16) | (rest > 1 ? bytes[i + 1] << 8 : 0) | (rest > 2 ? bytes[i + 2] : 0);
    text += base64Letters[group >> 18] + base64Letters[(group >> 12) & 0x3f];
    text += rest > 1 ? base64Letters[(group >> 6) & 0x3f] : "=";
    text += rest > 2 ? base64Letters[group & 0x3f] : "=";
  }
  return text;
}

const hexDigits = "0123456789abcdef";

/** Lower-case hexadecimal text. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexDigits[byte >> 4] + hexDigits[byte & 0xf];
  return text;
}
