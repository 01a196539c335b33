const dot = 0x2e;
const colon = 0x3a;

/**
 * Reads `text[start, end)` as an address the way IPAuthenticationProvider does, into `out` (16 bytes or more), and
 * returns how many bytes it has: 4, 16, or 0 for text that is no address. No host names, no IPv4 tail in IPv6 text,
 * no zone. Numbers are Integer.parseInt's, so `+1` and `0007` go. Allocates nothing.
 */
export function parseAddress(text: string, start: number, end: number, out: Uint8Array): 0 | 4 | 16 {
  const firstColon = text.indexOf(":", start);
  if (firstColon >= 0 && firstColon < end) return parseIpv6(text, start, end, out) ? 16 : 0;
  return parseIpv4(text, start, end, out) ? 4 : 0;
}

function parseIpv4(text: string, start: number, end: number, out: Uint8Array): boolean {
  let at = start;
  for (let i = 0; i < 4; i++) {
    let stop = at;
    while (stop < end && text.charCodeAt(stop) !== dot) stop++;
    if (i < 3 ? stop === end : stop !== end) return false;
    const value = parseNumber(text, at, stop, 10);
    if (!(value >= 0 && value <= 255)) return false;
    out[i] = value;
    at = stop + 1;
  }
  return true;
}

function parseIpv6(text: string, start: number, end: number, out: Uint8Array): boolean {
  out.fill(0, 0, 16);
  const gap = findGap(text, start, end);
  if (gap < 0) return readSegments(text, start, end, out, 0) === 8;
  if (findGap(text, gap + 2, end) >= 0) return false;
  const before = countSegments(text, start, gap);
  const after = countSegments(text, gap + 2, end);
  if (before + after >= 8) return false;
  return (
    readSegments(text, start, gap, out, 0) === before &&
    readSegments(text, gap + 2, end, out, 8 - after) === after
  );
}

/** Where the first `::` is, or -1. */
function findGap(text: string, start: number, end: number): number {
  const gap = text.indexOf("::", start);
  return gap >= 0 && gap + 2 <= end ? gap : -1;
}

function countSegments(text: string, start: number, end: number): number {
  if (start === end) return 0;
  let count = 1;
  for (let i = start; i < end; i++) if (text.charCodeAt(i) === colon) count++;
  return count;
}

/** Writes the segments from place `first` of eight on; how many they were, or -1 for a bad one or too many. */
function readSegments(text: string, start: number, end: number, out: Uint8Array, first: number): number {
  if (start === end) return 0;
  let count = 0;
  for (let at = start; at <= end; count++) {
    let stop = at;
    while (stop < end && text.charCodeAt(stop) !== colon) stop++;
    if (stop - at > 4 || first + count >= 8) return -1;
    const value = parseNumber(text, at, stop, 16);
    if (Number.isNaN(value)) return -1;
    out[(first + count) * 2] = (value >> 8) & 0xff;
    out[(first + count) * 2 + 1] = value & 0xff;
    at = stop + 1;
  }
  return count;
}

/** Integer.parseInt for ASCII digits: an optional sign, then digits; NaN for anything else or beyond an int. */
export function parseNumber(text: string, start: number, end: number, radix: 10 | 16): number {
  const sign = start < end ? text.charCodeAt(start) : 0;
  const signed = sign === 0x2b || sign === 0x2d;
  if (start + (signed ? 1 : 0) >= end) return Number.NaN;
  let value = 0;
  for (let i = signed ? start + 1 : start; i < end; i++) {
    const digit = digitValue(text.charCodeAt(i));
    if (digit >= radix) return Number.NaN;
    value = value * radix + digit;
    if (value > 0x7fffffff) return Number.NaN;
  }
  return sign === 0x2d ? -value : value;
}

function digitValue(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  if (unit >= 0x61 && unit <= 0x66) return unit - 0x57;
  if (unit >= 0x41 && unit <= 0x46) return unit - 0x37;
  return 99;
}
