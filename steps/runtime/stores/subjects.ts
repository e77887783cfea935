import type { Integration, WhatRunsHere } from "../../../src/model/integration.ts";
import type { StoreFile, Stores, StoreUse } from "../../../src/probes/stores.ts";
import { type Certificate, fingerprint } from "../../../src/stores/certificate.ts";
import type { Store, StoreEntry, StorePassword } from "../../../src/stores/store.ts";

/** A key and its certificate as one integration uses them: one store with both, or two PEM files. */
export type KeySubject = {
  readonly integration: Integration;
  /** The store; for a pair of PEM files the one with the certificate. */
  readonly file: StoreFile;
  readonly use: StoreUse;
  /** The other file of a pair. */
  readonly keyFile: { readonly file: StoreFile; readonly use: StoreUse } | undefined;
  /** Its own certificate first; empty when it cannot be seen. */
  readonly chain: readonly Certificate[];
  readonly keyMatches: "yes" | "no" | "unknown";
  readonly password: StorePassword;
  /** Why nothing can be said about it; undefined when it was read. */
  readonly obstacle: string | undefined;
};

/** What one integration trusts. */
export type TrustSubject = {
  readonly integration: Integration;
  readonly file: StoreFile;
  readonly use: StoreUse;
  readonly entries: readonly StoreEntry[];
  readonly password: StorePassword;
  readonly obstacle: string | undefined;
};

export const storeIn = ({ reading }: StoreFile): Store | undefined =>
  reading.state === "read" ? reading.store : undefined;

const hasKey = (file: StoreFile): boolean => storeIn(file)?.entries.some(({ kind }) => kind === "key") === true;

const obstacleOf = (file: StoreFile): string | undefined => {
  if (file.reading.state === "missing") return `${file.path} is not there`;
  if (file.reading.state === "unreadable") return `${file.path} is unreadable: ${file.reading.reason}`;
  return undefined;
};

const named = (found: Stores, here: WhatRunsHere) =>
  found.files.flatMap((file) =>
    file.uses.flatMap((use) => {
      const integration = here.integrations.find(({ id }) => id === use.integration);
      return integration === undefined ? [] : [{ integration, file, use }];
    }),
  );

/** The JVM's own list of public authorities: nobody's store but the distribution's. */
export const isJavasOwn = ({ path, real }: StoreFile): boolean =>
  [path, real].some((name) =>
    /\/(?:lib\/security|ssl\/certs\/java|pki\/(?:ca-trust\/extracted\/)?java)\/cacerts$/u.test(name),
  );

const tableOf = (key: string): string => key.slice(0, Math.max(0, key.lastIndexOf(".")));

export const keySubjects = (found: Stores, here: WhatRunsHere): readonly KeySubject[] => {
  const all = named(found, here);
  const pairs = all.filter(({ use }) => use.reference.purpose === "private key");
  return all.flatMap(({ integration, file, use }): readonly KeySubject[] => {
    const { purpose, key } = use.reference;
    const isStore = purpose === "key" || (purpose === "unknown" && hasKey(file));
    const keyFile = pairs.find(
      (other) =>
        other.integration.id === integration.id &&
        other.file !== file &&
        tableOf(other.use.reference.key) === tableOf(key),
    );
    if (!isStore && !(purpose === "certificate" && keyFile !== undefined)) return [];
    const store = storeIn(file);
    const obstacle = obstacleOf(file) ?? (keyFile && obstacleOf(keyFile.file));
    const common = { integration, file, use, keyFile, obstacle };
    if (keyFile !== undefined && !isStore) {
      const chain = store?.entries.flatMap((entry) => entry.chain) ?? [];
      const [key] = storeIn(keyFile.file)?.entries.filter(({ kind }) => kind === "key") ?? [];
      const [leaf] = chain;
      const known = key?.spkiSha256 !== undefined && leaf !== undefined;
      return [
        {
          ...common,
          chain,
          keyMatches: !known ? "unknown" : key.spkiSha256 === leaf.spkiSha256 ? "yes" : "no",
          password: storeIn(keyFile.file)?.password ?? { state: "unknown" },
        },
      ];
    }
    const [entry] = store?.entries.filter(({ kind }) => kind === "key") ?? [];
    const nothing = store !== undefined && entry === undefined && store.incomplete === undefined;
    return [
      {
        ...common,
        keyFile: undefined,
        chain: entry?.chain ?? [],
        keyMatches: entry?.keyMatches ?? "unknown",
        password: store?.password ?? { state: "unknown" },
        obstacle:
          obstacleOf(file) ??
          (store?.incomplete === undefined ? undefined : `${file.path}: ${store.incomplete}`) ??
          (nothing ? `${file.path} holds no key` : undefined),
      },
    ];
  });
};

export const trustSubjects = (found: Stores, here: WhatRunsHere): readonly TrustSubject[] =>
  named(found, here)
    .filter(
      ({ file, use: { reference } }) =>
        (reference.purpose === "trust" || (reference.purpose === "unknown" && !hasKey(file))) && !isJavasOwn(file),
    )
    .map(({ integration, file, use }) => {
      const store = storeIn(file);
      return {
        integration,
        file,
        use,
        entries: store?.entries ?? [],
        password: store?.password ?? { state: "unknown" },
        obstacle:
          obstacleOf(file) ?? (store?.incomplete === undefined ? undefined : `${file.path}: ${store.incomplete}`),
      };
    });

export const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

const keyWords = ({ key }: Certificate): string =>
  key.type === "ec" ? `EC ${key.curve ?? key.bits}` : key.type === "rsa" ? `RSA ${key.bits}` : key.type;

/** "CN=orders, RSA 2048, SHA-256 with RSA, until 2037-10-19, SHA-256 52:9C:…": nothing in it is secret. */
export const describeCertificate = (certificate: Certificate): string =>
  [
    certificate.subject || "without a subject",
    keyWords(certificate),
    certificate.signature.name,
    `until ${day(certificate.notAfter)}`,
    ...(certificate.selfSigned ? ["signed by itself"] : [`issued by ${certificate.issuer}`]),
    `SHA-256 ${fingerprint(certificate.sha256)}`,
  ].join(", ");

type Subject = { readonly file: StoreFile; readonly obstacle: string | undefined };

/** A command that a person can type (it asks for the password itself), and what was seen without it. */
export const evidenceOf = (subjects: readonly Subject[]) =>
  [...new Map(subjects.map(({ file }) => [file.path, file])).values()].map((file) => {
    const store = storeIn(file);
    const asked =
      store?.format === "PEM" || store?.format === "certificate"
        ? `openssl x509 -in ${file.path} -noout -text`
        : `keytool -list -v -keystore ${file.path}`;
    if (store === undefined) return { asked, answered: obstacleOf(file) ?? "" };
    const shown = store.entries.slice(0, 5).map(({ alias, kind, chain: [own] }) => {
      return `${kind} ${alias}: ${own === undefined ? "without a certificate that can be seen" : describeCertificate(own)}`;
    });
    const more = store.entries.length - shown.length;
    return { asked, answered: [store.format, ...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("\n") };
  });

export const label = ({ integration }: { readonly integration: Integration }): string => integration.id;
