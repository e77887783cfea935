import { z } from "zod";
import type { Fact } from "../../../src/model/fact.ts";
import { knownValue } from "../../../src/model/fact.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { type AnswerReader, question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type Machine, machine } from "../../../src/probes/machine.ts";
import { type Stores, stores } from "../../../src/probes/stores.ts";
import { defaultKey } from "../../../src/stores/default-certificates.ts";
import { importable, importProblem } from "./importable.ts";
import { weakness } from "./strength.ts";
import { type KeySubject, keySubjects } from "./subjects.ts";

const needs = { found: raw(stores), here: raw(integrations), host: raw(machine) };
type Asked = {
  readonly found: Fact<Stores>;
  readonly here: Fact<WhatRunsHere>;
  readonly host: Fact<Machine>;
};

const keysOf = ({ found, here }: Asked): readonly KeySubject[] => {
  const files = knownValue(found);
  const running = knownValue(here);
  return files === undefined || running === undefined ? [] : keySubjects(files, running);
};

/** Asked where a key store is, and of a machine that is not there yet. */
const withKeys = (asked: Asked): boolean => keysOf(asked).length > 0 || knownValue(asked.here) === undefined;

/** A key that has to go whatever else is true of it. */
const isHopeless = ({ chain: [own] }: KeySubject): boolean =>
  own !== undefined && (defaultKey(own) !== undefined || weakness([own]) !== undefined);

export const storesRepair = question({
  id: "stores.repair",
  kind: "select",
  label: "Key and certificate",
  title: "What happens to the integration's key and certificate?",
  why: "A key that everybody has protects nothing. A new pair is made on the server, and its private half never leaves it; a certificate signed by itself is in force until your authority has answered the request that is written beside it. Kept keys still get a new password and a PKCS#12 file where theirs are weak.",
  schema: z.enum(["keep", "new", "import"]),
  needs,
  when: withKeys,
  choices: () => [
    { value: "keep", label: "keep the key", hint: "only password and kind of store are mended" },
    { value: "new", label: "new key and request", hint: "signed by itself until the authority answers" },
    {
      value: "import",
      label: "import a signed certificate",
      hint: "the authority's answer, or a key and chain that lie here",
    },
  ],
  default: (asked) => (keysOf(asked).some(isHopeless) ? ("new" as const) : ("keep" as const)),
  current: (asked) =>
    keysOf(asked)
      .map(({ integration, chain: [own] }) => `${integration.id}: ${own?.subject ?? "cannot be seen"}`)
      .join("; ") || "no key store",
});

export const storesKeyType = question({
  id: "stores.key-type",
  kind: "select",
  label: "Kind of key",
  title: "What kind of key is made?",
  why: "Both last for years. EC P-256 makes handshakes cheaper; RSA 3072 is understood by every client, however old. Proposed is the kind that is in use now.",
  schema: z.enum(["rsa-3072", "ec-p256"]),
  needs,
  when: (asked, answers) => withKeys(asked) && answers.get(storesRepair) === "new",
  choices: () => [
    { value: "rsa-3072", label: "RSA, 3072 bits" },
    { value: "ec-p256", label: "EC, P-256" },
  ],
  default: (asked) =>
    keysOf(asked).some(({ chain: [own] }) => own?.key.type === "ec") ? ("ec-p256" as const) : ("rsa-3072" as const),
});

const distinguishedName =
  /^(?:[A-Z]{1,2}|emailAddress|serialNumber)=[^=\n\t\r\0/\\,+"<>;#$[\]]+(?:, ?(?:[A-Z]{1,2}|emailAddress|serialNumber)=[^=\n\t\r\0/\\,+"<>;#$[\]]+)*$/u;

const hostName = (asked: Asked): string => knownValue(asked.host)?.name ?? "localhost";

export const storesSubject = question({
  id: "stores.subject",
  kind: "text",
  label: "Subject",
  title: "Whom does the certificate name?",
  why: "An authority signs what it can verify: usually the organisation it knows, and a common name. Clients look at the host names only, which are asked next. The common name becomes each integration's first host name when it is left out.",
  schema: z
    .string()
    .trim()
    .refine((text) => text === "" || distinguishedName.test(text), "must be parts such as O=Example, C=DE"),
  needs,
  when: (asked, answers) => withKeys(asked) && answers.get(storesRepair) === "new",
  default: () => "",
  describe: (text) => text || "the host name alone",
});

const dnsName =
  /^(?:\*\.)?(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/u;
const address = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+)$/u;

/** "orders-api=orders.example.org" is about one integration, "orders.example.org" about all. */
export const forIntegration = (list: readonly string[], id: string): readonly string[] => {
  const own = list.filter((entry) => entry.startsWith(`${id}=`)).map((entry) => entry.slice(id.length + 1));
  return own.length > 0 ? own : list.filter((entry) => !entry.includes("="));
};

/** Names that say nothing about where the integration is reached. */
const isLocal = (name: string): boolean => /^(?:localhost(?:\..*)?|127\..*|::1|0:0:0:0:0:0:0:1)$/iu.test(name);

export const storesNamesWanted = question({
  id: "stores.names",
  kind: "list",
  label: "Host names",
  title: "Under which names do clients reach the integration?",
  why: "Clients refuse a certificate that does not hold the name they called. Proposed are the names of the certificates here, else the server's own. With several integrations orders-api=orders.example.org speaks about one of them.",
  schema: z.array(
    z.string().refine((entry) => {
      const name = entry.replace(/^[^=]*=/u, "");
      return dnsName.test(name) || address.test(name);
    }, "must be a host name or an address"),
  ),
  needs,
  when: withKeys,
  default: (asked) => {
    const keys = keysOf(asked);
    const own = keys.map(({ integration, chain: [leaf] }) => ({
      id: integration.id,
      names: leaf === undefined || defaultKey(leaf) !== undefined ? [] : leaf.names.filter((name) => !isLocal(name)),
    }));
    const withNames = own.filter(({ names }) => names.length > 0);
    const [first] = withNames;
    if (first !== undefined && new Set(keys.map(({ integration }) => integration.id)).size === 1)
      return [...new Set(withNames.flatMap(({ names }) => names))];
    const usable = (name: string) => dnsName.test(name) || address.test(name);
    return [
      ...new Set([hostName(asked), ...withNames.flatMap(({ id, names }) => names.map((name) => `${id}=${name}`))]),
    ].filter((entry) => usable(entry.replace(/^[^=]*=/u, "")));
  },
});

export const storesSelfSigned = question({
  id: "stores.self-signed",
  kind: "confirm",
  label: "Signed by itself",
  title: "May a certificate stay signed by itself?",
  why: "Nobody but a client that was given this very certificate can tell it from a stranger's. Fine until an authority has answered, or between two programs of yours; not for the world.",
  schema: z.boolean(),
  needs,
  when: withKeys,
  default: (_, answers) => answers.get(storesRepair) === "new",
  describe: (yes) => (yes ? "accepted for now" : "no"),
});

export const storesCertificate = question({
  id: "stores.certificate",
  kind: "list",
  label: "Signed certificates",
  title: "Which certificate files are imported?",
  why: "Put the authority's answer, with the certificates in between, as a PEM file into /etc/ssl/NAME on the server (NAME is the integration) and inspect again. Its key must lie there too: the one of the request, or your own. Chain and key are checked before anything changes. orders-api=/etc/ssl/orders-api/answer.pem speaks about one integration.",
  schema: z.array(z.string().regex(/^(?:[^=\n\t]*=)?\/[^\n\t=]+$/u, "must be a path, or NAME=PATH")),
  needs,
  when: (asked, answers) => withKeys(asked) && answers.get(storesRepair) === "import",
  default: ({ found, here }) => {
    const files = knownValue(found);
    const running = knownValue(here);
    if (files === undefined || running === undefined) return [];
    return [...new Set(keySubjects(files, running).map(({ integration }) => integration.id))].flatMap((id) => {
      const best = importable(files, id);
      return best === undefined ? [] : [`${id}=${best.file.path}`];
    });
  },
  check: (entries, { found, here }) => {
    const files = knownValue(found);
    const running = knownValue(here);
    if (files === undefined || running === undefined) return undefined;
    for (const { id } of running.integrations) {
      for (const path of forIntegration(entries, id)) {
        const problem = importProblem(files, path);
        if (problem !== undefined) return problem;
      }
    }
    return undefined;
  },
});

export const storesTrust = question({
  id: "stores.trust",
  kind: "list",
  label: "Authorities trusted",
  title: "Whom does a new truststore trust?",
  why: "A truststore that has to be made anew holds the certificates of these PEM files. Left empty, it takes over what the present one trusts apart from the keys that everybody has; where nothing is left, the public authorities of the server's Java.",
  schema: z.array(z.string().regex(/^\/[^\n\t]+$/u, "must be a path")),
  needs,
  when: withKeys,
  default: () => [],
  check: (paths, { found }) => {
    const files = knownValue(found);
    const missing = files && paths.find((path) => !files.files.some((file) => file.path === path));
    return missing === undefined
      ? undefined
      : `${missing} is not among the files looked at: put it into /etc/ssl/NAME (NAME is the integration) and inspect again`;
  },
  describe: (paths) => (paths.length === 0 ? "what is trusted now, without the well-known keys" : paths.join(", ")),
});

export const storesDays = question({
  id: "stores.days",
  kind: "text",
  label: "Warning time",
  title: "How many days before it expires is a certificate a finding?",
  why: "Long enough to get an answer from your authority. A timer on the server looks every day and leaves a failed unit when the time has come.",
  schema: z.coerce.number().int().min(1).max(365) as unknown as z.ZodType<number>,
  needs: {},
  default: () => 30,
  describe: (days) => `${days} days`,
});

export const importPath = (answers: AnswerReader, id: string): string | undefined =>
  answers.get(storesRepair) === "import" ? forIntegration(answers.get(storesCertificate), id)[0] : undefined;
