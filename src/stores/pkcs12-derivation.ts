import { hash } from "node:crypto";
import { spend, type Work } from "./work.ts";

export type Digest = "sha1" | "sha224" | "sha256" | "sha384" | "sha512";

/** Octets of one block and of the result of each hash. */
const sizes: Readonly<Record<Digest, { readonly block: number; readonly result: number }>> = {
  sha1: { block: 64, result: 20 },
  sha224: { block: 64, result: 28 },
  sha256: { block: 64, result: 32 },
  sha384: { block: 128, result: 48 },
  sha512: { block: 128, result: 64 },
};

/** RFC 7292 appendix B.3: what the derived octets are for. */
export const purposes = { key: 1, iv: 2, mac: 3 } as const;

/** A password as PKCS#12 wants it: UTF-16, big end first, ended by a zero character. */
export const bmpPassword = (password: string): Uint8Array => {
  const text = Buffer.from(`${password}\0`, "utf16le");
  return text.swap16();
};

const repeated = (source: Uint8Array, block: number): Uint8Array => {
  const length = block * Math.ceil(source.length / block);
  return Uint8Array.from({ length }, (_, index) => source[index % source.length] as number);
};

/** Key derivation of RFC 7292 appendix B.2. `password` as `bmpPassword` makes it. */
export const derivePkcs12 = (
  work: Work,
  digest: Digest,
  purpose: number,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Uint8Array => {
  const { block, result } = sizes[digest];
  const derived = new Uint8Array(length);
  const diversifier = new Uint8Array(block).fill(purpose);
  const mixed = Buffer.concat([repeated(salt, block), repeated(password, block)]);
  for (let offset = 0; offset < length; offset += result) {
    spend(work, iterations, "scripted");
    let state: Uint8Array = hash(digest, Buffer.concat([diversifier, mixed]), "buffer");
    for (let round = 1; round < iterations; round++) state = hash(digest, state, "buffer");
    derived.set(state.subarray(0, length - offset), offset);
    addToBlocks(mixed, repeated(state, block).subarray(0, block), block);
  }
  return derived;
};

/** Every block of `mixed`, as a number, grows by `addend` and one. */
const addToBlocks = (mixed: Uint8Array, addend: Uint8Array, block: number): void => {
  for (let start = 0; start < mixed.length; start += block) {
    let carry = 1;
    for (let index = block - 1; index >= 0; index--) {
      const sum = (mixed[start + index] as number) + (addend[index] as number) + carry;
      mixed[start + index] = sum & 0xff;
      carry = sum >> 8;
    }
  }
};
