import type { WhatRunsHere } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { Stores } from "../../../src/probes/stores.ts";
import type { Certificate } from "../../../src/stores/certificate.ts";
import { defaultKey } from "../../../src/stores/default-certificates.ts";
import { shortestPassword } from "../../../src/stores/passwords.ts";
import type { StorePassword } from "../../../src/stores/store.ts";
import { importOf, importTrouble } from "./importable.ts";
import {
  forIntegration,
  importPath,
  storesDays,
  storesNamesWanted,
  storesRepair,
  storesSelfSigned,
} from "./questions.ts";
import { weakness } from "./strength.ts";
import { day, type KeySubject, keySubjects, storeIn, type TrustSubject } from "./subjects.ts";
import type { Judgement } from "./verdict.ts";

/** What may be wrong with a key store: each is one control's finding, and all of them together decide the repair. */

export const defaultProblem = ({ chain: [own] }: KeySubject): Judgement => {
  const about = own && defaultKey(own);
  return about === undefined ? undefined : `uses ${about}: everybody has the private key`;
};

export const strengthProblem = ({ chain }: KeySubject): Judgement => weakness(chain);

const secondsPerDay = 86_400;

export const expiryProblem =
  (found: Stores, answers: AnswerReader) =>
  ({ chain }: KeySubject): Judgement => {
    const days = answers.get(storesDays);
    for (const { subject, notBefore, notAfter } of chain) {
      if (notAfter < found.now) return `${subject} expired on ${day(notAfter)}`;
      if (notBefore > found.now) return `${subject} is valid from ${day(notBefore)} only`;
      if (notAfter < found.now + days * secondsPerDay) {
        return `${subject} expires on ${day(notAfter)}, in ${Math.floor((notAfter - found.now) / secondsPerDay)} days`;
      }
    }
    return undefined;
  };

/** RFC 9525 section 6.3: a wildcard stands for one whole label, the first. */
const covers = (pattern: string, name: string): boolean => {
  const [given, wanted] = [pattern.toLowerCase(), name.toLowerCase()];
  if (given === wanted) return true;
  if (!given.startsWith("*.")) return false;
  return wanted.slice(wanted.indexOf(".")) === given.slice(1) && wanted.includes(".");
};

export const namesProblem =
  (answers: AnswerReader) =>
  ({ integration, chain: [own] }: KeySubject): Judgement => {
    if (own === undefined) return undefined;
    const wanted = forIntegration(answers.get(storesNamesWanted), integration.id);
    const missing = wanted.filter((name) => !own.names.some((pattern) => covers(pattern, name)));
    if (missing.length === 0) return undefined;
    return `its certificate does not name ${missing.join(", ")}, only ${own.names.join(", ") || "its subject"}`;
  };

/** Who else may vouch for a certificate: everything that lies here or is trusted here. */
const knownAuthorities = (found: Stores): readonly Certificate[] =>
  found.files.flatMap((file) => storeIn(file)?.entries.flatMap(({ chain }) => chain) ?? []);

export const chainProblem =
  (found: Stores, answers: AnswerReader) =>
  ({ integration, chain, keyMatches }: KeySubject): Judgement => {
    const [own] = chain;
    if (own === undefined) return { unknown: "its certificate cannot be seen" };
    if (keyMatches === "no") return `the private key does not belong to ${own.subject}`;
    const path = importPath(answers, integration.id);
    const wanted = path === undefined ? undefined : importOf(found, path)?.chain[0];
    if (wanted !== undefined && wanted.sha256 !== own.sha256) return `${path} is not in use yet`;
    if (own.selfSigned && wanted === undefined && answers.get(storesRepair) === "import") {
      return importTrouble(found, integration.id);
    }
    if (own.selfSigned) {
      // What was accepted is a stand-in of one's own, not a key that everybody has.
      const accepted = answers.get(storesSelfSigned) && defaultKey(own) === undefined;
      return accepted ? undefined : `${own.subject} is signed by itself, by no authority`;
    }
    const last = chain.at(-1) as Certificate;
    const whole =
      last.selfSigned || chain.length > 1 || knownAuthorities(found).some(({ subject }) => subject === own.issuer);
    return whole ? undefined : `the chain ends at ${own.subject}: the certificate of ${own.issuer} is missing`;
  };

export const passwordWords = (password: StorePassword): string | undefined => {
  if (password.state === "default") return "opens with a default password that everybody knows";
  if (password.state !== "configured") return undefined;
  if (password.publicDefault) return "has the known default as its password";
  return password.length < shortestPassword ? `has a password of fewer than ${shortestPassword} characters` : undefined;
};

export const passwordProblem = ({ file, password }: KeySubject | TrustSubject): Judgement => {
  const words = passwordWords(password);
  if (words !== undefined) return `${file.path} ${words}`;
  return password.state === "unknown" ? { unknown: `none of the passwords tried opens ${file.path}` } : undefined;
};

export const kindProblem = ({ file }: KeySubject | TrustSubject): Judgement => {
  const store = storeIn(file);
  if (store === undefined) return undefined;
  if (store.format === "JKS" || store.format === "JCEKS") return `${file.path} is a ${store.format} store`;
  // Certificates are public: the cipher around them tells a careless maker, not a danger.
  const weak = store.encryption.filter((cipher) => cipher.weak).map(({ name }) => name);
  return store.format === "PKCS#12" && weak.length > 0
    ? `${file.path} is encrypted with ${weak.join(" and ")}, as before JDK 17`
    : undefined;
};

/** Of a store that somebody trusts. */
export const separationProblem =
  (found: Stores, here: WhatRunsHere) =>
  (subject: TrustSubject): Judgement => {
    const shares = keySubjects(found, here).some(
      ({ file, keyFile }) => file.real === subject.file.real || keyFile?.file.real === subject.file.real,
    );
    if (shares) return `${subject.file.path} is key store and truststore in one`;
    return subject.entries.some(({ kind }) => kind === "key")
      ? `${subject.file.path} is a truststore and holds a private key`
      : undefined;
  };

export const trustedDefaults = ({ entries }: TrustSubject) =>
  entries.filter(({ kind, chain: [own] }) => kind !== "secret" && own !== undefined && defaultKey(own) !== undefined);

export const trustsDefaultProblem = (subject: TrustSubject): Judgement => {
  const [first] = trustedDefaults(subject);
  const own = first?.chain[0];
  return own === undefined
    ? undefined
    : `${subject.file.path} trusts ${defaultKey(own)}: whoever has that key passes for anybody`;
};
