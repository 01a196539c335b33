import type { AuthProvider, AuthResult } from "./provider.ts";
import { parseAddress, parseNumber } from "./ipAddress.ts";

// Shared by all checks: they neither nest nor wait, and a check must not allocate.
const wanted = new Uint8Array(16);
const actual = new Uint8Array(16);

/** Addresses, `<address>` or `<address>/<bits>`. Every connection has its own as an id from the start. */
export const ipProvider: AuthProvider = {
  scheme: "ip",
  authenticated: false,
  nullIdThrows: true,
  isValid: (id) => parseExpression(id) >= 0,
  matches(id, expression) {
    const bits = parseExpression(expression);
    if (bits < 0) return false;
    const bytes = parseAddress(id, 0, id.length, actual);
    return bytes !== 0 && bytes === wantedBytes && prefixEqual(bits);
  },
  userName: (id) => id,
  authenticate(_data, connection): AuthResult {
    const { remoteAddress, authIds } = connection;
    const present = authIds.some(({ scheme, id }) => scheme === "ip" && id === remoteAddress);
    return { ok: true, add: present ? [] : [{ scheme: "ip", id: remoteAddress }] };
  },
};

let wantedBytes = 0;

/** Leaves the address in `wanted` and returns the number of its bits that count, or -1 if the text is not valid. */
function parseExpression(text: string): number {
  const slash = text.indexOf("/");
  wantedBytes = parseAddress(text, 0, slash < 0 ? text.length : slash, wanted);
  if (wantedBytes === 0) return -1;
  if (slash < 0) return wantedBytes * 8;
  const bits = parseNumber(text, slash + 1, text.length, 10);
  return bits >= 0 && bits <= wantedBytes * 8 ? bits : -1;
}

function prefixEqual(bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (wanted[i] !== actual[i]) return false;
  const rest = bits & 7;
  return rest === 0 || ((wanted[whole] ^ actual[whole]) & (0xff << (8 - rest)) & 0xff) === 0;
}
