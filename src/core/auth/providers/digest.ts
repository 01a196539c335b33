import type { AuthId } from "../authId.ts";
import { decodeUtf8, encodeUtf8 } from "../charsets.ts";
import { base64, type Digests } from "../digests.ts";
import { authRefused, type AuthConnection, type AuthProvider, type AuthResult } from "./provider.ts";

/** Users that prove themselves by `<user>:<password>`; their id is `<user>:<base64 of the hash of that text>`. */
export class DigestProvider implements AuthProvider {
  readonly scheme = "digest";
  readonly authenticated = true;
  readonly nullIdThrows = true;
  readonly #digests: Digests;
  readonly #algorithm: string;
  readonly #superDigest: string | null;

  /** Throws if the algorithm is not to be had, as Apache does not start then. */
  constructor(digests: Digests, algorithm: string, superDigest: string | null) {
    this.#digests = digests;
    this.#algorithm = algorithm;
    this.#superDigest = superDigest;
    try {
      digests.digest(algorithm, new Uint8Array(0));
    } catch {
      throw new Error(
        `DigestAuthenticationProvider.digestAlg: no hash function ${JSON.stringify(algorithm)} here; ` +
          `name one of Java's, such as SHA1, SHA-256 or SHA3-256`,
      );
    }
  }

  /** Two parts after a split at every colon, where Java drops empty parts at the end: `:b` is valid, `a:` is not. */
  isValid(id: string): boolean {
    let end = id.length;
    while (end > 0 && id[end - 1] === ":") end--;
    const colon = id.indexOf(":");
    return colon >= 0 && colon < end && id.lastIndexOf(":", end - 1) === colon;
  }

  matches(id: string, expression: string): boolean {
    return id === expression;
  }

  userName(id: string): string {
    const colon = id.indexOf(":");
    return colon < 0 ? id : id.slice(0, colon);
  }

  /** Never refuses any text, the empty one included. The super digest adds an id of the scheme super before its own. */
  authenticate(data: Uint8Array | null, connection: AuthConnection): AuthResult {
    if (data === null) return authRefused;
    const text = decodeUtf8(data);
    // The text is encoded again, because malformed bytes have become U+FFFD, and those are hashed.
    const hash = this.#digests.digest(this.#algorithm, encodeUtf8(text));
    const id = `${this.userName(text)}:${base64(hash)}`;
    const ids: AuthId[] = [{ scheme: "digest", id }];
    if (id === this.#superDigest) ids.unshift({ scheme: "super", id: "" });
    const add = ids.filter(
      (one) => !connection.authIds.some((o) => o.scheme === one.scheme && o.id === one.id),
    );
    return { ok: true, add };
  }
}
