/** Rounds a mean to 4 decimals, halves away from zero, as AvgMinMaxCounter.getAvg does. */
export function roundedMean(sum: number, count: number): number {
  return count === 0 ? 0 : Number((sum / count).toFixed(4));
}

/** Text of a double as Java's Double.toString has it: `11.0`, `0.871`, `1.0E-4`, `1.25E7`. */
export function javaDoubleText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e7)) {
    const [mantissa = "", exponent = ""] = value.toExponential().split("e");
    return `${withFraction(mantissa)}E${Number(exponent)}`;
  }
  return withFraction(Object.is(value, -0) ? "-0" : String(value));
}

function withFraction(digits: string): string {
  return digits.includes(".") ? digits : `${digits}.0`;
}

/** Text of a 64-bit value as Java's Long.toHexString has it: two's complement, no leading zeros, no `0x`. */
export function longHex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16);
}
