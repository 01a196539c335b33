import { createHash } from "node:crypto";
import type { Digests } from "../core/auth/digests.ts";

/** Node's hash functions under Java's names. */
export const nodeDigests: Digests = {
  digest(algorithm, bytes) {
    const name = /^SHA-?1$/i.test(algorithm)
      ? "sha1"
      : algorithm.replace(/^SHA-(\d)/i, "sha$1").replace("/", "-");
    return createHash(name.toLowerCase()).update(bytes).digest();
  },
};
