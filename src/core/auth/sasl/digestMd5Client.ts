import { decodeUtf8, encodeUtf8 } from "../charsets.ts";
import type { Digests } from "../digests.ts";
import { digestMd5Response, type ResponseInput } from "./digestMd5Response.ts";
import { parseDirectives } from "./directives.ts";

/** Who logs in where. */
export interface DigestMd5ClientOptions {
  /** First and second part of digest-uri. */
  readonly protocol: string;
  readonly serverName: string;
  readonly user: string;
  readonly password: string;
  readonly digests: Digests;
  /** Fresh random text for this exchange. */
  readonly cnonce: string;
}

/** The client's side of one DIGEST-MD5 exchange (RFC 2831) as the JDK's DigestMD5Client has it, between servers. */
export class DigestMd5Client {
  readonly #options: DigestMd5ClientOptions;
  #input: ResponseInput | null = null;

  constructor(options: DigestMd5ClientOptions) {
    this.#options = options;
  }

  /** The answer to the server's challenge; null if that makes no sense. `authzid`: whom to act for. */
  respond(challenge: Uint8Array, authzid: string = this.#options.user): Uint8Array | null {
    const directives = parseDirectives(challenge);
    if (typeof directives === "string" || directives.nonce === undefined) return null;
    const { protocol, serverName, user, password, digests, cnonce } = this.#options;
    const realm = directives.realm === undefined ? serverName : decodeUtf8(directives.realm);
    const digestUri = `${protocol}/${serverName}`;
    const input = {
      user,
      realm,
      password,
      nonce: directives.nonce,
      cnonce: encodeUtf8(cnonce),
      digestUri,
      authzid: encodeUtf8(authzid),
    };
    this.#input = input;
    const response = digestMd5Response(digests, "AUTHENTICATE", input);
    return encodeUtf8(
      `charset=utf-8,username=${quoted(user)},realm=${quoted(realm)},nonce=${quoted(decodeUtf8(directives.nonce))},` +
        `nc=00000001,cnonce=${quoted(cnonce)},digest-uri=${quoted(digestUri)},maxbuf=65536,response=${response},` +
        `qop=auth,authzid=${quoted(authzid)}`,
    );
  }

  /** Whether the server knows the password, too, by what it has sent last. */
  isProved(token: Uint8Array): boolean {
    const { digests } = this.#options;
    return (
      this.#input !== null && decodeUtf8(token) === `rspauth=${digestMd5Response(digests, "", this.#input)}`
    );
  }
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
