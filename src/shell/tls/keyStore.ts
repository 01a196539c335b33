import { X509Certificate, createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { extname } from "node:path";

import { JKS_MAGIC, parseJks } from "./jks.ts";
import { decryptPkcs8, parsePem } from "./pem.ts";
import { parsePkcs12 } from "./pkcs12.ts";
import type { StoreContent } from "./storeContent.ts";
import { StoreFormatError, StorePasswordError } from "./storeContent.ts";
import { TlsError, errorText } from "./tlsError.ts";
import type { StoreSettings } from "./tlsSettings.ts";

/** Reads a whole file; `node:fs`'s readFileSync, or a test's. */
export type ReadFile = (path: string) => Uint8Array;

/** A private key (PKCS #8 PEM, not encrypted) and its certificate chain (PEM, the key's own certificate first). */
export interface KeyStoreEntry {
  readonly key: string;
  readonly cert: string;
}

/** Not a store beyond this: a mistyped location must not fill the memory. */
const STORE_BYTES_MAX = 16 * 1024 * 1024;

type StoreKind = "JKS" | "PEM" | "PKCS12";

/**
 * Loads a key store: at most one entry for each kind of key (RSA, EC, …), the first of its kind, since a server can
 * present one certificate for each. `name` is the setting's name in messages, as `ssl.keyStore`.
 * Throws {@link TlsError}.
 */
export function loadKeyStore(settings: StoreSettings, readFile: ReadFile, name: string): KeyStoreEntry[] {
  const content = loadStore(settings, readFile, name, "key");
  const entries = new Map<string, KeyStoreEntry>();
  for (const { alias, pkcs8, chain } of content.keys) {
    const where = `${name}.location=${settings.location}: key "${alias}"`;
    const key = parseKey(pkcs8, where);
    const kind = key.asymmetricKeyType ?? "";
    if (entries.has(kind)) continue;
    const certs = chain.map((der) => parseCertificate(der, where));
    if (certs.length === 0)
      throw new TlsError("ERR_TLS_STORE", `${where} has no certificate; import its certificate`);
    if (!certs[0].checkPrivateKey(key)) {
      throw new TlsError(
        "ERR_TLS_STORE",
        `${where} does not belong to its certificate ${oneLine(certs[0].subject)}; put the key's own certificate first`,
      );
    }
    const pem = key.export({ type: "pkcs8", format: "pem" }).toString();
    entries.set(kind, { key: pem, cert: certs.map((cert) => cert.toString()).join("") });
  }
  if (entries.size === 0) {
    throw new TlsError(
      "ERR_TLS_STORE",
      `${name}.location=${settings.location} holds no private key, only certificates; is it the trust store?`,
    );
  }
  return [...entries.values()];
}

/**
 * Loads the trusted certificates of a store as PEM: all of a PEM file, the trusted entries of JKS and PKCS12 (as Java,
 * which does not trust the certificates of key entries). Throws {@link TlsError}.
 */
export function loadTrustStore(settings: StoreSettings, readFile: ReadFile, name: string): string[] {
  const { trusted } = loadStore(settings, readFile, name, "trust");
  if (trusted.length === 0) {
    throw new TlsError(
      "ERR_TLS_STORE",
      `${name}.location=${settings.location} holds no trusted certificate; ` +
        "import them with keytool -importcert, or give a PEM file",
    );
  }
  return trusted.map((der) => parseCertificate(der, `${name}.location=${settings.location}`).toString());
}

/** The password of a store, that of the file without its last newline. Throws {@link TlsError}. */
export function readPassword(settings: StoreSettings, readFile: ReadFile, name: string): string {
  const { passwordPath, password } = settings;
  if (passwordPath === undefined || passwordPath === "") return password ?? "";
  try {
    return Buffer.from(readFile(passwordPath)).toString("utf8").replace(/\n$/, "");
  } catch (error) {
    throw new TlsError(
      "ERR_TLS_FILE",
      `${name}.passwordPath=${passwordPath} cannot be read: ${errorText(error)}`,
      error,
    );
  }
}

function loadStore(
  settings: StoreSettings,
  readFile: ReadFile,
  name: string,
  use: "key" | "trust",
): StoreContent {
  const where = `${name}.location=${settings.location}`;
  const named = storeKind(settings, name);
  const password = readPassword(settings, readFile, name);
  const bytes = readStore(settings.location, readFile, where);
  const kind = storeKindOf(bytes, named, where, name);
  try {
    if (kind === "JKS") return parseJks(bytes, password);
    if (kind === "PKCS12") return parsePkcs12(bytes, password);
    return readPem(bytes, password, use);
  } catch (error) {
    if (error instanceof StoreFormatError) throw new TlsError("ERR_TLS_STORE", `${where}: ${error.message}`);
    if (error instanceof StorePasswordError) {
      throw new TlsError(
        "ERR_TLS_PASSWORD",
        `${where}: ${error.message}; check ${name}.password or .passwordPath`,
      );
    }
    throw error;
  }
}

function readStore(location: string, readFile: ReadFile, where: string): Uint8Array {
  let bytes;
  try {
    bytes = readFile(location);
  } catch (error) {
    throw new TlsError("ERR_TLS_FILE", `${where} cannot be read: ${errorText(error)}`, error);
  }
  if (bytes.length > STORE_BYTES_MAX) {
    throw new TlsError(
      "ERR_TLS_STORE",
      `${where} has ${bytes.length} bytes, more than the ${STORE_BYTES_MAX} of a store`,
    );
  }
  return bytes;
}

/** The kind that the configuration names, by type or by extension (KeyStoreFileType in Apache; .pfx is our addition). */
function storeKind(settings: StoreSettings, name: string): StoreKind {
  const type = (settings.type ?? "").toUpperCase();
  const named = type === "" ? extname(settings.location).toLowerCase() : type;
  switch (named) {
    case "JKS":
    case ".jks":
      return "JKS";
    case "PEM":
    case ".pem":
      return "PEM";
    case "PKCS12":
    case ".p12":
    case ".pfx":
      return "PKCS12";
    case "BCFKS":
    case ".bcfks":
      throw new TlsError(
        "ERR_TLS_STORE",
        `${name}.location=${settings.location} is a BCFKS store, which is not supported; convert it to PKCS12 with keytool -importkeystore`,
      );
    default:
      break;
  }
  if (type !== "") {
    throw new TlsError(
      "ERR_TLS_SETTING",
      `${name}.type=${settings.type} of ${settings.location} is unknown; set JKS, PEM or PKCS12`,
    );
  }
  throw new TlsError(
    "ERR_TLS_SETTING",
    `${name}.location=${settings.location}: the name tells no type; set ${name}.type to JKS, PEM or PKCS12`,
  );
}

/** Java reads JKS and PKCS12 under either name, and keytool has written PKCS12 into .jks files since Java 9. */
function storeKindOf(bytes: Uint8Array, named: StoreKind, where: string, name: string): StoreKind {
  const found = sniffStore(bytes);
  if (found === undefined) {
    throw new TlsError("ERR_TLS_STORE", `${where} is empty or holds no ${named} store; check the file`);
  }
  if (found === "JCEKS") {
    throw new TlsError(
      "ERR_TLS_STORE",
      `${where} is a JCEKS store; convert it to PKCS12 with keytool -importkeystore`,
    );
  }
  if (found === named || (found !== "PEM" && named !== "PEM")) return found;
  throw new TlsError(
    "ERR_TLS_STORE",
    `${where} is taken for ${named} but holds ${found}; set ${name}.type=${found}`,
  );
}

function sniffStore(bytes: Uint8Array): StoreKind | "JCEKS" | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (start.length >= 4 && start.readUInt32BE(0) === JKS_MAGIC) return "JKS";
  if (start.length >= 4 && start.readUInt32BE(0) === 0xcececece) return "JCEKS";
  if (start.length >= 2 && start[0] === 0x30 && start[1] >= 0x80) return "PKCS12";
  return start.includes("-----BEGIN ") ? "PEM" : undefined;
}

function readPem(bytes: Uint8Array, password: string, use: "key" | "trust"): StoreContent {
  const { certificates, key } = parsePem(Buffer.from(bytes).toString("latin1"));
  if (use === "trust") return { keys: [], trusted: certificates };
  if (key === undefined) return { keys: [], trusted: [] };
  if (key.encrypted) return pemEntry(decryptPkcs8(key.der, password), certificates);
  if (key.type === "pkcs8") return pemEntry(key.der, certificates);
  try {
    const plain = createPrivateKey({ key: Buffer.from(key.der), format: "der", type: key.type });
    return pemEntry(plain.export({ type: "pkcs8", format: "der" }), certificates);
  } catch {
    throw new StoreFormatError("its private key cannot be read");
  }
}

function pemEntry(pkcs8: Uint8Array, chain: readonly Uint8Array[]): StoreContent {
  return { keys: [{ alias: "key", pkcs8, chain }], trusted: [] };
}

function parseKey(pkcs8: Uint8Array, where: string): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  } catch (error) {
    throw new TlsError("ERR_TLS_STORE", `${where} is of a kind that cannot be read: ${errorText(error)}`);
  }
}

function parseCertificate(der: Uint8Array, where: string): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (error) {
    throw new TlsError("ERR_TLS_STORE", `${where}: a certificate cannot be read: ${errorText(error)}`);
  }
}

function oneLine(subject: string): string {
  return subject.replaceAll("\n", ", ");
}
