import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

const spkiOf = (key: KeyObject): string =>
  createHash("sha256")
    .update(createPublicKey(key).export({ type: "spki", format: "der" }))
    .digest("hex");

/** SHA-256 of the public half's subjectPublicKeyInfo, hex; undefined when the key cannot be read. */
export const spkiOfPrivateKey = (der: Uint8Array, type: "pkcs8" | "pkcs1" | "sec1" = "pkcs8"): string | undefined => {
  try {
    return spkiOf(createPrivateKey({ key: Buffer.from(der), format: "der", type }));
  } catch {
    return undefined;
  }
};

/** The same of a key in the old PEM form with `Proc-Type: 4,ENCRYPTED`, whose derivation is one round of MD5. */
export const spkiOfOldPem = (pem: string, passphrase: string): string | undefined => {
  try {
    return spkiOf(createPrivateKey({ key: pem, format: "pem", passphrase }));
  } catch {
    return undefined;
  }
};

export const matches = (spki: string | undefined, wanted: string | undefined): "yes" | "no" | "unknown" =>
  spki === undefined || !wanted ? "unknown" : spki === wanted ? "yes" : "no";
