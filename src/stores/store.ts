import type { Certificate } from "./certificate.ts";

/** A password to try, and where it is from. In memory only. */
export type PasswordCandidate = { readonly text: string; readonly from: "configuration" | "default" };

export type StoreEntry = {
  readonly alias: string;
  /**
   * `certificate`: neither belongs to a key nor is marked as trusted: Java passes it over. `secret`: not a certificate.
   */
  readonly kind: "key" | "trusted" | "certificate" | "secret";
  /** Of a key: its own certificate first, then its issuers as far as they are there. */
  readonly chain: readonly Certificate[];
  /** Of a key: whether it belongs to the first certificate. Unknown while it cannot be decrypted. */
  readonly keyMatches: "yes" | "no" | "unknown";
  /** Of a key that could be decrypted: SHA-256 of its public half's subjectPublicKeyInfo, hex digits. */
  readonly spkiSha256: string | undefined;
};

/** How the store's password was found; the password itself is not kept. */
export type StorePassword =
  /** The one that the configuration gives opens it; `publicDefault`: and everybody knows it. */
  | { readonly state: "configured"; readonly publicDefault: boolean; readonly length: number }
  /** Nothing was configured (or it is wrong), and one that everybody knows opens it. */
  | { readonly state: "default"; readonly publicDefault: true }
  /** None of those tried is right. */
  | { readonly state: "unknown" }
  /** The format has none, or nothing in this file is protected. */
  | { readonly state: "none" };

export type Store = {
  readonly format: "PKCS#12" | "JKS" | "JCEKS" | "PEM" | "certificate";
  readonly password: StorePassword;
  readonly entries: readonly StoreEntry[];
  /** Ciphers that protect it, by name; weak ones can be broken by trying. */
  readonly encryption: readonly { readonly name: string; readonly weak: boolean }[];
  /** Hash of the integrity check; undefined when there is none. */
  readonly integrity: string | undefined;
  /** Why not everything in it is listed. */
  readonly incomplete: string | undefined;
};

export type StoreReading =
  | { readonly state: "read"; readonly store: Store }
  /** `reason` completes "unreadable: …". */
  | { readonly state: "unreadable"; readonly reason: string };
