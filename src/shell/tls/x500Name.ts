import { DER_SET, DerReader, oidText } from "./derReader.ts";

/** The attribute names of RFC 2253; Java prints any other type as a dotted number with a hexadecimal value. */
const KEYWORDS: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "0.9.2342.19200300.100.1.25": "DC",
  "0.9.2342.19200300.100.1.1": "UID",
};

/** The string types that Java takes for text, by tag, and how it reads each since it reads them rightly. */
const TEXT_ENCODINGS: Readonly<Record<number, "utf-8" | "latin1" | "utf-16be">> = {
  0x0c: "utf-8", // UTF8String
  0x13: "latin1", // PrintableString
  0x14: "latin1", // T61String
  0x16: "latin1", // IA5String
  0x1b: "latin1", // GeneralString
  0x1e: "utf-16be", // BMPString
};

/**
 * The text of a DER Name as Java's `X500Principal.getName()` gives it, character by character, since it stands in
 * x509 ACLs: names from last to first, several values of one set with `+` in their encoded order.
 * test/fixtures/tls/names.json holds what Java 25 prints. Java 17 and before read every string type as UTF-8, so they
 * show BMPString, and letters beyond ASCII in the three 8-bit types, as rubbish that differs from ours; two subjects
 * may even look the same there. Throws DerError on anything but a Name.
 */
export function nameRfc2253(name: Uint8Array): string {
  const sets: string[] = [];
  for (const reader = new DerReader(name).enter(); !reader.done;) {
    const values: string[] = [];
    for (const set = reader.enter(DER_SET); !set.done;) values.push(attributeText(set.enter()));
    sets.push(values.join("+"));
  }
  return sets.reverse().join(",");
}

/** The subject of a DER certificate in the same form: the id of the x509 scheme. Throws DerError. */
export function subjectRfc2253(certificate: Uint8Array): string {
  return nameRfc2253(certificateSubject(certificate));
}

/** The subject Name of a DER certificate, a view. */
export function certificateSubject(certificate: Uint8Array): Uint8Array {
  const tbs = new DerReader(certificate).enter().enter();
  tbs.readIf(0xa0); // version
  tbs.read(); // serial number
  tbs.read(); // signature algorithm
  tbs.read(); // issuer
  tbs.read(); // validity
  return tbs.read().whole;
}

/** The first common name seen from the most specific end of a subject, or undefined. */
export function commonName(certificate: Uint8Array): string | undefined {
  let found: string | undefined;
  for (const reader = new DerReader(certificateSubject(certificate)).enter(); !reader.done;) {
    for (const set = reader.enter(DER_SET); !set.done;) {
      const attribute = set.enter();
      if (attribute.readOid() === "2.5.4.3") {
        const value = attribute.read();
        found = decodeText(value.tag, value.content);
      }
    }
  }
  return found;
}

function attributeText(attribute: DerReader): string {
  const oid = oidText(attribute.read(0x06).content);
  const value = attribute.read();
  const keyword = KEYWORDS[oid];
  const text = keyword === undefined ? undefined : decodeText(value.tag, value.content);
  if (text === undefined) {
    return `${keyword ?? oid}=#${Buffer.from(value.whole).toString("hex")}`;
  }
  return `${keyword}=${escapeValue(text)}`;
}

function escapeValue(value: string): string {
  const escaped = value.replace(/[,=+<>#;"\\]/g, "\\$&").replaceAll("\0", "\\00");
  const start = escaped.search(/[^ \r]/);
  if (start < 0) return escaped.replace(/[ \r]/g, "\\$&");
  const end = escaped.search(/[ \r]*$/);
  const blanks = (text: string): string => text.replace(/[ \r]/g, "\\$&");
  return blanks(escaped.slice(0, start)) + escaped.slice(start, end) + blanks(escaped.slice(end));
}

/** The text of a string value, a byte order mark kept; undefined for a tag that is no text. */
function decodeText(tag: number, octets: Uint8Array): string | undefined {
  const encoding = TEXT_ENCODINGS[tag];
  if (encoding === undefined) return undefined;
  if (encoding === "latin1") return Buffer.from(octets).toString("latin1");
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(octets);
}
