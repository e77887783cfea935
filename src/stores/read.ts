import { readCertificate } from "./certificate.ts";
import { Malformed } from "./der.ts";
import { jceksMagic, jksMagic, readJks } from "./jks.ts";
import { looksLikePem, readPem } from "./pem.ts";
import { readPkcs12 } from "./pkcs12.ts";
import type { PasswordCandidate, Store, StoreReading } from "./store.ts";
import { type Work, workPerStore } from "./work.ts";

/** Bytes. Java's own truststore has 200 KiB. */
export const largestStore = 1024 * 1024;

/**
 * Reads a key or trust store of any kind, by its content: PKCS#12, JKS, JCEKS, PEM, one certificate in DER. Never throws and
 * never computes longer than `work` allows, whatever the bytes are; the passwords are tried in their order. `apart`: see `readPem`.
 */
export const readStore = (
  bytes: Uint8Array,
  tried: readonly PasswordCandidate[],
  work: Work = { left: workPerStore },
  apart: readonly string[] = [],
): StoreReading => {
  try {
    if (apart.length > 0) return { state: "read", store: readPem(work, bytes, tried, apart) };
    if (bytes.length === 0) return { state: "unreadable", reason: "it is empty" };
    if (bytes.length > largestStore) return { state: "unreadable", reason: "it is larger than 1 MiB" };
    return { state: "read", store: readAny(work, bytes, tried) };
  } catch (error) {
    if (error instanceof Malformed) return { state: "unreadable", reason: `it ${sentence(error.message)}` };
    throw error;
  }
};

/** Every message of `Malformed` goes on after "it". */
const sentence = (message: string): string => (/^(?:cut off|nested)/u.test(message) ? `is ${message}` : message);

const readAny = (work: Work, bytes: Uint8Array, tried: readonly PasswordCandidate[]): Store => {
  const magic = bytes.length >= 4 ? Buffer.from(bytes.subarray(0, 4)).readUInt32BE() : 0;
  if (magic === jksMagic || magic === jceksMagic) return readJks(work, bytes, tried);
  if (bytes[0] !== 0x30) {
    if (looksLikePem(bytes)) return readPem(work, bytes, tried);
    throw new Malformed("is no store of a kind that is known here");
  }
  // A certificate begins with a sequence inside the sequence, a PKCS#12 file with its version.
  if (startsWithSequence(bytes)) {
    return {
      format: "certificate",
      password: { state: "none" },
      entries: [
        { alias: "1", kind: "trusted", chain: [readCertificate(bytes)], keyMatches: "unknown", spkiSha256: undefined },
      ],
      encryption: [],
      integrity: undefined,
      incomplete: undefined,
    };
  }
  return readPkcs12(work, bytes, tried);
};

const startsWithSequence = (bytes: Uint8Array): boolean => {
  const length = bytes[1] ?? 0;
  return bytes[2 + (length > 0x80 ? length & 0x7f : 0)] === 0x30;
};
