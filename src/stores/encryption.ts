import { createDecipheriv, createHash, hash, pbkdf2Sync } from "node:crypto";
import {
  content,
  type Element,
  Malformed,
  objectIdentifier,
  octets,
  expect as oneOf,
  sequence,
  smallInteger,
  tags,
} from "./der.ts";
import { bmpPassword, type Digest, derivePkcs12, purposes } from "./pkcs12-derivation.ts";
import { decryptRc2 } from "./rc2.ts";
import { spend, type Work } from "./work.ts";

/** `weak`: it can be broken by trying (40 bits) or rests on ciphers that were given up. */
export type Encryption = { readonly name: string; readonly weak: boolean };

type Pbe = { readonly name: string; readonly cipher: "des-ede3-cbc" | "rc2"; readonly octets: number };

/** RFC 7292 appendix C, each with SHA-1. */
const pkcs12Schemes: Readonly<Record<string, Pbe>> = {
  "1.2.840.113549.1.12.1.3": { name: "SHA-1 and 3DES", cipher: "des-ede3-cbc", octets: 24 },
  "1.2.840.113549.1.12.1.4": { name: "SHA-1 and two-key 3DES", cipher: "des-ede3-cbc", octets: 16 },
  "1.2.840.113549.1.12.1.5": { name: "SHA-1 and RC2-128", cipher: "rc2", octets: 16 },
  "1.2.840.113549.1.12.1.6": { name: "SHA-1 and RC2-40", cipher: "rc2", octets: 5 },
};

/** RFC 8018 appendix B. */
const ciphers: Readonly<Record<string, { readonly name: string; readonly node: string; readonly octets: number }>> = {
  "2.16.840.1.101.3.4.1.2": { name: "AES-128", node: "aes-128-cbc", octets: 16 },
  "2.16.840.1.101.3.4.1.22": { name: "AES-192", node: "aes-192-cbc", octets: 24 },
  "2.16.840.1.101.3.4.1.42": { name: "AES-256", node: "aes-256-cbc", octets: 32 },
  "1.2.840.113549.3.7": { name: "3DES", node: "des-ede3-cbc", octets: 24 },
};

export const hmacs: Readonly<Record<string, Digest>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
};

const pbes2 = "1.2.840.113549.1.5.13";
const pbkdf2 = "1.2.840.113549.1.5.12";
const jksProtector = "1.3.6.1.4.1.42.2.17.1.1";
const jceksProtector = "1.3.6.1.4.1.42.2.19.1";

/** PBKDF2-params of RFC 8018 appendix A.2, to a function that derives. */
export const readPbkdf2 = (algorithm: Element): ((work: Work, password: string, length: number) => Uint8Array) => {
  const [identifier, parameters] = sequence(algorithm);
  if (objectIdentifier(identifier) !== pbkdf2) throw new Malformed("derives its key in a way that is not known here");
  const [salt, rounds, ...rest] = sequence(parameters);
  const prf = rest.find(({ tag }) => tag === tags.sequence);
  const digest = prf === undefined ? "sha1" : hmacs[objectIdentifier(sequence(prf)[0])];
  if (digest === undefined) throw new Malformed("derives its key with a hash that is not known here");
  const seasoning = octets(oneOf(salt, tags.octetString));
  const iterations = smallInteger(rounds);
  return (work, password, length) => {
    spend(work, iterations, "native");
    return pbkdf2Sync(password, seasoning, iterations, length, digest);
  };
};

const decipher = (name: string, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array | undefined => {
  try {
    const machine = createDecipheriv(name, key, iv);
    return Buffer.concat([machine.update(data), machine.final()]);
  } catch {
    return undefined;
  }
};

/** What an AlgorithmIdentifier encrypts with, by name; for stores that could not be opened too. */
export const encryptionOf = (algorithm: Element): Encryption => {
  const [identifier, parameters] = sequence(algorithm);
  const oid = objectIdentifier(identifier);
  const legacy = pkcs12Schemes[oid];
  if (legacy) return { name: legacy.name, weak: true };
  if (oid === jksProtector) return { name: "the cipher of JKS", weak: true };
  if (oid === jceksProtector) return { name: "MD5 and 3DES", weak: true };
  if (oid !== pbes2) return { name: oid, weak: false };
  const [, scheme] = sequence(parameters);
  const cipher = ciphers[objectIdentifier(sequence(scheme)[0])];
  return cipher ? { name: cipher.name, weak: cipher.name === "3DES" } : { name: "PBES2", weak: false };
};

/**
 * Decrypts what a password protects: the schemes of PKCS#12 (RFC 7292), PBES2 (RFC 8018) and of Java's own stores.
 * Undefined: the password is wrong. Throws `Malformed` for what is broken, not known here, or asks for too much work.
 */
export const decrypt = (work: Work, algorithm: Element, data: Uint8Array, password: string): Uint8Array | undefined => {
  const [identifier, parameters] = sequence(algorithm);
  const oid = objectIdentifier(identifier);
  const legacy = pkcs12Schemes[oid];
  if (legacy) return decryptPkcs12(work, legacy, parameters, data, password);
  if (oid === pbes2) return decryptPbes2(work, parameters, data, password);
  if (oid === jksProtector) return decryptJks(data, password);
  if (oid === jceksProtector) return decryptJceks(work, parameters, data, password);
  throw new Malformed(`is encrypted in a way that is not known here (${oid})`);
};

const saltAndRounds = (parameters: Element | undefined): { salt: Uint8Array; iterations: number } => {
  const [salt, rounds] = sequence(parameters);
  return { salt: octets(oneOf(salt, tags.octetString)), iterations: smallInteger(rounds) };
};

const decryptPkcs12 = (
  work: Work,
  scheme: Pbe,
  parameters: Element | undefined,
  data: Uint8Array,
  password: string,
): Uint8Array | undefined => {
  const { salt, iterations } = saltAndRounds(parameters);
  const secret = bmpPassword(password);
  const key = derivePkcs12(work, "sha1", purposes.key, secret, salt, iterations, scheme.octets);
  const iv = derivePkcs12(work, "sha1", purposes.iv, secret, salt, iterations, 8);
  if (scheme.cipher === "rc2") return decryptRc2(data, key, scheme.octets * 8, iv);
  // Two-key 3DES is three-key 3DES whose last key is the first.
  const three = scheme.octets === 16 ? Buffer.concat([key, key.subarray(0, 8)]) : key;
  return decipher("des-ede3-cbc", three, iv, data);
};

const decryptPbes2 = (
  work: Work,
  parameters: Element | undefined,
  data: Uint8Array,
  password: string,
): Uint8Array | undefined => {
  const [derivation, scheme] = sequence(parameters);
  if (derivation === undefined) throw new Malformed("is not built as its kind is");
  const [identifier, iv] = sequence(scheme);
  const oid = objectIdentifier(identifier);
  const cipher = ciphers[oid];
  if (cipher === undefined) throw new Malformed(`is encrypted in a way that is not known here (${oid})`);
  const key = readPbkdf2(derivation)(work, password, cipher.octets);
  return decipher(cipher.node, key, content(oneOf(iv, tags.octetString)), data);
};

/** sun.security.provider.KeyProtector: a key stream of SHA-1 over password and salt, and a digest to know it by. */
const decryptJks = (data: Uint8Array, password: string): Uint8Array | undefined => {
  if (data.length < 41) throw new Malformed("holds a key that is cut off");
  const secret = Buffer.from(password, "utf16le").swap16();
  const sha1 = (...parts: Uint8Array[]): Buffer =>
    parts.reduce((digest, part) => digest.update(part), createHash("sha1")).digest();
  const cipher = data.subarray(20, -20);
  const plain = new Uint8Array(cipher.length);
  let stream: Uint8Array = data.subarray(0, 20);
  for (let offset = 0; offset < cipher.length; offset++) {
    if (offset % 20 === 0) stream = sha1(secret, stream);
    plain[offset] = (cipher[offset] as number) ^ (stream[offset % 20] as number);
  }
  return sha1(secret, plain).equals(data.subarray(-20)) ? plain : undefined;
};

/** com.sun.crypto.provider.PBES1Core: MD5 over each half of the salt (random: its halves are never equal). */
const decryptJceks = (
  work: Work,
  parameters: Element | undefined,
  data: Uint8Array,
  password: string,
): Uint8Array | undefined => {
  const { salt, iterations } = saltAndRounds(parameters);
  if (salt.length !== 8) throw new Malformed("is not built as its kind is");
  spend(work, iterations * 2, "scripted");
  const secret = Buffer.from(password, "latin1");
  const half = (start: number): Uint8Array => {
    let state: Uint8Array = hash("md5", Buffer.concat([salt.subarray(start, start + 4), secret]), "buffer");
    const block = Buffer.concat([state, secret]);
    for (let round = 1; round < iterations; round++) {
      block.set(state);
      state = hash("md5", block, "buffer");
    }
    return state;
  };
  const derived = Buffer.concat([half(0), half(4)]);
  return decipher("des-ede3-cbc", derived.subarray(0, 24), derived.subarray(24), data);
};
