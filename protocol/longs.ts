/** Text and parts of 64-bit values. Everywhere in memory a 64-bit value is a signed bigint. */

/** As Java's Long.toHexString: unsigned, lower case, no leading zeros, no prefix. */
export function toHexString(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16);
}

/** `0x` and the unsigned hexadecimal digits. */
export function formatHex(value: bigint): string {
  return `0x${toHexString(value)}`;
}

/** Reads unsigned hexadecimal digits (with or without 0x) as a signed 64-bit value; null if they are none. */
export function parseHex(text: string): bigint | null {
  const digits = text.startsWith("0x") ? text.slice(2) : text;
  if (!/^[0-9a-fA-F]{1,16}$/.test(digits)) return null;
  return BigInt.asIntN(64, BigInt(`0x${digits}`));
}

/** A zxid from its epoch (upper 32 bits) and counter (lower 32 bits). */
export function zxidOf(epoch: number, counter: number): bigint {
  return BigInt.asIntN(64, (BigInt(epoch) << 32n) | BigInt(counter >>> 0));
}

/** Upper 32 bits, signed as Java's shift leaves them. */
export function epochOf(zxid: bigint): number {
  return Number(zxid >> 32n);
}

/** Lower 32 bits, unsigned. */
export function counterOf(zxid: bigint): number {
  return Number(zxid & 0xffffffffn);
}
