/** PITABLE of RFC 2268 section 2: a permutation of the octets 0 to 255. */
const permutation = Buffer.from(
  // biome-ignore format: a table
  "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32" +
    "bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626" +
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a" +
    "961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731" +
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e" +
    "c5f3db47e5a59c770aa62068fe7fc1ad",
  "hex",
);

/** Key expansion of RFC 2268 section 2: 64 words of 16 bits. */
const expand = (key: Uint8Array, effectiveBits: number): Uint16Array => {
  const expanded = new Uint8Array(128);
  expanded.set(key);
  const at = (index: number): number => expanded[index] as number;
  const permuted = (octet: number): number => permutation[octet & 0xff] as number;
  for (let index = key.length; index < 128; index++) {
    expanded[index] = permuted(at(index - 1) + at(index - key.length));
  }
  const octets = Math.ceil(effectiveBits / 8);
  const mask = 0xff >> (8 * octets - effectiveBits);
  expanded[128 - octets] = permuted(at(128 - octets) & mask);
  for (let index = 127 - octets; index >= 0; index--) expanded[index] = permuted(at(index + 1) ^ at(index + octets));
  return Uint16Array.from({ length: 64 }, (_, index) => at(2 * index) + 256 * at(2 * index + 1));
};

const rotations = [1, 2, 3, 5] as const;

const decryptBlock = (words: Uint16Array, key: Uint16Array): void => {
  const word = (index: number): number => words[index & 3] as number;
  let used = 63;
  for (let round = 15; round >= 0; round--) {
    for (let index = 3; index >= 0; index--) {
      const turn = rotations[index] as number;
      const turned = (word(index) >> turn) | (word(index) << (16 - turn));
      words[index] =
        turned - (key[used--] as number) - (word(index + 3) & word(index + 2)) - (~word(index + 3) & word(index + 1));
    }
    // Two mashing rounds stand between the mixing rounds 5, 6 and 5.
    if (round === 11 || round === 5) {
      for (let index = 3; index >= 0; index--) words[index] = word(index) - (key[word(index + 3) & 63] as number);
    }
  }
};

/**
 * RC2 in CBC mode, padding removed (RFC 2268): what keytool wrapped certificates in until JDK 16. node:crypto has it only
 * with OpenSSL's legacy provider, which is not loaded. Undefined when the padding is wrong: so was the password.
 */
export const decryptRc2 = (
  data: Uint8Array,
  key: Uint8Array,
  effectiveBits: number,
  iv: Uint8Array,
): Uint8Array | undefined => {
  if (data.length === 0 || data.length % 8 !== 0) return undefined;
  const words = expand(key, effectiveBits);
  const plain = new Uint8Array(data.length);
  const block = new Uint16Array(4);
  for (let offset = 0; offset < data.length; offset += 8) {
    for (let index = 0; index < 4; index++) {
      block[index] = (data[offset + 2 * index] as number) + 256 * (data[offset + 2 * index + 1] as number);
    }
    decryptBlock(block, words);
    for (let index = 0; index < 8; index++) {
      const previous = offset === 0 ? iv[index] : data[offset - 8 + index];
      const octet = ((block[index >> 1] as number) >> (8 * (index & 1))) & 0xff;
      plain[offset + index] = octet ^ (previous as number);
    }
  }
  const padding = plain.at(-1) as number;
  if (padding < 1 || padding > 8 || plain.subarray(-padding).some((octet) => octet !== padding)) return undefined;
  return plain.subarray(0, -padding);
};
