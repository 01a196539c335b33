import { decodeUtf8, encodeUtf8 } from "../charsets.ts";
import type { Digests } from "../digests.ts";
import { digestMd5Response } from "./digestMd5Response.ts";
import { parseDirectives, type Directives } from "./directives.ts";
import { authorizedName } from "./kerberosName.ts";
import { parseNumber } from "../providers/ipAddress.ts";

/** A longer response is refused unread (DigestMD5Base of the JDK). */
export const responseBytesMax = 4096;

/** What an exchange needs. */
export interface DigestMd5Options {
  /** First part of digest-uri: `zookeeper` towards clients, `zookeeper-quorum` between servers. */
  readonly protocol: string;
  /** Second part of digest-uri, and the realm. */
  readonly serverName: string;
  /** Users that may log in. */
  readonly passwords: ReadonlyMap<string, string>;
  readonly digests: Digests;
  /** Fresh random text for this exchange: 40 characters, base64 of 30 random bytes in Java. */
  readonly nonce: string;
  /**
   * The id of a user who proved `user` and asks to be `requested` (the user itself if nothing was asked); null: refused,
   * with a failure. By default the rules of clients, `authorizedName`.
   */
  readonly authorize?: (user: string, requested: string) => string | null;
}

/**
 * `user` is the id to give the client. A failure is a SaslException in Apache and answered, unless `unchecked`: then
 * it is a runtime exception, on which Apache closes the connection without an answer.
 */
export type DigestMd5Result =
  | { readonly ok: true; readonly token: Uint8Array; readonly user: string }
  | { readonly ok: false; readonly reason: string; readonly unchecked?: true };

/** The server's side of one DIGEST-MD5 exchange (RFC 2831) as the JDK's DigestMD5Server does it. */
export class DigestMd5Server {
  readonly #options: DigestMd5Options;
  #answered = false;

  constructor(options: DigestMd5Options) {
    this.#options = options;
  }

  /** The server's first token. The JDK names no qop when it offers `auth` alone. */
  challenge(): Uint8Array {
    const { serverName, nonce } = this.#options;
    return encodeUtf8(`realm="${serverName}",nonce="${nonce}",charset=utf-8,algorithm=md5-sess`);
  }

  /** Judges the client's response. An exchange is good for one: every later token fails, whatever came of the first. */
  respond(token: Uint8Array): DigestMd5Result {
    if (token.length > responseBytesMax) return failure(`response of ${token.length} bytes is too long`);
    if (this.#answered) return failure("token after the end of the exchange");
    this.#answered = true;
    const directives = parseDirectives(token);
    return typeof directives === "string" ? failure(directives) : this.#check(directives);
  }

  #check(directives: Directives): DigestMd5Result {
    const { protocol, serverName, passwords, digests, nonce, authorize } = this.#options;
    const text = (bytes: Uint8Array | undefined): string => (bytes === undefined ? "" : decodeUtf8(bytes));
    if (directives.charset !== undefined && text(directives.charset) !== "utf-8")
      return failure("unknown charset");
    const maxbuf = text(directives.maxbuf);
    if (directives.maxbuf !== undefined && Number.isNaN(parseNumber(maxbuf, 0, maxbuf.length, 10))) {
      return { ok: false, unchecked: true, reason: "maxbuf is not a number" };
    }
    if (directives.username === undefined) return failure("no username");
    if (text(directives.realm) !== serverName)
      return failure(`unknown realm ${JSON.stringify(text(directives.realm))}`);
    if (directives.nonce === undefined || text(directives.nonce) !== nonce) return failure("nonce differs");
    if (directives.cnonce === undefined) return failure("no cnonce");
    const wrong = checkCount(directives) ?? checkQop(directives);
    if (wrong !== null) return wrong;
    const digestUri = text(directives["digest-uri"]);
    const expectedUri = `${protocol}/${serverName}`;
    if (digestUri.toLowerCase() !== expectedUri.toLowerCase()) {
      return failure(`digest-uri ${JSON.stringify(digestUri)}, not ${expectedUri}`);
    }
    if (directives.response === undefined) return failure("no response");
    const user = text(directives.username);
    // The JDK cannot ask for the password of a user without a name.
    if (user === "") return { ok: false, unchecked: true, reason: "empty username" };
    const password = passwords.get(user);
    if (password === undefined) return failure(`no user ${JSON.stringify(user)}`);
    const authzid = directives.authzid ?? null;
    const input = {
      user,
      realm: serverName,
      password,
      nonce: encodeUtf8(nonce),
      cnonce: directives.cnonce,
      digestUri,
      authzid,
    };
    if (text(directives.response) !== digestMd5Response(digests, "AUTHENTICATE", input)) {
      return failure(`wrong password of ${JSON.stringify(user)}`);
    }
    const requested = authzid === null ? user : decodeUtf8(authzid);
    const authorized = (authorize ?? authorizedName)(user, requested);
    if (authorized === null) {
      return authorize === undefined
        ? { ok: false, unchecked: true, reason: `malformed name ${JSON.stringify(user)}` }
        : failure(`${JSON.stringify(user)} may not act for ${JSON.stringify(requested)}`);
    }
    return {
      ok: true,
      token: encodeUtf8(`rspauth=${digestMd5Response(digests, "", input)}`),
      user: authorized,
    };
  }
}

function failure(reason: string): DigestMd5Result {
  return { ok: false, reason };
}

/** The count, if sent, is Integer.parseInt's hexadecimal one; what is no number throws past SaslException. */
function checkCount(directives: Directives): DigestMd5Result | null {
  if (directives["nonce-count"] === undefined) return null;
  const text = decodeUtf8(directives["nonce-count"]);
  const count = parseNumber(text, 0, text.length, 16);
  if (Number.isNaN(count))
    return { ok: false, unchecked: true, reason: "nonce-count is not a hexadecimal number" };
  return count === 1 ? null : failure(`nonce-count is ${count}, not 1`);
}

function checkQop(directives: Directives): DigestMd5Result | null {
  if (directives.qop === undefined || decodeUtf8(directives.qop) === "auth") return null;
  return failure(`qop ${JSON.stringify(decodeUtf8(directives.qop))}, not auth`);
}
