// java.util.Random's 48-bit generator, the state in two 24-bit halves so that all arithmetic stays in doubles:
// s = s * 0x5DEECE66D + 0xB mod 2^48.
const multiplierHigh = 0x5de;
const multiplierLow = 0xece66d;

/** java.util.Random(seed).nextBytes: `seed` is a Java long. */
export function javaRandomBytes(seed: bigint, count: number): Uint8Array {
  const start = BigInt.asUintN(48, seed ^ 0x5deece66dn);
  let high = Number(start >> 24n);
  let low = Number(start & 0xffffffn);
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count;) {
    const product = low * multiplierLow + 0xb;
    const carry = Math.floor(product / 0x1000000);
    high = (high * multiplierLow + low * multiplierHigh + carry) % 0x1000000;
    low = product % 0x1000000;
    // The upper 32 of the 48 bits are the word; its lowest byte goes first.
    let word = high * 0x100 + Math.floor(low / 0x10000);
    for (let n = 0; n < 4 && i < count; n++) {
      bytes[i++] = word & 0xff;
      word = Math.floor(word / 0x100);
    }
  }
  return bytes;
}

/** Password of a session: a checksum of its id, equal on all servers (client.md section 3). 16 bytes. */
export function sessionPassword(sessionId: bigint): Uint8Array {
  return javaRandomBytes(sessionId ^ 0xb3415c00n, 16);
}
