import { encodeLatin1, encodeUtf8 } from "../charsets.ts";
import { hex, type Digests } from "../digests.ts";

/** What both sides of a DIGEST-MD5 exchange hash (RFC 2831, 2.1.2.1), for quality of protection `auth`. */
export interface ResponseInput {
  readonly user: string;
  readonly realm: string;
  readonly password: string;
  readonly nonce: Uint8Array;
  readonly cnonce: Uint8Array;
  readonly digestUri: string;
  /** Null when the client sent none. */
  readonly authzid: Uint8Array | null;
}

const colon = Uint8Array.of(0x3a);

/** `AUTHENTICATE` gives what the client sends, the empty method what the server answers. Lower-case hex. */
export function digestMd5Response(
  digests: Digests,
  method: "AUTHENTICATE" | "",
  input: ResponseInput,
): string {
  const md5 = (...parts: Uint8Array[]): Uint8Array => digests.digest("MD5", joinByColon(parts));
  const secret = md5(encodeName(input.user), encodeName(input.realm), encodeName(input.password));
  const session = input.authzid === null ? [] : [input.authzid];
  const a1 = md5(secret, input.nonce, input.cnonce, ...session);
  const a2 = md5(encodeUtf8(method), encodeUtf8(input.digestUri));
  const text = (value: string): Uint8Array => encodeUtf8(value);
  return hex(md5(text(hex(a1)), input.nonce, text("00000001"), input.cnonce, text("auth"), text(hex(a2))));
}

/** Latin-1 where that is enough, which the RFC demands even under charset=utf-8. */
function encodeName(text: string): Uint8Array {
  return encodeLatin1(text) ?? encodeUtf8(text);
}

function joinByColon(parts: readonly Uint8Array[]): Uint8Array {
  const pieces = parts.flatMap((part, i) => (i === 0 ? [part] : [colon, part]));
  const joined = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
