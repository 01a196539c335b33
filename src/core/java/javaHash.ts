/** String.hashCode of Java: 31 times the hash so far plus the next UTF-16 unit, in 32 bits. */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

/** Long.hashCode of Java: the two halves xored. `value` is a Java long, signed or not. */
export function javaLongHash(value: bigint): number {
  return Number(BigInt.asIntN(32, value ^ (value >> 32n)));
}

/** The spread that java.util.HashMap applies before it takes the bucket index. */
export function javaSpread(hash: number): number {
  return hash ^ (hash >>> 16);
}
