import type { StoreFile, Stores } from "../../../src/probes/stores.ts";
import { storesFolder } from "../../../src/probes/stores.ts";
import type { Certificate } from "../../../src/stores/certificate.ts";
import { issuersOf, verifyChain } from "../../../src/stores/chain.ts";
import { day, storeIn } from "./subjects.ts";

/** A certificate with its chain and its key, as PEM files on the machine. */
export type Import = {
  readonly file: StoreFile;
  /** Its own certificate first. */
  readonly chain: readonly Certificate[];
  /** PEM file with the private key, not encrypted. */
  readonly keyPath: string;
};

const certificatesIn = (file: StoreFile): readonly Certificate[] =>
  storeIn(file)?.format === "PEM" || storeIn(file)?.format === "certificate"
    ? (storeIn(file)?.entries.flatMap(({ chain }) => chain) ?? [])
    : [];

/** An unencrypted PEM key, by the hash of its public half. */
const keyFor = (found: Stores, spki: string): StoreFile | undefined =>
  found.files.find((file) => {
    const store = storeIn(file);
    return (
      store?.format === "PEM" &&
      store.password.state === "none" &&
      store.entries.some(({ kind, spkiSha256 }) => kind === "key" && spkiSha256 === spki)
    );
  });

/** Everybody else's certificate: the one in a file of several that signs none of the others. */
const leafOf = (certificates: readonly Certificate[]): Certificate | undefined =>
  certificates.find(
    (candidate) =>
      !candidate.authority &&
      !certificates.some(({ issuer }) => issuer === candidate.subject && candidate.subject !== ""),
  ) ?? certificates[0];

type Judged = { readonly ok: true; readonly value: Import } | { readonly ok: false; readonly problem: string };

const judge = (found: Stores, path: string): Judged => {
  const problem = (text: string): Judged => ({ ok: false, problem: text });
  const file = found.files.find((candidate) => candidate.path === path || candidate.real === path);
  if (file === undefined)
    return problem(
      `${path} is not among the files looked at: put it into /etc/ssl/NAME (NAME is the integration) and inspect again`,
    );
  if (file.reading.state !== "read")
    return problem(
      `${path} is ${file.reading.state === "missing" ? "not there" : `unreadable: ${file.reading.reason}`}`,
    );
  const certificates = certificatesIn(file);
  const leaf = leafOf(certificates);
  if (leaf === undefined) return problem(`${path} holds no certificate in PEM`);
  const key = keyFor(found, leaf.spkiSha256);
  if (key === undefined)
    return problem(`${path} belongs to another key: none of the unencrypted PEM keys here fits ${leaf.subject}`);
  if (leaf.selfSigned) return problem(`${path} is signed by itself: no authority has answered`);
  // What lies beside it may be the authority's own certificate, given apart from the answer.
  const folder = path.slice(0, path.lastIndexOf("/"));
  const beside = found.files.filter(({ path: other }) => other.startsWith(`${folder}/`)).flatMap(certificatesIn);
  const anchors = [...certificates, ...beside].filter(({ selfSigned, authority }) => selfSigned && authority);
  const verdict = verifyChain(leaf, [...certificates, ...beside], anchors, found.now);
  if (verdict.ok) {
    const chain = verdict.chain;
    return { ok: true, value: { file, chain, keyPath: key.real } };
  }
  if (file.trustedBySystem === true)
    return { ok: true, value: { file, chain: issuersOf(leaf, certificates), keyPath: key.real } };
  if (found.now > leaf.notAfter) return problem(`${path} has expired on ${day(leaf.notAfter)}`);
  return problem(`the chain of ${path} is broken: ${verdict.problem}`);
};

/** Why that file cannot be imported; undefined when it can. */
export const importProblem = (found: Stores, path: string): string | undefined => {
  const judged = judge(found, path);
  return judged.ok ? undefined : judged.problem;
};

export const importOf = (found: Stores, path: string): Import | undefined => {
  const judged = judge(found, path);
  return judged.ok ? judged.value : undefined;
};

/** Names by which this program itself keeps what is in force: not what an authority sent. */
const ours = /\/(?:certificate|chain|key)\.pem$/u;

/** The youngest certificate in the integration's folder that an authority signed, with its key and a whole chain. */
export const importable = (found: Stores, integration: string): Import | undefined =>
  found.files
    .filter(({ path }) => path.startsWith(`${storesFolder(integration)}/`) && !ours.test(path))
    .flatMap(({ path }) => importOf(found, path) ?? [])
    .toSorted((a, b) => (b.chain[0]?.notBefore ?? 0) - (a.chain[0]?.notBefore ?? 0))[0];

/** Why nothing in the integration's folder can be imported. */
export const importTrouble = (found: Stores, integration: string): string => {
  const folder = storesFolder(integration);
  const answers = found.files.filter(
    (file) =>
      file.path.startsWith(`${folder}/`) &&
      !ours.test(file.path) &&
      certificatesIn(file).some(({ selfSigned }) => !selfSigned),
  );
  const problems = answers.flatMap(({ path }) => importProblem(found, path) ?? []);
  return problems[0] ?? `there is no authority's answer in ${folder} yet`;
};
