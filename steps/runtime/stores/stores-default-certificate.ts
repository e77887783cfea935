import { control } from "../../../src/model/control.ts";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import { fail, type Verdict } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { handshakes } from "../../../src/probes/handshakes.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { defaultKey } from "../../../src/stores/default-certificates.ts";
import { defaultProblem } from "./problems.ts";
import { repairKeys } from "./repair.ts";
import { restartOf } from "./restart.ts";
import { describeCertificate, keySubjects } from "./subjects.ts";
import { judged, noKeyStores, wrongOnes } from "./verdict.ts";

type Served = typeof handshakes extends { parse: (...given: never[]) => Fact<infer T> } ? T : never;

/** Listeners that show a key that everybody has, whatever the files say. */
const servedDefaults = (served: Fact<Served>) =>
  (knownValue(served)?.listeners ?? []).flatMap(({ listener, chain: [own] }) => {
    const about = own && defaultKey(own);
    return own === undefined || about === undefined ? [] : [{ listener, own, about }];
  });

const withServed = (verdict: Verdict, served: Fact<Served>): Verdict => {
  const found = servedDefaults(served);
  if (found.length === 0) return verdict;
  const words = found.map(({ listener, about }) => `port ${listener.port} answers with ${about}`);
  const detail = [...(verdict.detail === "" ? [] : [verdict.detail]), ...new Set(words)].join("; ");
  return fail(detail, [
    ...verdict.evidence,
    ...found.map(({ listener, own }) => ({
      asked: `openssl s_client -connect ${listener.address}:${listener.port}`,
      answered: describeCertificate(own),
    })),
  ]);
};

/** Fingerprints and public keys in src/stores/default-certificates.ts; on disk and over the wire. */
export const storesDefaultCertificate = control({
  id: "stores-default-certificate",
  guideline: ["RT-04"],
  title: "The integration's private key is its own",
  failing: "The integration uses a private key that everybody has",
  severity: "critical",
  risk: "restart",
  rationale:
    "The key stores that come with Ballerina and WSO2 products are public, private keys included. Whoever downloads one can read what was meant for the integration and answer in its place, and no client notices.",
  references: [
    { source: "NIST 800-53", id: "SC-12" },
    { source: "NIST 800-53", id: "IA-5(e)" },
    { source: "RFC", id: "5280" },
  ],
  needs: {
    found: stores,
    here: integrations,
    known: raw(accounts),
    services: raw(workload),
    served: raw(handshakes),
  },
  applies: ({ found, here, served }) =>
    keySubjects(found, here).length > 0 || servedDefaults(served).length > 0 || noKeyStores,
  inspect: ({ found, here, served }) => withServed(judged(keySubjects(found, here), defaultProblem), served),
  plan: (facts, answers) => repairKeys(wrongOnes(keySubjects(facts.found, facts.here), defaultProblem), facts, answers),
  breaks: (facts, answers) =>
    restartOf(wrongOnes(keySubjects(facts.found, facts.here), defaultProblem), facts, answers),
});
