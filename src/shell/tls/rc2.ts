/**
 * RC2 in CBC mode, decryption only (RFC 2268). OpenSSL 3 keeps RC2 out of its default provider, yet every PKCS #12
 * file that keytool wrote before Java 8u301 / 11.0.12 has its certificates under 40-bit RC2, so trust stores from the
 * field need it. It protects nothing that is secret.
 */
export function decryptRc2Cbc(
  key: Uint8Array,
  effectiveBits: number,
  iv: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  if (data.length === 0 || data.length % 8 !== 0) throw new Error("length is no multiple of 8");
  const words = expandKey(key, effectiveBits);
  const plain = new Uint8Array(data.length);
  let previous = iv;
  for (let at = 0; at < data.length; at += 8) {
    const block = data.subarray(at, at + 8);
    const opened = decryptBlock(words, block);
    for (let i = 0; i < 8; i++) plain[at + i] = opened[i] ^ previous[i];
    previous = block;
  }
  return withoutPadding(plain);
}

function withoutPadding(plain: Uint8Array): Uint8Array {
  const count = plain[plain.length - 1];
  const padding = plain.subarray(plain.length - count);
  if (count < 1 || count > 8 || padding.some((byte) => byte !== count)) throw new Error("bad padding");
  return plain.subarray(0, plain.length - count);
}

/** RFC 2268 section 2: 64 words from a key of 1..128 bytes, of which `effectiveBits` count. */
function expandKey(key: Uint8Array, effectiveBits: number): Uint16Array {
  const bytes = new Uint8Array(128);
  bytes.set(key);
  for (let i = key.length; i < 128; i++) bytes[i] = PI[(bytes[i - 1] + bytes[i - key.length]) & 0xff];
  const effectiveBytes = (effectiveBits + 7) >> 3;
  const mask = 0xff >> (8 * effectiveBytes - effectiveBits);
  bytes[128 - effectiveBytes] = PI[bytes[128 - effectiveBytes] & mask];
  for (let i = 127 - effectiveBytes; i >= 0; i--) bytes[i] = PI[bytes[i + 1] ^ bytes[i + effectiveBytes]];
  const words = new Uint16Array(64);
  for (let i = 0; i < 64; i++) words[i] = bytes[2 * i] | (bytes[2 * i + 1] << 8);
  return words;
}

const ROTATIONS = [1, 2, 3, 5];

/** RFC 2268 section 4: 5 mixing rounds, mashing, 6, mashing, 5, each backwards. */
function decryptBlock(words: Uint16Array, block: Uint8Array): Uint8Array {
  const r = new Uint16Array(4);
  for (let i = 0; i < 4; i++) r[i] = block[2 * i] | (block[2 * i + 1] << 8);
  let next = 63;
  for (let round = 16; round > 0; round--) {
    for (let i = 3; i >= 0; i--) {
      const rotated = (r[i] >>> ROTATIONS[i]) | (r[i] << (16 - ROTATIONS[i]));
      const a = r[(i + 3) & 3];
      r[i] = rotated - words[next--] - (a & r[(i + 2) & 3]) - (~a & r[(i + 1) & 3]);
    }
    if (round === 12 || round === 6) {
      for (let i = 3; i >= 0; i--) r[i] -= words[r[(i + 3) & 3] & 63];
    }
  }
  const plain = new Uint8Array(8);
  for (let i = 0; i < 4; i++) {
    plain[2 * i] = r[i] & 0xff;
    plain[2 * i + 1] = r[i] >>> 8;
  }
  return plain;
}

/** The substitution table of RFC 2268, from the digits of pi. */
const PI = Uint8Array.from(
  (
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32" +
    "bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626" +
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a" +
    "961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731" +
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e" +
    "c5f3db47e5a59c770aa62068fe7fc1ad"
  ).match(/../g) ?? [],
  (pair) => Number.parseInt(pair, 16),
);
