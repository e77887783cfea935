import { createHash, type KeyObject, X509Certificate } from "node:crypto";
import { content, elementAt, encoded, Malformed, objectIdentifier, sequence, tags } from "./der.ts";

export type PublicKey = {
  readonly type: "rsa" | "ec" | "ed25519" | "ed448" | "dsa" | "unknown";
  /** Length of the modulus, or of the curve's field; 0 when it cannot be told. */
  readonly bits: number;
  /** Curve of an EC key, as OpenSSL names it: "prime256v1". */
  readonly curve: string | undefined;
};

/** What a certificate says (RFC 5280). */
export type Certificate = {
  /** The certificate itself; public. */
  readonly pem: string;
  /** One line, most specific part first: "CN=orders.example.org, O=Example". */
  readonly subject: string;
  readonly issuer: string;
  /** Hex digits. */
  readonly serialNumber: string;
  readonly commonName: string | undefined;
  /** dNSName and iPAddress entries of subjectAltName. */
  readonly names: readonly string[];
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly key: PublicKey;
  /** `digest` is undefined for signatures without a hash of their own (Ed25519) and for unknown ones. */
  readonly signature: { readonly name: string; readonly digest: string | undefined };
  /** SHA-256 of the whole certificate and of its subjectPublicKeyInfo, hex digits. */
  readonly sha256: string;
  readonly spkiSha256: string;
  /** Signed with its own key. */
  readonly selfSigned: boolean;
  /** basicConstraints says that it may sign others. */
  readonly authority: boolean;
};

/** Signature algorithms by object identifier, with the hash that they rest on. */
const signatures: Readonly<Record<string, readonly [string, string | undefined]>> = {
  "1.2.840.113549.1.1.2": ["MD2 with RSA", "md2"],
  "1.2.840.113549.1.1.4": ["MD5 with RSA", "md5"],
  "1.2.840.113549.1.1.5": ["SHA-1 with RSA", "sha1"],
  "1.2.840.113549.1.1.11": ["SHA-256 with RSA", "sha256"],
  "1.2.840.113549.1.1.12": ["SHA-384 with RSA", "sha384"],
  "1.2.840.113549.1.1.13": ["SHA-512 with RSA", "sha512"],
  "1.2.840.113549.1.1.14": ["SHA-224 with RSA", "sha224"],
  "1.2.840.10045.4.1": ["SHA-1 with ECDSA", "sha1"],
  "1.2.840.10045.4.3.1": ["SHA-224 with ECDSA", "sha224"],
  "1.2.840.10045.4.3.2": ["SHA-256 with ECDSA", "sha256"],
  "1.2.840.10045.4.3.3": ["SHA-384 with ECDSA", "sha384"],
  "1.2.840.10045.4.3.4": ["SHA-512 with ECDSA", "sha512"],
  "1.2.840.10040.4.3": ["SHA-1 with DSA", "sha1"],
  "2.16.840.1.101.3.4.3.2": ["SHA-256 with DSA", "sha256"],
  "1.3.101.112": ["Ed25519", undefined],
  "1.3.101.113": ["Ed448", undefined],
};

const hashes: Readonly<Record<string, string>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
  "2.16.840.1.101.3.4.2.4": "sha224",
};

const rsaPss = "1.2.840.113549.1.1.10";

/** RSASSA-PSS-params (RFC 4055): without a hash of its own it is SHA-1. */
const signatureOf = (der: Uint8Array): Certificate["signature"] => {
  const [, algorithm] = sequence(elementAt(der));
  const [identifier, parameters] = sequence(algorithm);
  const oid = objectIdentifier(identifier);
  if (oid === rsaPss) {
    const first = parameters === undefined ? undefined : sequence(parameters).find(({ tag }) => tag === 0xa0);
    const digest = first && hashes[objectIdentifier(sequence(elementAt(content(first)))[0])];
    return { name: "RSA-PSS", digest: first === undefined ? "sha1" : digest };
  }
  const found = signatures[oid];
  return found ? { name: found[0], digest: found[1] } : { name: oid, digest: undefined };
};

const curveBits: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp256k1: 256,
  secp384r1: 384,
  secp521r1: 521,
  secp224r1: 224,
  prime192v1: 192,
};

const keyOf = (key: KeyObject | undefined): PublicKey => {
  const details = key?.asymmetricKeyDetails;
  const curve = details?.namedCurve;
  switch (key?.asymmetricKeyType) {
    case "rsa":
    case "rsa-pss":
      return { type: "rsa", bits: details?.modulusLength ?? 0, curve: undefined };
    case "dsa":
      return { type: "dsa", bits: details?.modulusLength ?? 0, curve: undefined };
    case "ec":
      return { type: "ec", bits: curveBits[curve ?? ""] ?? (Number(/\d{3}/u.exec(curve ?? "")?.[0]) || 0), curve };
    case "ed25519":
      return { type: "ed25519", bits: 255, curve: undefined };
    case "ed448":
      return { type: "ed448", bits: 448, curve: undefined };
    default:
      return { type: "unknown", bits: 0, curve: undefined };
  }
};

/** OpenSSL writes one part per line, the widest first; RFC 4514 wants them the other way round. */
const oneLine = (name: string): string => name.split("\n").filter(Boolean).reverse().join(", ");

/** Node quotes a name that holds a comma or a quote, so that nothing in it can pass for a second name. */
const namesOf = (text: string | undefined): readonly string[] =>
  [...(text ?? "").matchAll(/(?<=^|, )(DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/gu)].map(
    ([, , name = ""]) => name,
  );

const seconds = (text: string): number => Math.floor(Date.parse(text) / 1000);

const publicKeyOf = (certificate: X509Certificate): KeyObject | undefined => {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
};

const signedByItself = (certificate: X509Certificate, key: KeyObject | undefined): boolean => {
  if (key === undefined || certificate.subject !== certificate.issuer) return false;
  try {
    return certificate.verify(key);
  } catch {
    return false;
  }
};

/** Larger than any certificate in use; those with thousands of names stay below. */
const largest = 128 * 1024;

/** Reads one X.509 certificate. Throws `Malformed`. */
export const readCertificate = (der: Uint8Array): Certificate => {
  const whole = elementAt(der);
  if (whole.tag !== tags.sequence || whole.next > largest) throw new Malformed("holds a certificate that is none");
  const bytes = encoded(whole);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(bytes);
  } catch {
    throw new Malformed("holds a certificate that is none");
  }
  const key = publicKeyOf(certificate);
  const spki = key?.export({ type: "spki", format: "der" });
  return {
    pem: certificate.toString(),
    subject: oneLine(certificate.subject ?? ""),
    issuer: oneLine(certificate.issuer ?? ""),
    serialNumber: certificate.serialNumber,
    commonName: /(?:^|\n)CN=(.*)/u.exec(certificate.subject ?? "")?.[1],
    names: namesOf(certificate.subjectAltName),
    notBefore: seconds(certificate.validFrom),
    notAfter: seconds(certificate.validTo),
    key: keyOf(key),
    signature: signatureOf(bytes),
    sha256: createHash("sha256").update(bytes).digest("hex"),
    spkiSha256: spki === undefined ? "" : createHash("sha256").update(spki).digest("hex"),
    selfSigned: signedByItself(certificate, key),
    authority: certificate.ca,
  };
};

/** "52:9C:24…", as keytool and OpenSSL print it. */
export const fingerprint = (sha256: string): string => sha256.toUpperCase().replace(/(..)(?=.)/gu, "$1:");
