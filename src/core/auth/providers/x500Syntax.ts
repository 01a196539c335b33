import { javaTrim } from "../../java/javaTrim.ts";

const keywords = new Set(
  (
    "CN C L S ST O OU T IP STREET DC DNQUALIFIER DNQ SURNAME GIVENNAME INITIALS GENERATION " +
    "EMAIL EMAILADDRESS UID SERIALNUMBER"
  ).split(" "),
);

/** Whether `new X500Principal(text)` takes the text: the grammars of RFC 1779 and 2253 as the JDK mixes them. */
export function isX500Name(text: string): boolean {
  return (
    text === "" ||
    splitAt(text, ",;", isEscaped).every((rdn) => splitAt(rdn, "+", followsBackslash).every(isAttribute))
  );
}

/** Pieces between separators that are neither escaped nor inside quotes. */
function splitAt(text: string, separators: string, escaped: typeof isEscaped): string[] {
  const pieces: string[] = [];
  let start = 0;
  let searched = 0;
  let quotes = 0;
  for (let i = 0; i < text.length; i++) {
    if (!separators.includes(text[i])) continue;
    quotes += countQuotes(text, searched, i);
    if (quotes !== 1 && !escaped(text, searched, i)) {
      pieces.push(text.slice(start, i));
      start = i + 1;
      quotes = 0;
    }
    searched = i + 1;
  }
  pieces.push(text.slice(start));
  return pieces;
}

/** A quote behind a backslash does not count, even if that backslash is itself escaped. */
function countQuotes(text: string, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (text[i] === '"' && (i === from || text[i - 1] !== "\\")) count++;
  return count;
}

/** The JDK counts every backslash back to `from` when there are two or more, not only those in a row. */
function isEscaped(text: string, from: number, at: number): boolean {
  if (at < 1 || text[at - 1] !== "\\") return false;
  if (at < 2 || text[at - 2] !== "\\") return true;
  let count = 0;
  for (let i = at - 1; i >= from; i--) if (text[i] === "\\") count++;
  return count % 2 === 1;
}

function followsBackslash(text: string, _from: number, at: number): boolean {
  return at > 0 && text[at - 1] === "\\";
}

function isAttribute(text: string): boolean {
  const equals = text.indexOf("=");
  return equals >= 0 && isType(text.slice(0, equals)) && isValue(text.slice(equals + 1));
}

function isType(keyword: string): boolean {
  const name = javaTrim(keyword.toUpperCase());
  if (keywords.has(name)) return true;
  return isObjectIdentifier(name.startsWith("OID.") ? name.slice(4) : name);
}

function isObjectIdentifier(text: string): boolean {
  if (!/^\d+(\.\d+)+$/.test(text)) return false;
  const [first, second] = text.split(".");
  return Number(first) <= 2 && (Number(first) === 2 || Number(second) <= 39);
}

const skipped = /^[ \n]*/;

function isValue(text: string): boolean {
  const value = text.replace(skipped, "");
  if (value === "") return true;
  if (value.startsWith("#")) return isHexValue(value.slice(1));
  if (value.startsWith('"')) return isQuotedValue(value);
  return isPlainValue(value);
}

/** `#` and the hexadecimal text of one DER value. */
function isHexValue(text: string): boolean {
  const digits = /^((?:[0-9A-Fa-f]{2})+)(?:[+,;]|$)/.exec(text);
  if (digits === null) return false;
  const bytes = (digits[1].match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return isOneDerValue(bytes);
}

function isOneDerValue(bytes: readonly number[]): boolean {
  if (bytes.length < 2 || (bytes[0] & 0x1f) === 0x1f) return false;
  const first = bytes[1];
  if (first < 0x80) return bytes.length === 2 + first;
  const lengthBytes = first & 0x7f;
  const constructed = (bytes[0] & 0x20) !== 0;
  if (first === 0x80) return constructed && bytes.length >= 4 && bytes.at(-1) === 0 && bytes.at(-2) === 0;
  if (lengthBytes > 4 || bytes.length < 2 + lengthBytes) return false;
  let length = 0;
  for (let i = 0; i < lengthBytes; i++) length = length * 256 + bytes[2 + i];
  return bytes.length === 2 + lengthBytes + length;
}

const quoted = /^"(?:[^"\\]|\\(?:[0-9A-Fa-f]{2}|[,=\n+<>#;\\"]))*"[ \n]*$/;

function isQuotedValue(text: string): boolean {
  return quoted.test(text);
}

/** Whatever stands behind a separator that was held for escaped is not looked at. */
const plain = /^(?:[^,+<>;"\\]|\\(?:[0-9A-Fa-f]{2}|[,=\n+<>#;\\" ]))+(?:[+,;]|$)/;

function isPlainValue(text: string): boolean {
  return plain.test(text);
}
