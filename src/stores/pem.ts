import { type Certificate, readCertificate } from "./certificate.ts";
import { issuersOf } from "./chain.ts";
import { elementAt, Malformed, octets, sequence } from "./der.ts";
import { decrypt, type Encryption, encryptionOf } from "./encryption.ts";
import { passwordFound } from "./passwords.ts";
import { matches, spkiOfOldPem, spkiOfPrivateKey } from "./private-key.ts";
import type { PasswordCandidate, Store, StoreEntry, StorePassword } from "./store.ts";
import type { Work } from "./work.ts";

type Block = { readonly label: string; readonly text: string; readonly old: boolean; readonly der: Buffer };

/** RFC 7468 and the older form of RFC 1421 with headers; what stands between the blocks is a comment. */
const blocksOf = (text: string): readonly Block[] => {
  const blocks: Block[] = [];
  let label: string | undefined;
  let lines: string[] = [];
  for (const line of text.split(/\r\n?|\n/u)) {
    const border = /^-----(BEGIN|END) ([A-Z0-9 ]{1,40})-----[ \t]*$/u.exec(line);
    if (border === null) {
      lines.push(line);
    } else if (border[1] === "BEGIN") {
      label = border[2];
      lines = [];
    } else {
      if (label === undefined || border[2] !== label) throw new Malformed("has borders that do not fit together");
      const old = lines.some((entry) => entry.startsWith("Proc-Type: 4,ENCRYPTED"));
      const body = lines.filter((entry) => !entry.includes(":")).join("");
      const block = `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
      blocks.push({ label, text: block, old, der: Buffer.from(body, "base64") });
      label = undefined;
    }
  }
  if (label !== undefined) throw new Malformed("cut off");
  return blocks;
};

type PemKey = { readonly spki: string | undefined; readonly password: StorePassword };

/** The key's public half, and how it was opened. Undefined: the block is no private key. */
const readKey = (
  work: Work,
  { label, text, old, der }: Block,
  tried: readonly PasswordCandidate[],
): PemKey | undefined => {
  const open = (spki: string | undefined): PemKey => ({ spki, password: { state: "none" } });
  const closed = (spkiWith: (password: string) => string | undefined): PemKey => {
    for (const candidate of tried) {
      const spki = spkiWith(candidate.text);
      if (spki !== undefined) return { spki, password: passwordFound(candidate) };
    }
    return { spki: undefined, password: { state: "unknown" } };
  };
  if (old && label.endsWith("PRIVATE KEY")) return closed((password) => spkiOfOldPem(text, password));
  if (label === "PRIVATE KEY") return open(spkiOfPrivateKey(der, "pkcs8"));
  if (label === "RSA PRIVATE KEY") return open(spkiOfPrivateKey(der, "pkcs1"));
  if (label === "EC PRIVATE KEY") return open(spkiOfPrivateKey(der, "sec1"));
  if (label !== "ENCRYPTED PRIVATE KEY") return undefined;
  const [algorithm, sealed] = sequence(elementAt(der));
  if (algorithm === undefined || sealed === undefined) throw new Malformed("is not built as its kind is");
  return closed((password) => {
    const plain = decrypt(work, algorithm, octets(sealed), password);
    return plain === undefined ? undefined : spkiOfPrivateKey(plain);
  });
};

const certificateLabels = new Set(["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]);

export const looksLikePem = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64 * 1024)).includes("-----BEGIN ");

/**
 * Reads certificates and private keys in PEM: PKCS#8, encrypted or not, PKCS#1 and SEC 1. Certificates beside a key are
 * its chain, others are trusted: PEM has no mark for it. `apart`: public halves (SHA-256 of the subjectPublicKeyInfo, hex digits)
 * of private keys that belong in here and stayed where they are. Throws `Malformed`.
 */
export const readPem = (
  work: Work,
  bytes: Uint8Array,
  tried: readonly PasswordCandidate[],
  apart: readonly string[] = [],
): Store => {
  const blocks = blocksOf(Buffer.from(bytes).toString("latin1"));
  const certificates: Certificate[] = blocks
    .filter(({ label }) => certificateLabels.has(label))
    .map(({ der }) => readCertificate(der));
  const keys: readonly PemKey[] = [
    ...apart.map((spki) => ({ spki, password: { state: "none" as const } })),
    ...blocks.flatMap((block) => readKey(work, block, tried) ?? []),
  ];
  if (certificates.length + keys.length === 0) throw new Malformed("holds neither a certificate nor a private key");
  const encryption: Encryption[] = blocks.flatMap(({ label, der, old }) => {
    if (old) return [{ name: "a single round of MD5", weak: true }];
    if (label !== "ENCRYPTED PRIVATE KEY") return [];
    const [algorithm] = sequence(elementAt(der));
    return algorithm === undefined ? [] : [encryptionOf(algorithm)];
  });
  const used = new Set<string>();
  const keyEntries = keys.map(({ spki }, index): StoreEntry => {
    const own =
      certificates.find(({ spkiSha256 }) => spki !== undefined && spkiSha256 === spki) ??
      (keys.length === 1 ? certificates[0] : undefined);
    const chain = own === undefined ? [] : issuersOf(own, certificates);
    for (const { sha256 } of chain) used.add(sha256);
    return {
      alias: String(index + 1),
      kind: "key",
      chain,
      keyMatches: matches(spki, own?.spkiSha256),
      spkiSha256: spki,
    };
  });
  const others = certificates
    .filter(({ sha256 }) => !used.has(sha256))
    .map((certificate, index): StoreEntry => {
      const alias = String(index + 1 + keys.length);
      return { alias, kind: "trusted", chain: [certificate], keyMatches: "unknown", spkiSha256: undefined };
    });
  return {
    format: "PEM",
    password: keys.find(({ password }) => password.state !== "none")?.password ?? { state: "none" },
    entries: [...keyEntries, ...others],
    encryption,
    integrity: undefined,
    incomplete: undefined,
  };
};
