import { DerReader } from "./derReader.ts";
import { UnsupportedAlgorithmError, decryptWithPassword } from "./passwordEncryption.ts";
import { StoreFormatError, StorePasswordError } from "./storeContent.ts";

/**
 * What a PEM file holds. Apache's PemReader decides what counts as a block: any label that ends in CERTIFICATE or in
 * PRIVATE KEY, text around blocks ignored.
 */
export interface PemContent {
  /** In file order, DER. */
  readonly certificates: readonly Uint8Array[];
  /** The first private key, if there is one. */
  readonly key: PemKey | undefined;
}

export interface PemKey {
  /** Node's name for the encoding of `der`. */
  readonly type: "pkcs8" | "pkcs1" | "sec1";
  readonly der: Uint8Array;
  readonly encrypted: boolean;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\s+([^-]*)-----END \1-----/g;

/** Cuts a PEM text into its blocks. Nothing is decrypted. Throws {@link StoreFormatError}. */
export function parsePem(text: string): PemContent {
  const certificates: Uint8Array[] = [];
  let key: PemKey | undefined;
  for (const [, label, body] of text.matchAll(BLOCK)) {
    if (label.endsWith("CERTIFICATE")) certificates.push(decodeCertificate(body));
    else if (label.endsWith("PRIVATE KEY")) key ??= decodeKey(label, body);
  }
  return { certificates, key };
}

/** Only the first value: a TRUSTED CERTIFICATE has OpenSSL's own remarks behind it. */
function decodeCertificate(body: string): Uint8Array {
  try {
    return new DerReader(decodeBase64(body)).read().whole;
  } catch {
    throw new StoreFormatError("a CERTIFICATE block in it is no base64 of a certificate");
  }
}

function decodeKey(label: string, body: string): PemKey {
  if (body.includes("Proc-Type")) {
    throw new StoreFormatError(
      "its private key is encrypted in OpenSSL's old way; convert it with openssl pkcs8 -topk8",
    );
  }
  const der = decodeBase64(body);
  if (label === "RSA PRIVATE KEY") return { type: "pkcs1", der, encrypted: false };
  if (label === "EC PRIVATE KEY") return { type: "sec1", der, encrypted: false };
  return { type: "pkcs8", der, encrypted: label === "ENCRYPTED PRIVATE KEY" };
}

function decodeBase64(body: string): Uint8Array {
  return Buffer.from(body, "base64");
}

/** Opens an EncryptedPrivateKeyInfo. Throws {@link StoreFormatError} or {@link StorePasswordError}. */
export function decryptPkcs8(der: Uint8Array, password: string): Uint8Array {
  if (password === "") throw new StorePasswordError("its private key is encrypted and no password is set");
  try {
    const info = new DerReader(der).enter();
    const algorithm = info.enter();
    return decryptWithPassword(algorithm, password, info.readOctets());
  } catch (error) {
    if (error instanceof UnsupportedAlgorithmError) {
      throw new StoreFormatError(
        `its private key uses ${error.message}, which is not supported; convert it with openssl pkcs8 -topk8 -v2 aes256`,
      );
    }
    throw new StorePasswordError("the password does not open its private key");
  }
}
