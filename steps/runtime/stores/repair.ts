import { sha256 } from "../../../src/core/assemble-plan.ts";
import { mask } from "../../../src/core/concealed.ts";
import { rootFolder } from "../../../src/core/root-folder.ts";
import { type Change, change, type FilePart } from "../../../src/model/change.ts";
import { fragment, type Proposal } from "../../../src/model/control.ts";
import type { Fact } from "../../../src/model/fact.ts";
import type { Integration, WhatRunsHere } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { Accounts } from "../../../src/probes/accounts.ts";
import { type StoreFile, type Stores, type StoreUse, storesFolder } from "../../../src/probes/stores.ts";
import type { Workload } from "../../../src/probes/workload.ts";
import type { Certificate } from "../../../src/stores/certificate.ts";
import type { Store } from "../../../src/stores/store.ts";
import { settingAt } from "../../../src/workload/settings.ts";
import { type ConfigurationEdit, configurationEdits, configurationObstacle } from "../configuration.ts";
import { type Import, importOf } from "./importable.ts";
import {
  chainProblem,
  defaultProblem,
  expiryProblem,
  kindProblem,
  namesProblem,
  passwordProblem,
  separationProblem,
  strengthProblem,
  trustedDefaults,
  trustsDefaultProblem,
} from "./problems.ts";
import {
  forIntegration,
  importPath,
  storesKeyType,
  storesNamesWanted,
  storesRepair,
  storesSubject,
  storesTrust,
} from "./questions.ts";
import { readerAccount, readerGroup } from "./reader.ts";
import { requestConfiguration } from "./request.ts";
import { type KeySubject, storeIn, type TrustSubject } from "./subjects.ts";
import type { Judgement } from "./verdict.ts";

/** What a repair is made from. */
export type Bench = {
  readonly found: Stores;
  readonly here: WhatRunsHere;
  readonly known: Fact<Accounts>;
  readonly services: Fact<Workload>;
};

/** Paths of an integration's own material. */
export const placesOf = (integration: string) => {
  const folder = storesFolder(integration);
  return {
    folder,
    key: `${folder}/key.pem`,
    request: `${folder}/request.csr`,
    requestConfiguration: `${folder}/request.cnf`,
    certificate: `${folder}/certificate.pem`,
    chain: `${folder}/chain.pem`,
    keyStore: `${folder}/keystore.p12`,
    trustStore: `${folder}/truststore.p12`,
  };
};

/** Names of random texts are small letters, digits and dashes. */
const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, "-")
    .replace(/^-+|-+$/gu, "")
    .slice(0, 40);
const passwordName = (integration: string, kind: "keystore" | "truststore"): string => `${slug(integration)}-${kind}`;

/** Bytes of randomness: 32 characters. */
const passwordBytes = 24;

/** Days that a certificate signed by itself is valid: the most that clients accept of any (CA/Browser Forum 6.3.2). */
const standInDays = "397";

/** Why that setting cannot be pointed somewhere else from here; undefined when it can. */
const settingObstacle = (integration: Integration, key: string | undefined): string | undefined => {
  if (key === undefined) return "no setting holds its password: give it one, or name it in Config.toml";
  if (key.startsWith("-D")) return `${key} is an option of the JVM: change it by hand`;
  const setting = settingAt(integration, key);
  if (setting === undefined) return `${key} is not in a file that can be edited`;
  return setting.source.kind === "file" ? undefined : `${key} is given by ${setting.source.from}: change it there`;
};

const isPem = (file: StoreFile): boolean => {
  const format = storeIn(file)?.format;
  return format === "PEM" || format === "certificate";
};

/** Why nothing of this is done by this program, in words for the finding; undefined when it can be done. */
export const repairObstacle = ({ integration, use, keyFile, file }: KeySubject): string | undefined =>
  configurationObstacle(integration) ??
  (integration.unit === undefined ? "it runs outside any service: make it a systemd service first" : undefined) ??
  (integration.unit?.dynamicUser === true
    ? "its account exists only while it runs (DynamicUser=): mend its store by hand"
    : undefined) ??
  settingObstacle(integration, use.reference.key) ??
  (keyFile !== undefined
    ? settingObstacle(integration, keyFile.use.reference.key)
    : isPem(file)
      ? "key and certificate are one PEM file: change it by hand"
      : settingObstacle(integration, use.reference.passwordKey));

const isProblem = (judgement: unknown): boolean => typeof judgement === "string";

export type KeyDecision = "replace" | "import" | "rewrap";

/** What will be done about a key, all findings together: it is made, imported, or put into a better store. */
export const decideKey = (
  subject: KeySubject,
  { found }: Pick<Bench, "found">,
  answers: AnswerReader,
): KeyDecision | undefined => {
  if (subject.obstacle !== undefined || repairObstacle(subject) !== undefined) return undefined;
  const path = importPath(answers, subject.integration.id);
  const wanted = path === undefined ? undefined : importOf(found, path);
  if (wanted !== undefined && wanted.chain[0]?.sha256 !== subject.chain[0]?.sha256) return "import";
  const keyIsBad = [
    defaultProblem(subject),
    strengthProblem(subject),
    expiryProblem(found, answers)(subject),
    namesProblem(answers)(subject),
    chainProblem(found, answers)(subject),
  ].some(isProblem);
  if (keyIsBad && answers.get(storesRepair) === "new") return "replace";
  const storeIsBad = isProblem(passwordProblem(subject)) || isProblem(kindProblem(subject));
  return storeIsBad && subject.keyFile === undefined && found.keytool.has(subject.integration.id)
    ? "rewrap"
    : undefined;
};

const settingPath = (integration: Integration, key: string): readonly string[] =>
  settingAt(integration, key)?.path ?? [];

const pointAtStore = (integration: Integration, { reference }: StoreUse, path: string, random: string): Proposal =>
  fragment(configurationEdits, {
    integration: integration.id,
    edits: [
      { set: settingPath(integration, reference.key), value: path },
      ...(reference.passwordKey === undefined
        ? []
        : [{ set: settingPath(integration, reference.passwordKey), random, bytes: passwordBytes }]),
    ],
  });

const pointAtPair = ({ integration, use, keyFile }: KeySubject, certificate: string, key: string): Proposal => {
  const edits: ConfigurationEdit[] = [{ set: settingPath(integration, use.reference.key), value: certificate }];
  const reference = keyFile?.use.reference;
  if (reference !== undefined) {
    edits.push({ set: settingPath(integration, reference.key), value: key });
    if (reference.passwordKey !== undefined) edits.push({ remove: settingPath(integration, reference.passwordKey) });
  }
  return fragment(configurationEdits, { integration: integration.id, edits });
};

const common = { phase: "files" as const, risk: "none" as const };

const command = (
  title: string,
  argv: readonly string[],
  touches: readonly string[],
  verify: readonly string[][] = [],
): Change =>
  change({
    kind: "command",
    ...common,
    title,
    argv: [...argv],
    touches: [...touches],
    verify: verify.map((words) => [...words]),
  });

const folderFor = ({ found }: Bench, integration: string): readonly Change[] => {
  const { folder } = placesOf(integration);
  return found.folders.has(folder) ? [] : [rootFolder(`A folder for key and certificate of ${integration}`, folder)];
};

const fileAt = (
  { found }: Bench,
  path: string,
  content: string,
  title: string,
  checks: Change["checks"] = [],
): Change =>
  change({
    kind: "file",
    ...common,
    title,
    path,
    before: found.texts.get(path) ?? null,
    after: { content, mode: "0644", owner: "root", group: "root" },
    checks,
  });

/** Once every store is made: commands leave what they make to root, or as it was. */
const readableBy = (
  bench: Bench,
  integration: Integration,
  path: string,
  made: "0600" | "0644",
  answers: AnswerReader,
): readonly Change[] => {
  const { found, known, services } = bench;
  const group = readerGroup(integration, known, services, answers);
  const now = found.files.find((file) => file.path === path)?.state;
  const before =
    now === undefined
      ? { mode: made, owner: "root", group: "root" }
      : { mode: now.mode, owner: now.owner, group: now.group };
  return [
    ...readerAccount(group, known, services, answers),
    change({
      kind: "permissions",
      phase: "services",
      risk: "none",
      title: `Only the service reads ${path}`,
      path,
      before,
      after: { mode: group === "root" ? "0600" : "0640", owner: "root", group },
    }),
  ];
};

const openssl = ({ found }: Bench): readonly Change[] =>
  found.openssl === undefined
    ? [
        change({
          kind: "package",
          phase: "packages",
          risk: "none",
          title: "OpenSSL, to make the key with",
          names: ["openssl"],
        }),
      ]
    : [];

const keyOptions = {
  "rsa-3072": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
  "ec-p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:named_curve"],
} as const;

const exportWords = (integration: string, key: string, certificate: string, out: string): readonly string[] => [
  ...["openssl", "pkcs12", "-export", "-inkey", key, "-in", certificate, "-name", slug(integration)],
  ...["-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC", "-macalg", "SHA256"],
  ...["-passout", `file:@random/${passwordName(integration, "keystore")}`, "-out", out],
];

/** The store opens with its password: judged before the service is touched. */
const opens = (integration: string, path: string): string[] => [
  ...["openssl", "pkcs12", "-in", path, "-passin", `file:@random/${passwordName(integration, "keystore")}`, "-noout"],
];

/** The new pair in the form that the configuration wants, and the configuration pointed at it. */
const bringIntoForce = (
  bench: Bench,
  subject: KeySubject,
  key: string,
  certificate: string,
  answers: AnswerReader,
): readonly Proposal[] => {
  const { integration, use, keyFile } = subject;
  const { id } = integration;
  const places = placesOf(id);
  if (keyFile !== undefined) {
    const own = key === places.key;
    const copy = `${places.folder}/service-key.pem`;
    return [
      ...(own
        ? []
        : [
            command(
              `The imported key of ${id}, where its service reads it`,
              ["openssl", "pkey", "-in", key, "-out", copy],
              [copy],
            ),
          ]),
      ...readableBy(bench, integration, own ? key : copy, "0600", answers),
      pointAtPair(subject, certificate, own ? key : copy),
    ];
  }
  return [
    command(
      `Key store of ${id}: PKCS#12 with a random password`,
      exportWords(id, key, certificate, places.keyStore),
      [places.keyStore],
      [opens(id, places.keyStore)],
    ),
    ...readableBy(bench, integration, places.keyStore, "0600", answers),
    pointAtStore(integration, use, places.keyStore, passwordName(id, "keystore")),
  ];
};

const replaceKey = (bench: Bench, subject: KeySubject, answers: AnswerReader): readonly Proposal[] => {
  const { id } = subject.integration;
  const places = placesOf(id);
  const names = forIntegration(answers.get(storesNamesWanted), id);
  const configuration = requestConfiguration(answers.get(storesSubject), names);
  return [
    ...openssl(bench),
    ...folderFor(bench, id),
    fileAt(bench, places.requestConfiguration, configuration, `Whom the certificate of ${id} names`),
    command(
      `A new private key for ${id}, made here and kept here`,
      ["openssl", "genpkey", ...keyOptions[answers.get(storesKeyType)], "-out", places.key],
      [places.key],
    ),
    command(
      `The request for your authority: ${places.request}`,
      ["openssl", "req", "-new", "-config", places.requestConfiguration, "-key", places.key, "-out", places.request],
      [places.request],
    ),
    command(
      `A certificate signed by itself, until the authority has answered`,
      [
        ...["openssl", "req", "-x509", "-new", "-config", places.requestConfiguration, "-key", places.key],
        ...["-days", standInDays, "-out", places.certificate],
      ],
      [places.certificate],
    ),
    ...bringIntoForce(bench, subject, places.key, places.certificate, answers),
  ];
};

const importKey = (bench: Bench, subject: KeySubject, wanted: Import, answers: AnswerReader): readonly Proposal[] => {
  const { id } = subject.integration;
  const places = placesOf(id);
  const served = wanted.chain.filter(({ selfSigned }) => !selfSigned);
  const anchor = wanted.chain.find(({ selfSigned }) => selfSigned);
  const content = served.map(({ pem }) => pem).join("");
  // Several integrations may import at once: their staged files need names of their own.
  const chainName = `${slug(id)}-chain.pem`;
  const anchorName = `${slug(id)}-anchor.pem`;
  const files = { [chainName]: content, ...(anchor === undefined ? {} : { [anchorName]: anchor.pem }) };
  const authority = anchor === undefined ? [] : ["-CAfile", `@files/${anchorName}`];
  const checks: Change["checks"] = [
    { argv: ["openssl", "verify", ...authority, "-untrusted", `@files/${chainName}`, `@files/${chainName}`], files },
    // Refused when none of the certificates belongs to the key.
    { argv: [...exportWords(id, wanted.keyPath, `@files/${chainName}`, "/dev/null")], files },
  ];
  return [
    ...folderFor(bench, id),
    fileAt(bench, places.chain, content, `Certificate of ${id} as its authority signed it, with its chain`, checks),
    command(
      `The certificate that is in force from now on`,
      ["cp", places.chain, places.certificate],
      [places.certificate],
    ),
    ...bringIntoForce(bench, subject, wanted.keyPath, places.certificate, answers),
  ];
};

/** The present password as bytes of the file that it stands in; undefined when it is written in other words there. */
const passwordPart = (integration: Integration, { reference }: StoreUse): FilePart | undefined => {
  const setting = reference.passwordKey === undefined ? undefined : settingAt(integration, reference.passwordKey);
  if (setting?.source.kind !== "file" || reference.password === undefined) return undefined;
  const { path, start, end } = setting.source;
  const file = integration.configuration.files.find((candidate) => candidate.path === path);
  const text = file?.content;
  if (text === undefined || path.startsWith("/run/") || file?.stat?.kind !== "file") return undefined;
  if (text.slice(start + 1, end - 1) !== reference.password || reference.password === "") return undefined;
  return {
    slice: {
      path,
      offset: Buffer.byteLength(text.slice(0, start + 1)),
      length: Buffer.byteLength(reference.password),
      sha256: sha256(text),
    },
  };
};

/** A password for keytool to read, in a file that root alone reads and that goes again at the end. */
const passwordFile = (
  path: string,
  part: FilePart,
): { readonly before: readonly Change[]; readonly after: readonly Change[] } => ({
  before: [
    change({
      kind: "file",
      ...common,
      title: "The present password, for keytool to read",
      path,
      before: null,
      after: { content: mask, parts: [part], mode: "0600", owner: "root", group: "root" },
      sensitive: true,
    }),
  ],
  after: [
    change({
      kind: "command",
      phase: "firewall",
      risk: "none",
      title: "The present password goes again",
      argv: ["rm", "-f", path],
      touches: [path],
    }),
  ],
});

const keytoolCopy = (
  keytool: string,
  from: string,
  kind: string | undefined,
  source: string,
  to: string,
  random: string,
): readonly string[] => [
  ...[
    keytool,
    "-importkeystore",
    "-noprompt",
    "-srckeystore",
    from,
    ...(kind === undefined ? [] : ["-srcstoretype", kind]),
  ],
  ...["-srcstorepass:file", source, "-destkeystore", to, "-deststoretype", "PKCS12"],
  ...["-deststorepass:file", `@random/${random}`],
];

const typeOf = (file: StoreFile): string | undefined => {
  const format = storeIn(file)?.format;
  return format === "PKCS#12" ? "PKCS12" : format;
};

/** keytool and the manifest both give an @ a meaning of its own, and a line cannot hold a line break. */
const speakable = (alias: string): boolean => alias !== "" && !/[@\t\n\r\0]/u.test(alias);

/** keytool refuses to copy onto what is there: a store of an earlier run makes room. */
const makeRoom = ({ found }: Bench, path: string): readonly Change[] =>
  found.files.some((file) => file.path === path && file.reading.state !== "missing")
    ? [command(`The earlier ${path} makes room`, ["rm", "-f", path], [path])]
    : [];

const rewrapKey = (bench: Bench, subject: KeySubject, answers: AnswerReader): readonly Proposal[] => {
  const { integration, file, use } = subject;
  const { id } = integration;
  const places = placesOf(id);
  const part = passwordPart(integration, use);
  const keytool = bench.found.keytool.get(id);
  const inPlace = file.real === places.keyStore;
  if (part === undefined || keytool === undefined || inPlace) return [];
  const source = `${places.folder}/keystore-password`;
  const password = passwordFile(source, part);
  const random = passwordName(id, "keystore");
  return [
    ...folderFor(bench, id),
    ...password.before,
    ...makeRoom(bench, places.keyStore),
    command(
      `The same key of ${id} in a PKCS#12 store with a random password`,
      keytoolCopy(keytool, file.real, typeOf(file), source, places.keyStore, random),
      [places.keyStore],
      [[keytool, "-list", "-keystore", places.keyStore, "-storepass:file", `@random/${random}`]],
    ),
    ...password.after,
    ...readableBy(bench, integration, places.keyStore, "0644", answers),
    pointAtStore(integration, use, places.keyStore, random),
  ];
};

export const proposalsFor = (subject: KeySubject, bench: Bench, answers: AnswerReader): readonly Proposal[] => {
  switch (decideKey(subject, bench, answers)) {
    case "replace":
      return replaceKey(bench, subject, answers);
    case "import": {
      const wanted = importOf(bench.found, importPath(answers, subject.integration.id) ?? "");
      return wanted === undefined ? [] : importKey(bench, subject, wanted, answers);
    }
    case "rewrap":
      return rewrapKey(bench, subject, answers);
    default:
      return [];
  }
};

/** The certificate that a new key gets here, as far as findings look at it. */
const standIn = (integration: string, { found }: Bench, answers: AnswerReader): Certificate => {
  const names = forIntegration(answers.get(storesNamesWanted), integration);
  const subject = `CN=${names[0] ?? ""}`;
  return {
    pem: "",
    subject,
    issuer: subject,
    serialNumber: "",
    commonName: names[0],
    names,
    notBefore: found.now,
    notAfter: found.now + Number(standInDays) * 86_400,
    key:
      answers.get(storesKeyType) === "ec-p256"
        ? { type: "ec", bits: 256, curve: "prime256v1" }
        : { type: "rsa", bits: 3072, curve: undefined },
    signature: { name: "SHA-256", digest: "sha256" },
    sha256: "",
    spkiSha256: "",
    selfSigned: true,
    authority: false,
  };
};

/** The subject as the repair will leave it; undefined when there is none. */
const afterwards = (subject: KeySubject, bench: Bench, answers: AnswerReader): KeySubject | undefined => {
  const decision = decideKey(subject, bench, answers);
  if (decision === undefined || proposalsFor(subject, bench, answers).length === 0) return undefined;
  const { id } = subject.integration;
  const imported = decision === "import" ? importOf(bench.found, importPath(answers, id) ?? "")?.chain : undefined;
  const chain = decision === "replace" ? [standIn(id, bench, answers)] : (imported ?? subject.chain);
  const store: Store = {
    format: "PKCS#12",
    password: { state: "configured", publicDefault: false, length: 32 },
    entries: [],
    encryption: [],
    integrity: "sha256",
    incomplete: undefined,
  };
  return {
    ...subject,
    chain,
    keyMatches: decision === "rewrap" ? subject.keyMatches : "yes",
    password: store.password,
    file: { ...subject.file, reading: { state: "read", store } },
  };
};

/** Whether what is done about a key ends this finding. */
export const isSolved = (
  subject: KeySubject,
  problem: (subject: KeySubject) => Judgement,
  bench: Bench,
  answers: AnswerReader,
): boolean => {
  const after = afterwards(subject, bench, answers);
  return after !== undefined && typeof problem(after) !== "string";
};

/**
 * What ends one finding about keys: for all integrations or for none, because a finding that stays takes the whole
 * transaction back (docs/adr/0005).
 */
export const repairKeys = (
  subjects: readonly KeySubject[],
  problem: (subject: KeySubject) => Judgement,
  bench: Bench,
  answers: AnswerReader,
): readonly Proposal[] | undefined =>
  subjects.every((subject) => isSolved(subject, problem, bench, answers))
    ? subjects.flatMap((subject) => proposalsFor(subject, bench, answers))
    : undefined;

/** Why a truststore is not made anew from here; undefined when it can be. */
export const trustObstacle = (
  { integration, use, file }: TrustSubject,
  { found }: Pick<Bench, "found">,
): string | undefined =>
  configurationObstacle(integration) ??
  (integration.unit === undefined ? "it runs outside any service: make it a systemd service first" : undefined) ??
  (integration.unit?.dynamicUser === true
    ? "its account exists only while it runs (DynamicUser=): mend its store by hand"
    : undefined) ??
  (isPem(file) ? "it is a PEM file: change it by hand" : undefined) ??
  settingObstacle(integration, use.reference.key) ??
  settingObstacle(integration, use.reference.passwordKey) ??
  (found.keytool.has(integration.id) ? undefined : "its Java has no keytool to make a truststore with");

/** Of a list with both kinds. */
export const handWork =
  (found: Stores) =>
  (subject: KeySubject | TrustSubject): string | undefined =>
    "entries" in subject ? trustObstacle(subject, { found }) : repairObstacle(subject);

const trustIsBad = (subject: TrustSubject, { found, here }: Bench): boolean =>
  [
    separationProblem(found, here)(subject),
    trustsDefaultProblem(subject),
    passwordProblem(subject),
    kindProblem(subject),
  ].some(isProblem);

/** A truststore of its own, with a random password: from chosen files, from what is trusted now, or from Java's own list. */
export const proposalsForTrust = (subject: TrustSubject, bench: Bench, answers: AnswerReader): readonly Proposal[] => {
  const { integration, use, file } = subject;
  const { id } = integration;
  const keytool = bench.found.keytool.get(id);
  const places = placesOf(id);
  if (keytool === undefined || subject.obstacle !== undefined || trustObstacle(subject, bench) !== undefined) return [];
  if (!trustIsBad(subject, bench) || file.real === places.trustStore) return [];
  const random = passwordName(id, "truststore");
  const filled = fillTrust(bench, subject, keytool, answers);
  if (filled === undefined) return [];
  return [
    ...folderFor(bench, id),
    ...filled.before,
    ...makeRoom(bench, places.trustStore),
    ...filled.commands,
    ...filled.after,
    ...readableBy(bench, integration, places.trustStore, "0644", answers),
    pointAtStore(integration, use, places.trustStore, random),
  ];
};

/** As `repairKeys`: for all or for none. */
export const repairTrust = (
  subjects: readonly TrustSubject[],
  bench: Bench,
  answers: AnswerReader,
): readonly Proposal[] | undefined => {
  const proposals = subjects.map((subject) => proposalsForTrust(subject, bench, answers));
  return proposals.every((list) => list.length > 0) ? proposals.flat() : undefined;
};

/** Several repairs that only together end a finding. */
export const together = (...repairs: readonly (readonly Proposal[] | undefined)[]): readonly Proposal[] =>
  repairs.every((repair) => repair !== undefined) ? repairs.flatMap((repair) => repair ?? []) : [];

type Filled = {
  readonly before: readonly Change[];
  readonly commands: readonly Change[];
  readonly after: readonly Change[];
};

const fillTrust = (bench: Bench, subject: TrustSubject, keytool: string, answers: AnswerReader): Filled | undefined => {
  const { integration, file, use, entries } = subject;
  const { id } = integration;
  const places = placesOf(id);
  const random = passwordName(id, "truststore");
  const storeWords = ["-keystore", places.trustStore, "-storetype", "PKCS12", "-storepass:file", `@random/${random}`];
  const verify = [[keytool, "-list", ...storeWords]];
  const chosen = answers.get(storesTrust);
  if (chosen.length > 0) {
    const certificates = bench.found.files
      .filter(({ path }) => chosen.includes(path))
      .flatMap((store) => storeIn(store)?.entries.flatMap(({ chain }) => chain) ?? []);
    const unique = [...new Map(certificates.map((certificate) => [certificate.sha256, certificate])).values()];
    if (unique.length === 0) return undefined;
    const pathOf = (hash: string) => `${places.folder}/authority-${hash.slice(0, 16)}.pem`;
    return {
      before: unique.map(({ pem, sha256: hash, subject: who }) =>
        fileAt(bench, pathOf(hash), pem, `Trusted by ${id}: ${who}`),
      ),
      commands: unique.map(({ sha256: hash, subject: who }) =>
        command(
          `Truststore of ${id}: ${who}`,
          [keytool, "-importcert", "-noprompt", "-alias", hash.slice(0, 16), "-file", pathOf(hash), ...storeWords],
          [places.trustStore],
          verify,
        ),
      ),
      after: [],
    };
  }
  const unwanted = new Set([...trustedDefaults(subject), ...entries.filter(({ kind }) => kind !== "trusted")]);
  const rest = entries.filter((entry) => !unwanted.has(entry));
  const source = `${places.folder}/truststore-password`;
  if (rest.length > 0) {
    const part = passwordPart(integration, use);
    // A lone certificate is passed over by keytool too: there is nothing to delete.
    const going = [...unwanted].filter(({ kind }) => kind === "trusted" || kind === "key").map(({ alias }) => alias);
    if (part === undefined || !going.every(speakable)) return undefined;
    const password = passwordFile(source, part);
    return {
      before: password.before,
      commands: [
        command(
          `Truststore of ${id}: what it trusts now`,
          keytoolCopy(keytool, file.real, typeOf(file), source, places.trustStore, random),
          [places.trustStore],
          verify,
        ),
        ...going.map((alias) =>
          command(
            `Truststore of ${id}: without ${alias}`,
            [keytool, "-delete", "-alias", alias, ...storeWords],
            [places.trustStore],
          ),
        ),
      ],
      after: password.after,
    };
  }
  const home = integration.java?.home;
  if (home === undefined) return undefined;
  // Java's own list is sealed with a password that is printed in every manual.
  const password = passwordFile(source, { text: "changeit" });
  return {
    before: password.before,
    commands: [
      command(
        `Truststore of ${id}: the public authorities of its Java`,
        keytoolCopy(keytool, `${home}/lib/security/cacerts`, undefined, source, places.trustStore, random),
        [places.trustStore],
        verify,
      ),
    ],
    after: password.after,
  };
};
