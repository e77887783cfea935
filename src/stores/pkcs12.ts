import { createHmac, timingSafeEqual } from "node:crypto";
import { type Certificate, readCertificate } from "./certificate.ts";
import { issuersOf } from "./chain.ts";
import {
  childrenOf,
  content,
  type Element,
  elementAt,
  encoded,
  Malformed,
  objectIdentifier,
  octets,
  expect as oneOf,
  sequence,
  smallInteger,
  tags,
} from "./der.ts";
import { decrypt, type Encryption, encryptionOf, hmacs, readPbkdf2 } from "./encryption.ts";
import { passwordFound } from "./passwords.ts";
import { bmpPassword, type Digest, derivePkcs12, purposes } from "./pkcs12-derivation.ts";
import { matches, spkiOfPrivateKey } from "./private-key.ts";
import type { PasswordCandidate, Store, StoreEntry, StorePassword } from "./store.ts";
import type { Work } from "./work.ts";

const data = "1.2.840.113549.1.7.1";
const encryptedData = "1.2.840.113549.1.7.6";
const bags = {
  key: "1.2.840.113549.1.12.10.1.1",
  shroudedKey: "1.2.840.113549.1.12.10.1.2",
  certificate: "1.2.840.113549.1.12.10.1.3",
  secret: "1.2.840.113549.1.12.10.1.5",
  safeContents: "1.2.840.113549.1.12.10.1.6",
} as const;
const x509Certificate = "1.2.840.113549.1.9.22.1";
const friendlyName = "1.2.840.113549.1.9.20";
const localKeyId = "1.2.840.113549.1.9.21";
/** Oracle's mark of an entry that Java trusts (JDK-7167988): without it a certificate is passed over. */
const trustedKeyUsage = "2.16.840.1.113894.746875.1.1";

/** DigestInfo of the integrity check; PBMAC1 of RFC 9579 has an identifier of its own. */
const digests: Readonly<Record<string, Digest>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.4": "sha224",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
const pbmac1 = "1.2.840.113549.1.5.14";

/** More entries than any store has; Java's own holds about 150. */
const mostEntries = 2000;

/** The value inside `[0] EXPLICIT`. */
const explicit = (element: Element | undefined): Element => {
  const [inner] = childrenOf(oneOf(element, 0xa0));
  if (inner === undefined) throw new Malformed("is not built as its kind is");
  return inner;
};

const isOctetString = ({ tag }: Element): boolean => tag === tags.octetString || tag === (tags.octetString | 0x20);

const octetString = (element: Element): Uint8Array => {
  if (!isOctetString(element)) throw new Malformed("is not built as its kind is");
  return octets(element);
};

type Mac = { readonly name: string; readonly verify: (password: string) => boolean };

/** MacData (RFC 7292 section 4, RFC 9579): an HMAC over the content, keyed by the password. */
const readMac = (work: Work, element: Element, content: Uint8Array): Mac => {
  const [info, salt, rounds] = sequence(element);
  const [algorithm, expected] = sequence(info);
  if (algorithm === undefined || expected === undefined || salt === undefined)
    throw new Malformed("is not built as its kind is");
  const [identifier, parameters] = sequence(algorithm);
  const oid = objectIdentifier(identifier);
  const wanted = octetString(expected);
  const equal = (digest: Digest, key: Uint8Array): boolean => {
    const made = createHmac(digest, key).update(content).digest();
    return made.length === wanted.length && timingSafeEqual(made, wanted);
  };
  if (oid === pbmac1) {
    const [derivation, scheme] = sequence(parameters);
    const digest = hmacs[objectIdentifier(sequence(scheme)[0])];
    if (derivation === undefined || digest === undefined)
      throw new Malformed("is sealed in a way that is not known here");
    const derive = readPbkdf2(derivation);
    const length = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }[digest];
    return { name: `PBMAC1 with ${digest}`, verify: (password) => equal(digest, derive(work, password, length)) };
  }
  const digest = digests[oid];
  if (digest === undefined) throw new Malformed("is sealed in a way that is not known here");
  const seasoning = octetString(salt);
  const iterations = rounds === undefined ? 1 : smallInteger(rounds);
  const length = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }[digest];
  const key = (secret: Uint8Array): Uint8Array =>
    derivePkcs12(work, digest, purposes.mac, secret, seasoning, iterations, length);
  return {
    name: digest,
    // An empty password is written as nothing by some and as a lone zero character by others.
    verify: (password) =>
      equal(digest, key(bmpPassword(password))) || (password === "" && equal(digest, key(new Uint8Array()))),
  };
};

type Bag = {
  readonly kind: string;
  readonly value: Element;
  readonly alias: string | undefined;
  readonly keyId: string | undefined;
  readonly trusted: boolean;
};

const readBag = (element: Element): Bag => {
  const [identifier, value, attributes] = sequence(element);
  let alias: string | undefined;
  let keyId: string | undefined;
  let trusted = false;
  for (const attribute of attributes === undefined ? [] : childrenOf(oneOf(attributes, tags.set))) {
    const [name, values] = sequence(attribute);
    const oid = objectIdentifier(name);
    const [first] = childrenOf(oneOf(values, tags.set));
    if (oid === trustedKeyUsage) trusted = true;
    if (first === undefined) continue;
    if (oid === friendlyName && first.tag === tags.bmpString) {
      const text = Buffer.from(content(first));
      if (text.length % 2 === 0) alias = text.swap16().toString("utf16le");
    }
    if (oid === localKeyId) keyId = Buffer.from(octetString(first)).toString("hex");
  }
  return { kind: objectIdentifier(identifier), value: explicit(value), alias, keyId, trusted };
};

const bagsOf = (safeContents: Uint8Array, depth = 0): readonly Bag[] => {
  if (depth > 4) throw new Malformed("nested too deeply");
  return sequence(elementAt(safeContents)).flatMap((element) => {
    const bag = readBag(element);
    return bag.kind === bags.safeContents ? bagsOf(encoded(bag.value), depth + 1) : [bag];
  });
};

type Safe = { readonly plain: Uint8Array } | { readonly algorithm: Element; readonly sealed: Uint8Array };

const readSafe = (element: Element): Safe => {
  const [identifier, wrapped] = sequence(element);
  const oid = objectIdentifier(identifier);
  if (oid === data) return { plain: octetString(explicit(wrapped)) };
  if (oid !== encryptedData) throw new Malformed("is sealed to a certificate instead of a password");
  const [, info] = sequence(explicit(wrapped));
  const [, algorithm, sealed] = sequence(info);
  if (algorithm === undefined || sealed === undefined || (sealed.tag & 0xdf) !== 0x80)
    throw new Malformed("is not built as its kind is");
  return { algorithm, sealed: octets(sealed) };
};

/** Reads a PFX of RFC 7292, DER or BER. Throws `Malformed`. */
export const readPkcs12 = (work: Work, bytes: Uint8Array, tried: readonly PasswordCandidate[]): Store => {
  const [version, authSafe, macData] = sequence(elementAt(bytes));
  if (smallInteger(version) !== 3) throw new Malformed("is of a version that is not known here");
  const [identifier, wrapped] = sequence(authSafe);
  if (objectIdentifier(identifier) !== data) throw new Malformed("is signed instead of sealed with a password");
  const sealedContent = octetString(explicit(wrapped));
  const safes = sequence(elementAt(sealedContent)).map(readSafe);
  const mac = macData === undefined ? undefined : readMac(work, macData, sealedContent);
  const opened = findPassword(work, mac, safes, tried);

  const encryption: Encryption[] = safes.flatMap((safe) => ("plain" in safe ? [] : [encryptionOf(safe.algorithm)]));
  const found: Bag[] = [];
  let closed = false;
  for (const safe of safes) {
    if ("plain" in safe) {
      found.push(...bagsOf(safe.plain));
      continue;
    }
    const plain = opened.text === undefined ? undefined : decrypt(work, safe.algorithm, safe.sealed, opened.text);
    if (plain === undefined) closed = true;
    else found.push(...bagsOf(plain));
    if (found.length > mostEntries) throw new Malformed(`holds more than ${mostEntries} entries`);
  }
  for (const { kind, value } of found) {
    if (kind === bags.shroudedKey) encryption.push(encryptionOf(sequence(value)[0] as Element));
  }
  return {
    format: "PKCS#12",
    password: opened.password,
    entries: entriesOf(work, found, opened.text),
    encryption: [...new Map(encryption.map((cipher) => [cipher.name, cipher])).values()],
    integrity: mac?.name,
    incomplete: closed ? "its certificates are encrypted, and none of the passwords tried opens it" : undefined,
  };
};

type Opened = { readonly password: StorePassword; readonly text: string | undefined };

const findPassword = (
  work: Work,
  mac: Mac | undefined,
  safes: readonly Safe[],
  tried: readonly PasswordCandidate[],
): Opened => {
  const sealed = safes.find((safe) => "algorithm" in safe);
  if (mac === undefined && sealed === undefined) {
    // Without a seal any password passes; a key may still be encrypted by itself.
    const key = safes
      .flatMap((safe) => ("plain" in safe ? bagsOf(safe.plain) : []))
      .find(({ kind }) => kind === bags.shroudedKey);
    if (key === undefined) return { password: { state: "none" }, text: undefined };
    const right = tried.find(({ text }) => spkiIn(work, key, text) !== undefined);
    return right === undefined
      ? { password: { state: "unknown" }, text: undefined }
      : { password: passwordFound(right), text: right.text };
  }
  const right = tried.find(({ text }) =>
    mac !== undefined
      ? mac.verify(text)
      : sealed !== undefined &&
        "algorithm" in sealed &&
        decrypt(work, sealed.algorithm, sealed.sealed, text) !== undefined,
  );
  return right === undefined
    ? { password: { state: "unknown" }, text: undefined }
    : { password: passwordFound(right), text: right.text };
};

const certificateIn = ({ value }: Bag): Certificate | undefined => {
  const [identifier, wrapped] = sequence(value);
  if (objectIdentifier(identifier) !== x509Certificate) return undefined;
  return readCertificate(octetString(explicit(wrapped)));
};

const spkiIn = (work: Work, { kind, value }: Bag, password: string | undefined): string | undefined => {
  if (kind === bags.key) return spkiOfPrivateKey(encoded(value));
  if (password === undefined) return undefined;
  const [algorithm, sealed] = sequence(value);
  if (algorithm === undefined || sealed === undefined) throw new Malformed("is not built as its kind is");
  const plain = decrypt(work, algorithm, octetString(sealed), password);
  return plain === undefined ? undefined : spkiOfPrivateKey(plain);
};

const entriesOf = (work: Work, found: readonly Bag[], password: string | undefined): readonly StoreEntry[] => {
  const certificates = found
    .filter(({ kind }) => kind === bags.certificate)
    .flatMap((bag) => {
      const certificate = certificateIn(bag);
      return certificate === undefined ? [] : [{ bag, certificate }];
    });
  const pool = certificates.map(({ certificate }) => certificate);
  const used = new Set<string>();
  const keys = found
    .filter(({ kind }) => kind === bags.key || kind === bags.shroudedKey)
    .map((bag): StoreEntry => {
      const spki = spkiIn(work, bag, password);
      const own =
        certificates.find((entry) => bag.keyId !== undefined && entry.bag.keyId === bag.keyId) ??
        certificates.find(({ certificate }) => spki !== undefined && certificate.spkiSha256 === spki) ??
        certificates.find((entry) => bag.alias !== undefined && entry.bag.alias === bag.alias);
      const chain = own === undefined ? [] : issuersOf(own.certificate, pool);
      for (const { sha256 } of chain) used.add(sha256);
      return {
        alias: bag.alias ?? bag.keyId ?? "",
        kind: "key",
        chain,
        keyMatches: matches(spki, own?.certificate.spkiSha256),
        spkiSha256: spki,
      };
    });
  const others = certificates
    .filter(({ bag, certificate }) => bag.trusted || !used.has(certificate.sha256))
    .map(({ bag, certificate }): StoreEntry => {
      return {
        alias: bag.alias ?? "",
        kind: bag.trusted ? "trusted" : "certificate",
        chain: [certificate],
        keyMatches: "unknown",
        spkiSha256: undefined,
      };
    });
  const secrets = found
    .filter(({ kind }) => kind === bags.secret)
    .map(
      ({ alias }): StoreEntry => ({
        alias: alias ?? "",
        kind: "secret",
        chain: [],
        keyMatches: "unknown",
        spkiSha256: undefined,
      }),
    );
  return [...keys, ...others, ...secrets];
};
