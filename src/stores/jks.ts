import { createHash } from "node:crypto";
import { type Certificate, readCertificate } from "./certificate.ts";
import { elementAt, Malformed, octets, sequence } from "./der.ts";
import { decrypt, type Encryption, encryptionOf } from "./encryption.ts";
import { passwordFound } from "./passwords.ts";
import { matches, spkiOfPrivateKey } from "./private-key.ts";
import type { PasswordCandidate, Store, StoreEntry } from "./store.ts";
import type { Work } from "./work.ts";

export const jksMagic = 0xfeedfeed;
export const jceksMagic = 0xcececece;

type Cursor = { readonly view: Buffer; at: number };

const take = (cursor: Cursor, length: number): Buffer => {
  if (length < 0 || cursor.at + length > cursor.view.length) throw new Malformed("cut off");
  cursor.at += length;
  return cursor.view.subarray(cursor.at - length, cursor.at);
};
const u16 = (cursor: Cursor): number => take(cursor, 2).readUInt16BE();
const u32 = (cursor: Cursor): number => take(cursor, 4).readUInt32BE();
const utf = (cursor: Cursor): string => take(cursor, u16(cursor)).toString("utf8");

/** A chain of more certificates than this is made to exhaust us. */
const longestChain = 100;

const certificateAt = (cursor: Cursor, version: number): Certificate => {
  if (version === 2 && utf(cursor) !== "X.509") throw new Malformed("holds a certificate of another kind than X.509");
  return readCertificate(take(cursor, u32(cursor)));
};

/**
 * Reads a store of Java's own formats (sun.security.provider.JavaKeyStore, com.sun.crypto.provider.JceKeyStore): the
 * certificates lie open, a SHA-1 over password and content seals them. Throws `Malformed`.
 */
export const readJks = (work: Work, bytes: Uint8Array, tried: readonly PasswordCandidate[]): Store => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < 32) throw new Malformed("cut off");
  const cursor: Cursor = { view: view.subarray(0, -20), at: 0 };
  const format = u32(cursor) === jceksMagic ? "JCEKS" : "JKS";
  const version = u32(cursor);
  if (version !== 1 && version !== 2) throw new Malformed("is of a version that is not known here");
  const seal = view.subarray(-20);
  const right = tried.find(({ text }) =>
    createHash("sha1")
      .update(Buffer.from(text, "utf16le").swap16())
      .update("Mighty Aphrodite")
      .update(cursor.view)
      .digest()
      .equals(seal),
  );
  const entries: StoreEntry[] = [];
  const encryption: Encryption[] = [];
  let incomplete: string | undefined;
  const count = u32(cursor);
  for (let index = 0; index < count; index++) {
    const tag = u32(cursor);
    const alias = utf(cursor);
    take(cursor, 8);
    if (tag === 2) {
      entries.push({
        alias,
        kind: "trusted",
        chain: [certificateAt(cursor, version)],
        keyMatches: "unknown",
        spkiSha256: undefined,
      });
    } else if (tag === 1) {
      const [algorithm, sealed] = sequence(elementAt(take(cursor, u32(cursor))));
      if (algorithm === undefined || sealed === undefined) throw new Malformed("is not built as its kind is");
      encryption.push(encryptionOf(algorithm));
      const length = u32(cursor);
      if (length > longestChain) throw new Malformed("claims an absurd length");
      const chain = Array.from({ length }, () => certificateAt(cursor, version));
      const plain = right && decrypt(work, algorithm, octets(sealed), right.text);
      const spki = plain && spkiOfPrivateKey(plain);
      entries.push({ alias, kind: "key", chain, keyMatches: matches(spki, chain[0]?.spkiSha256), spkiSha256: spki });
    } else if (tag === 3) {
      // A serialised Java object without a length: what comes behind it cannot be found.
      entries.push({ alias, kind: "secret", chain: [], keyMatches: "unknown", spkiSha256: undefined });
      if (index + 1 < count) incomplete = "what comes after its secret key cannot be read from outside Java";
      break;
    } else {
      throw new Malformed("is not built as its kind is");
    }
  }
  return {
    format,
    password: right === undefined ? { state: "unknown" } : passwordFound(right),
    entries,
    encryption: [...new Map(encryption.map((cipher) => [cipher.name, cipher])).values()],
    integrity: "sha1",
    incomplete,
  };
};
