import { decodeUtf8 } from "../charsets.ts";

/**
 * Directives of a DIGEST-MD5 response that the server reads; others are skipped. The JDK looks for `nonce-count`, which
 * the RFC calls `nc`, so it never looks at what clients send.
 */
const names = [
  "username",
  "realm",
  "nonce",
  "cnonce",
  "nonce-count",
  "qop",
  "digest-uri",
  "response",
  "maxbuf",
  "charset",
  "cipher",
  "authzid",
  "auth-param",
] as const;
export type DirectiveName = (typeof names)[number];

/** Raw bytes of each directive that was there. */
export type Directives = Partial<Record<DirectiveName, Uint8Array>>;

const [tab, lf, cr, space, quote, comma, equals, backslash] = [9, 10, 13, 32, 0x22, 0x2c, 0x3d, 0x5c];

function isSpace(byte: number): boolean {
  return byte === space || byte === tab || byte === lf || byte === cr;
}

/**
 * Reads `key=value` or `key="value"` pairs between commas or white space, as the JDK does (DigestMD5Base); in quotes
 * a backslash takes the next byte as it is. Returns the reason as a string if the text is malformed or a known
 * directive stands twice.
 */
export function parseDirectives(bytes: Uint8Array): Directives | string {
  const directives: Directives = {};
  const cursor = { bytes, at: 0 };
  for (;;) {
    while (cursor.at < bytes.length && (isSpace(bytes[cursor.at]) || bytes[cursor.at] === comma)) cursor.at++;
    if (cursor.at >= bytes.length) return directives;
    const key = readKey(cursor);
    if (key === null) return "directive without a key, or without `=` behind its key";
    // The JDK lets a key that ends the text pass, with an empty value.
    const value = cursor.at > bytes.length ? new Uint8Array(0) : readValue(cursor);
    if (value === null) return `directive ${key} without a value, or with an unmatched quote`;
    const name = names.find((known) => known === key.toLowerCase());
    if (name === undefined) continue;
    if (directives[name] !== undefined) return `more than one directive ${name}`;
    directives[name] = value;
  }
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/**
 * The key, with the cursor behind its `=`; null if it is empty, holds a comma, or no `=` follows. A key that ends the
 * text leaves the cursor one beyond the end.
 */
function readKey(cursor: Cursor): string | null {
  const { bytes } = cursor;
  const start = cursor.at;
  let at = start;
  while (at < bytes.length && bytes[at] !== equals && bytes[at] !== comma && !isSpace(bytes[at])) at++;
  const key = decodeUtf8(bytes.subarray(start, at));
  const endsText = at === bytes.length;
  while (at < bytes.length && isSpace(bytes[at])) at++;
  cursor.at = at + 1;
  if (endsText) return key;
  return key !== "" && bytes[at] === equals ? key : null;
}

/** The value, with the cursor on what follows; null if there is none, or a quoted one does not end as it must. */
function readValue(cursor: Cursor): Uint8Array | null {
  const { bytes } = cursor;
  while (cursor.at < bytes.length && isSpace(bytes[cursor.at])) cursor.at++;
  if (cursor.at >= bytes.length) return null;
  if (bytes[cursor.at] === quote) return readQuoted(cursor);
  const start = cursor.at;
  while (cursor.at < bytes.length && bytes[cursor.at] !== comma && !isSpace(bytes[cursor.at])) cursor.at++;
  return bytes.slice(start, cursor.at);
}

function readQuoted(cursor: Cursor): Uint8Array | null {
  const { bytes } = cursor;
  const value: number[] = [];
  let at = cursor.at + 1;
  while (at < bytes.length && bytes[at] !== quote) {
    if (bytes[at] === backslash) at++;
    if (at < bytes.length) value.push(bytes[at]);
    at++;
  }
  if (at >= bytes.length) return null;
  cursor.at = at + 1;
  const ended = cursor.at === bytes.length || bytes[cursor.at] === comma || isSpace(bytes[cursor.at]);
  return ended ? Uint8Array.from(value) : null;
}
