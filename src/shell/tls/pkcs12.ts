import { X509Certificate, timingSafeEqual } from "node:crypto";

import { DER_OCTET_STRING, DER_OID, DER_SEQUENCE, DER_SET, DerError, DerReader } from "./derReader.ts";
import {
  UnsupportedAlgorithmError,
  decryptWithPassword,
  pkcs12Mac,
  readIterations,
} from "./passwordEncryption.ts";
import type { StoreContent, StoredKey } from "./storeContent.ts";
import { StoreFormatError, StorePasswordError } from "./storeContent.ts";

const DATA = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
const KEY_BAG = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2";
const CERT_BAG = "1.2.840.113549.1.12.10.1.3";
const NESTED_BAGS = "1.2.840.113549.1.12.10.1.6";
const X509_CERT = "1.2.840.113549.1.9.22.1";
const FRIENDLY_NAME = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID = "1.2.840.113549.1.9.21";
/** Oracle's attribute: without it Java takes a certificate for a part of some chain, not for a trusted one. */
const TRUSTED_KEY_USAGE = "2.16.840.1.113894.746875.1.1";
const MAC_HASHES: Readonly<Record<string, string>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.4": "sha224",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
const EXPLICIT_0 = 0xa0;
const NESTING_MAX = 8;

/** What the bags of a file hold before keys and certificates are put together. */
interface Bags {
  readonly keys: { readonly alias: string; readonly localKeyId: string; readonly pkcs8: Uint8Array }[];
  readonly certs: { readonly localKeyId: string; readonly trusted: boolean; readonly der: Uint8Array }[];
}

/**
 * Reads a PKCS #12 file (RFC 7292) as keytool of Java 6 to 25 and openssl write it: AES or 3DES under PBES2, 3DES or
 * RC2 under the old algorithms, password integrity with any SHA, or none of either. Not through Node's `pfx` option,
 * which neither knows Oracle's trusted entries nor RC2. Throws {@link StoreFormatError} or
 * {@link StorePasswordError}.
 */
export function parsePkcs12(bytes: Uint8Array, password: string): StoreContent {
  try {
    const pfx = new DerReader(bytes).enter();
    const version = pfx.readSmallInteger();
    if (version !== 3) throw new StoreFormatError(`PKCS #12 version ${version} is unknown (3 is read)`);
    const authSafe = openData(pfx.enter());
    if (!pfx.done) checkMac(pfx.enter(), authSafe, password);
    const bags: Bags = { keys: [], certs: [] };
    for (const contents = new DerReader(authSafe).enter(); !contents.done;) {
      readBags(openSafe(contents.enter(), password), password, bags, 0);
    }
    return assemble(bags);
  } catch (error) {
    if (error instanceof DerError)
      throw new StoreFormatError(`not a PKCS #12 file that can be read: ${error.message}`);
    if (error instanceof UnsupportedAlgorithmError) {
      throw new StoreFormatError(
        `it uses ${error.message}, which is not supported; rewrite it with keytool -importkeystore of Java 17`,
      );
    }
    throw error;
  }
}

/** The octets of a ContentInfo of type data. */
function openData(contentInfo: DerReader): Uint8Array {
  const type = contentInfo.readOid();
  if (type !== DATA) {
    throw new StoreFormatError(
      `its integrity is by content type ${type} (public key?); only a password is supported`,
    );
  }
  return contentInfo.enter(EXPLICIT_0).readOctets();
}

function checkMac(macData: DerReader, authSafe: Uint8Array, password: string): void {
  const digestInfo = macData.enter();
  const hashOid = digestInfo.enter().readOid();
  const hash = MAC_HASHES[hashOid];
  if (hash === undefined) throw new UnsupportedAlgorithmError(`integrity algorithm ${hashOid}`);
  const expected = digestInfo.readOctets();
  const salt = macData.readOctets();
  const iterations = macData.done ? 1 : readIterations(macData);
  const passwords = password === "" ? ["", null] : [password];
  const fits = passwords.some((candidate) => {
    const mac = pkcs12Mac(hash, candidate, salt, iterations, authSafe);
    return mac.length === expected.length && timingSafeEqual(mac, expected);
  });
  if (!fits)
    throw new StorePasswordError("the password is wrong or the file is damaged (its MAC does not fit)");
}

/** The SafeContents of one ContentInfo, decrypted if need be. */
function openSafe(contentInfo: DerReader, password: string): DerReader {
  const type = contentInfo.readOid();
  if (type === DATA) return new DerReader(contentInfo.enter(EXPLICIT_0).readOctets()).enter();
  if (type !== ENCRYPTED_DATA) throw new UnsupportedAlgorithmError(`content type ${type}`);
  const encrypted = contentInfo.enter(EXPLICIT_0).enter();
  encrypted.readSmallInteger();
  const info = encrypted.enter();
  info.readOid();
  const algorithm = info.enter();
  const plain = decrypt(algorithm, password, info.read(0x80).content, "its certificates");
  return new DerReader(plain).enter();
}

function decrypt(algorithm: DerReader, password: string, data: Uint8Array, what: string): Uint8Array {
  try {
    return decryptWithPassword(algorithm, password, data);
  } catch (error) {
    if (error instanceof UnsupportedAlgorithmError || error instanceof DerError) throw error;
    throw new StorePasswordError(`the password does not open ${what}`);
  }
}

function readBags(safe: DerReader, password: string, bags: Bags, depth: number): void {
  if (depth > NESTING_MAX) throw new StoreFormatError(`its bags are nested deeper than ${NESTING_MAX}`);
  while (!safe.done) {
    const bag = safe.enter();
    const type = bag.readOid();
    const value = bag.enter(EXPLICIT_0);
    if (type === NESTED_BAGS) {
      readBags(value.enter(), password, bags, depth + 1);
      continue;
    }
    const { alias, localKeyId, trusted } = readAttributes(bag);
    if (type === KEY_BAG) {
      bags.keys.push({ alias, localKeyId, pkcs8: value.read(DER_SEQUENCE).whole });
    } else if (type === SHROUDED_KEY_BAG) {
      const shrouded = value.enter();
      const algorithm = shrouded.enter();
      const pkcs8 = decrypt(algorithm, password, shrouded.readOctets(), `its key "${alias}"`);
      bags.keys.push({ alias, localKeyId, pkcs8 });
    } else if (type === CERT_BAG) {
      const cert = value.enter();
      if (cert.readOid() !== X509_CERT) continue;
      bags.certs.push({ localKeyId, trusted, der: cert.enter(EXPLICIT_0).readOctets() });
    }
  }
}

function readAttributes(bag: DerReader): { alias: string; localKeyId: string; trusted: boolean } {
  const found = { alias: "", localKeyId: "", trusted: false };
  if (bag.peekTag() !== DER_SET) return found;
  for (const attributes = bag.enter(DER_SET); !attributes.done;) {
    const attribute = attributes.enter();
    const type = attribute.readOid();
    const values = attribute.enter(DER_SET);
    if (type === TRUSTED_KEY_USAGE) found.trusted = values.peekTag() === DER_OID;
    else if (type === LOCAL_KEY_ID && values.peekTag() === DER_OCTET_STRING) {
      found.localKeyId = Buffer.from(values.readOctets()).toString("hex");
    } else if (type === FRIENDLY_NAME && !values.done) {
      const text = Buffer.from(values.read().content);
      if (text.length % 2 === 0) found.alias = text.swap16().toString("utf16le");
    }
  }
  return found;
}

/** Gives each key the certificate of the same local id and then, issuer by issuer, the rest of its chain. */
function assemble(bags: Bags): StoreContent {
  const all = bags.certs.map((cert) => ({ ...cert, x509: parseCertificate(cert.der) }));
  const keys: StoredKey[] = bags.keys.map((key) => {
    const own =
      all.find((cert) => key.localKeyId !== "" && cert.localKeyId === key.localKeyId) ??
      (bags.keys.length === 1 ? all.find((cert) => !cert.trusted) : undefined);
    const chain: Uint8Array[] = [];
    for (let link = own; link !== undefined && !chain.includes(link.der);) {
      chain.push(link.der);
      const { x509 } = link;
      link = all.find((cert) => cert.x509 !== x509 && x509.checkIssued(cert.x509));
    }
    return { alias: key.alias, pkcs8: key.pkcs8, chain };
  });
  return { keys, trusted: bags.certs.filter((cert) => cert.trusted).map((cert) => cert.der) };
}

function parseCertificate(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    throw new StoreFormatError("one of its certificates cannot be read");
  }
}
