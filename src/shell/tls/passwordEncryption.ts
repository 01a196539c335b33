import { createDecipheriv, createHash, createHmac, pbkdf2Sync } from "node:crypto";

import type { DerReader } from "./derReader.ts";
import { decryptRc2Cbc } from "./rc2.ts";

/** An algorithm that this file cannot undo; the message names it. Told apart from a wrong password. */
export class UnsupportedAlgorithmError extends Error {}

/** As in Java: more iterations than this are an attack or damage, not a store. */
const ITERATIONS_MAX = 5_000_000;

const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const PRF_HASHES: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
};
const CIPHERS: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  "2.16.840.1.101.3.4.1.2": { name: "aes-128-cbc", keyBytes: 16 },
  "2.16.840.1.101.3.4.1.22": { name: "aes-192-cbc", keyBytes: 24 },
  "2.16.840.1.101.3.4.1.42": { name: "aes-256-cbc", keyBytes: 32 },
  "1.2.840.113549.3.7": { name: "des-ede3-cbc", keyBytes: 24 },
};
/** PKCS #12 appendix C: the old algorithms, all with SHA-1. */
const PKCS12_PBES: Readonly<Record<string, { readonly name: "3des" | "rc2"; readonly keyBytes: number }>> = {
  "1.2.840.113549.1.12.1.3": { name: "3des", keyBytes: 24 },
  "1.2.840.113549.1.12.1.4": { name: "3des", keyBytes: 16 },
  "1.2.840.113549.1.12.1.5": { name: "rc2", keyBytes: 16 },
  "1.2.840.113549.1.12.1.6": { name: "rc2", keyBytes: 5 },
};

/**
 * Opens data under a password. `algorithm` stands at the start of an AlgorithmIdentifier's content: PBES2 (RFC 8018)
 * with PBKDF2 and AES or 3DES, or the PKCS #12 algorithms (RFC 7292) with 3DES or RC2.
 * Throws {@link UnsupportedAlgorithmError}, or any other error when the password is wrong or the data damaged.
 */
export function decryptWithPassword(algorithm: DerReader, password: string, data: Uint8Array): Uint8Array {
  const oid = algorithm.readOid();
  if (oid === PBES2) return decryptPbes2(algorithm.enter(), password, data);
  const pbe = PKCS12_PBES[oid];
  if (pbe === undefined) throw new UnsupportedAlgorithmError(`encryption algorithm ${oid}`);
  const parameters = algorithm.enter();
  const salt = parameters.readOctets();
  const iterations = readIterations(parameters);
  const iv = pkcs12DeriveKey("sha1", password, salt, iterations, 2, 8);
  let key: Uint8Array = pkcs12DeriveKey("sha1", password, salt, iterations, 1, pbe.keyBytes);
  if (pbe.name === "rc2") return decryptRc2Cbc(key, pbe.keyBytes * 8, iv, data);
  if (key.length === 16) key = Buffer.concat([key, key.subarray(0, 8)]);
  return decryptCbc("des-ede3-cbc", key, iv, data);
}

function decryptPbes2(parameters: DerReader, password: string, data: Uint8Array): Uint8Array {
  const derivation = parameters.enter();
  const derivationOid = derivation.readOid();
  if (derivationOid !== PBKDF2) throw new UnsupportedAlgorithmError(`key derivation ${derivationOid}`);
  const pbkdf2 = derivation.enter();
  const salt = pbkdf2.readOctets();
  const iterations = readIterations(pbkdf2);
  if (pbkdf2.peekTag() === 0x02) pbkdf2.readSmallInteger();
  const prf = pbkdf2.done ? "1.2.840.113549.2.7" : pbkdf2.enter().readOid();
  const hash = PRF_HASHES[prf];
  if (hash === undefined) throw new UnsupportedAlgorithmError(`pseudorandom function ${prf}`);
  const encryption = parameters.enter();
  const cipherOid = encryption.readOid();
  const cipher = CIPHERS[cipherOid];
  if (cipher === undefined) throw new UnsupportedAlgorithmError(`cipher ${cipherOid}`);
  const key = pbkdf2Sync(Buffer.from(password, "utf8"), salt, iterations, cipher.keyBytes, hash);
  return decryptCbc(cipher.name, key, encryption.readOctets(), data);
}

function decryptCbc(name: string, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(name, key, iv);
  return Buffer.concat([decipher.update(data), decipher.final()]);
}

/** Iterations of a key derivation, bounded so that a damaged file cannot stop the server for hours. */
export function readIterations(reader: DerReader): number {
  const iterations = reader.readSmallInteger();
  if (iterations < 1 || iterations > ITERATIONS_MAX) {
    throw new UnsupportedAlgorithmError(`${iterations} iterations (1 to ${ITERATIONS_MAX} are accepted)`);
  }
  return iterations;
}

/** The HMAC of a PKCS #12 file (RFC 7292 section 4, macData). */
export function pkcs12Mac(
  hash: string,
  password: string | null,
  salt: Uint8Array,
  iterations: number,
  data: Uint8Array,
): Buffer {
  const size = createHash(hash).digest().length;
  const key = pkcs12DeriveKey(hash, password, salt, iterations, 3, size);
  return createHmac(hash, key).update(data).digest();
}

/**
 * RFC 7292 appendix B.2. `id` is 1 for keys, 2 for initial vectors, 3 for MAC keys. A null password has no bytes at
 * all, an empty one is the two zero bytes that end every password: writers disagree on which "none" is.
 */
export function pkcs12DeriveKey(
  hash: string,
  password: string | null,
  salt: Uint8Array,
  iterations: number,
  id: number,
  bytes: number,
): Buffer {
  const blockBytes = hash === "sha384" || hash === "sha512" ? 128 : 64;
  const diversifier = Buffer.alloc(blockBytes, id);
  const secret = password === null ? Buffer.alloc(0) : Buffer.concat([bmpBytes(password), Buffer.alloc(2)]);
  const input = Buffer.concat([repeated(salt, blockBytes), repeated(secret, blockBytes)]);
  const out: Buffer[] = [];
  for (let made = 0; made < bytes;) {
    let digest = createHash(hash).update(diversifier).update(input).digest();
    for (let i = 1; i < iterations; i++) digest = createHash(hash).update(digest).digest();
    out.push(digest);
    made += digest.length;
    const addend = repeated(digest, blockBytes).subarray(0, blockBytes);
    for (let at = 0; at < input.length; at += blockBytes) addPlusOne(input, at, addend);
  }
  return Buffer.concat(out).subarray(0, bytes);
}

/** input[at..] = input[at..] + addend + 1, as big-endian numbers of addend's length, the carry out dropped. */
function addPlusOne(input: Buffer, at: number, addend: Buffer): void {
  let carry = 1;
  for (let i = addend.length - 1; i >= 0; i--) {
    carry += input[at + i] + addend[i];
    input[at + i] = carry & 0xff;
    carry >>= 8;
  }
}

/** `bytes` over and over until the next multiple of `blockBytes`; nothing stays nothing. */
function repeated(bytes: Uint8Array, blockBytes: number): Buffer {
  const length = Math.ceil(bytes.length / blockBytes) * blockBytes;
  const out = Buffer.alloc(length);
  for (let i = 0; i < length; i++) out[i] = bytes[i % bytes.length];
  return out;
}

/** Password characters as UTF-16, high byte first: the form that both PKCS #12 and JKS hash. */
export function bmpBytes(password: string): Buffer {
  return Buffer.from(password, "utf16le").swap16();
}
