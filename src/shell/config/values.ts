import type { ValueKind } from "./keyRow.ts";

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** `Integer.parseInt`: decimal with an optional sign, 32 bits; undefined where Java throws. */
export function parseJavaInt(text: string): number | undefined {
  return /^[+-]?[0-9]+$/.test(text) ? within(Number(text), INT_MIN, INT_MAX) : undefined;
}

/** `Long.parseLong`, as far as a double is exact (2^53); beyond that undefined too. */
export function parseJavaLong(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  return within(Number(text), Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

/** `Integer.decode`, as `Integer.getInteger` reads a property: also 0x1f, #1f and 017. */
export function decodeJavaInt(text: string): number | undefined {
  return within(decode(text), INT_MIN, INT_MAX);
}

/** `Long.decode`, as far as a double is exact. */
export function decodeJavaLong(text: string): number | undefined {
  return within(decode(text), Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

/** `Double.parseDouble` without its rare forms (hexadecimal, suffix d or f); undefined where it throws. */
export function parseJavaDouble(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** true or false in any case; undefined for anything else. */
export function parseStrictBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === "true") return true;
  return lower === "false" ? false : undefined;
}

/**
 * What a text must look like for a key, or null if it is fine. `decoded` values are system properties, which Java reads
 * with `Integer.getInteger`; the others are read with `Integer.parseInt`.
 */
export function valueComplaint(kind: ValueKind, text: string, decoded: boolean): string | null {
  switch (kind) {
    case "int":
      return (decoded ? decodeJavaInt(text) : parseJavaInt(text)) === undefined
        ? "a 32-bit whole number"
        : null;
    case "long":
      return (decoded ? decodeJavaLong(text) : parseJavaLong(text)) === undefined ? "a whole number" : null;
    case "port": {
      const port = decoded ? decodeJavaInt(text) : parseJavaInt(text);
      return port === undefined || port < 0 || port > 65535 ? "a port, 0 to 65535" : null;
    }
    case "double":
      return parseJavaDouble(text) === undefined ? "a number" : null;
    case "boolean":
      return parseStrictBoolean(text) === undefined ? "true or false" : null;
    case "yes":
    case "notNo":
      return text === "yes" || text === "no" ? null : "yes or no";
    case "host":
    case "path":
    case "class":
    case "list":
    case "text":
      return null;
  }
}

function within(value: number | undefined, min: number, max: number): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

function decode(text: string): number | undefined {
  const match = /^([+-]?)(?:0[xX]([0-9a-fA-F]+)|#([0-9a-fA-F]+)|0([0-7]+)|(0|[1-9][0-9]*))$/.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, hash, octal, decimal] = match;
  const digits = hex ?? hash;
  let value = Number(decimal);
  if (digits !== undefined) value = Number.parseInt(digits, 16);
  else if (octal !== undefined) value = Number.parseInt(octal, 8);
  return sign === "-" ? -value : value;
}
