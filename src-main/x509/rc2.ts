/** PITABLE of RFC 2268 chapter 2. */
const table = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2' +
    '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec' +
    'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9' +
    '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
);
const rotations = [1, 2, 3, 5] as const;

function expandKey(key: Uint8Array, effectiveBits: number): Uint16Array {
  const bytes = new Uint8Array(128);
  bytes.set(key);
  const at = (index: number): number => bytes[index] ?? 0;
  const lookup = (value: number): number => table[value & 0xff] ?? 0;
  for (let i = key.length; i < 128; i++) bytes[i] = lookup(at(i - 1) + at(i - key.length));
  const length = (effectiveBits + 7) >> 3;
  bytes[128 - length] = lookup(at(128 - length) & (0xff >> (length * 8 - effectiveBits)));
  for (let i = 127 - length; i >= 0; i--) bytes[i] = lookup(at(i + 1) ^ at(i + length));
  return Uint16Array.from({ length: 64 }, (_, i) => at(2 * i) | (at(2 * i + 1) << 8));
}

function decryptBlock(block: Uint16Array, keys: Uint16Array): void {
  let next = 63;
  const word = (index: number): number => block[index & 3] ?? 0;
  const mix = (): void => {
    for (let i = 3; i >= 0; i--) {
      const shift = rotations[i] ?? 0;
      const turned = (word(i) >> shift) | (word(i) << (16 - shift));
      const last = word(i + 3);
      block[i] = turned - (keys[next--] ?? 0) - (last & word(i + 2)) - (~last & word(i + 1));
    }
  };
  const mash = (): void => {
    for (let i = 3; i >= 0; i--) block[i] = word(i) - (keys[word(i + 3) & 63] ?? 0);
  };
  for (let round = 15; round >= 0; round--) {
    mix();
    if (round === 11 || round === 5) mash();
  }
}

/**
 * RC2-CBC decryption (RFC 2268) with PKCS#7 padding; OpenSSL 3 no longer has it, and every PKCS#12 file of older Windows and
 * OpenSSL uses it. For reading such files only. Undefined when the padding shows that the key is wrong.
 */
export function decryptRc2(
  key: Uint8Array,
  effectiveBits: number,
  iv: Uint8Array,
  data: Uint8Array,
): Uint8Array | undefined {
  if (data.length === 0 || data.length % 8 !== 0 || iv.length !== 8) return undefined;
  const keys = expandKey(key, effectiveBits);
  const plain = new Uint8Array(data.length);
  for (let offset = 0; offset < data.length; offset += 8) {
    const block = Uint16Array.from(
      { length: 4 },
      (_, i) => (data[offset + 2 * i] ?? 0) | ((data[offset + 2 * i + 1] ?? 0) << 8),
    );
    decryptBlock(block, keys);
    for (let i = 0; i < 8; i++) {
      const chained = (offset === 0 ? iv[i] : data[offset - 8 + i]) ?? 0;
      plain[offset + i] = (((block[i >> 1] ?? 0) >> ((i & 1) * 8)) & 0xff) ^ chained;
    }
  }
  const padding = plain[plain.length - 1] ?? 0;
  if (padding < 1 || padding > 8) return undefined;
  if (!plain.subarray(plain.length - padding).every((byte) => byte === padding)) return undefined;
  return plain.subarray(0, plain.length - padding);
}
