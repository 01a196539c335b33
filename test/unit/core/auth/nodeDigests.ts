import { createHash } from "node:crypto";
import type { Digests } from "../../../../src/core/auth/digests.ts";

/** Hashes for tests: Java's names as far as they differ from OpenSSL's by more than a hyphen. */
export const nodeDigests: Digests = {
  digest: (algorithm, bytes) => createHash(algorithm.replace(/^SHA-/, "SHA")).update(bytes).digest(),
};
