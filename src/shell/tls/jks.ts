import { createHash, timingSafeEqual } from "node:crypto";

import { DerError, DerReader } from "./derReader.ts";
import { bmpBytes } from "./passwordEncryption.ts";
import type { StoreContent, StoredKey } from "./storeContent.ts";
import { StoreFormatError, StorePasswordError } from "./storeContent.ts";

/** The first four bytes of a JKS file. */
export const JKS_MAGIC = 0xfeedfeed;
const SUN_KEY_PROTECTOR = "1.3.6.1.4.1.42.2.17.1.1";
const DIGEST_BYTES = 20;

/**
 * Reads a Java KeyStore of version 1 or 2:
 *
 *     magic u32 | version u32 | count u32 | entries | SHA-1(password as UTF-16BE | "Mighty Aphrodite" | all before)
 *     entry: tag u32 (1 key, 2 certificate) | alias (u16 length) | time u64 | key and chain, or one certificate
 *
 * The digest comes first: nothing is believed before it fits. Keys are opened with the same password, as Apache does.
 * Throws {@link StoreFormatError} or {@link StorePasswordError}.
 */
export function parseJks(bytes: Uint8Array, password: string): StoreContent {
  if (bytes.length < 12 + DIGEST_BYTES) throw new StoreFormatError("the JKS file is cut short");
  checkIntegrity(bytes, password);
  const reader = new JksReader(bytes.subarray(0, bytes.length - DIGEST_BYTES));
  reader.u32();
  const version = reader.u32();
  if (version !== 1 && version !== 2)
    throw new StoreFormatError(`JKS version ${version} is unknown (1 and 2 are read)`);
  const keys: StoredKey[] = [];
  const trusted: Uint8Array[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    const tag = reader.u32();
    const alias = reader.text();
    reader.take(8);
    if (tag === 1) {
      const protectedKey = reader.sized();
      const chain: Uint8Array[] = [];
      for (let certs = reader.u32(); certs > 0; certs--) chain.push(reader.certificate(version));
      keys.push({ alias, pkcs8: openKey(protectedKey, alias, password), chain });
    } else if (tag === 2) {
      trusted.push(reader.certificate(version));
    } else {
      throw new StoreFormatError(`JKS entry "${alias}" has the unknown tag ${tag}`);
    }
  }
  return { keys, trusted };
}

function checkIntegrity(bytes: Uint8Array, password: string): void {
  const end = bytes.length - DIGEST_BYTES;
  const digest = createHash("sha1")
    .update(bmpBytes(password))
    .update("Mighty Aphrodite", "latin1")
    .update(bytes.subarray(0, end))
    .digest();
  if (!timingSafeEqual(digest, bytes.subarray(end))) {
    throw new StorePasswordError(
      "the password is wrong or the file is damaged (its SHA-1 digest does not fit)",
    );
  }
}

/**
 * Sun's key protector: salt(20) | key XOR stream | SHA-1(password | key), where the stream is
 * SHA-1(password | salt), SHA-1(password | block before), …
 */
function openKey(protectedKey: Uint8Array, alias: string, password: string): Uint8Array {
  const data = protectedOctets(protectedKey, alias);
  if (data.length < 2 * DIGEST_BYTES) throw new StoreFormatError(`JKS key "${alias}" is cut short`);
  const secret = bmpBytes(password);
  const sealed = data.subarray(DIGEST_BYTES, data.length - DIGEST_BYTES);
  const plain = Buffer.alloc(sealed.length);
  let block = data.subarray(0, DIGEST_BYTES);
  for (let at = 0; at < sealed.length; at++) {
    const inBlock = at % DIGEST_BYTES;
    if (inBlock === 0) block = createHash("sha1").update(secret).update(block).digest();
    plain[at] = sealed[at] ^ block[inBlock];
  }
  const digest = createHash("sha1").update(secret).update(plain).digest();
  if (!timingSafeEqual(digest, data.subarray(data.length - DIGEST_BYTES))) {
    throw new StorePasswordError(
      `key "${alias}" has another password than the store; give both the same with keytool -keypasswd`,
    );
  }
  return plain;
}

function protectedOctets(protectedKey: Uint8Array, alias: string): Uint8Array {
  try {
    const info = new DerReader(protectedKey).enter();
    const algorithm = info.enter().readOid();
    if (algorithm === SUN_KEY_PROTECTOR) return info.readOctets();
    throw new StoreFormatError(`JKS key "${alias}" is protected by the unknown algorithm ${algorithm}`);
  } catch (error) {
    if (error instanceof DerError) throw new StoreFormatError(`JKS key "${alias}": ${error.message}`);
    throw error;
  }
}

class JksReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#offset) {
      throw new StoreFormatError(
        `the JKS file ends inside a value of ${count} bytes at byte ${this.#offset}`,
      );
    }
    this.#offset += count;
    return this.#bytes.subarray(this.#offset - count, this.#offset);
  }

  u32(): number {
    this.take(4);
    return this.#view.getUint32(this.#offset - 4);
  }

  /** Java's writeUTF. Aliases only go into messages, so its two differences from UTF-8 do not matter. */
  text(): string {
    this.take(2);
    return Buffer.from(this.take(this.#view.getUint16(this.#offset - 2))).toString("utf8");
  }

  sized(): Uint8Array {
    return this.take(this.u32());
  }

  certificate(version: number): Uint8Array {
    const type = version === 2 ? this.text() : "X.509";
    if (type !== "X.509")
      throw new StoreFormatError(`the JKS file holds a certificate of type ${type}, not X.509`);
    return this.sized();
  }
}
