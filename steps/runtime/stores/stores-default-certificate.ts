import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { defaultProblem } from "./problems.ts";
import { repairKeys, repairObstacle, together } from "./repair.ts";
import { restartOf } from "./restart.ts";
import { keySubjects } from "./subjects.ts";
import { judged, noKeyStores, wrongOnes } from "./verdict.ts";

/** Fingerprints and public keys in src/stores/default-certificates.ts; what is served over the wire is judged by tls-certificate-served. */
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
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => keySubjects(found, here).length > 0 || noKeyStores,
  inspect: ({ found, here }) => judged(keySubjects(found, here), defaultProblem, repairObstacle),
  plan: (facts, answers) => {
    const problem = defaultProblem;
    return together(repairKeys(wrongOnes(keySubjects(facts.found, facts.here), problem), problem, facts, answers));
  },
  breaks: (facts, answers) =>
    restartOf(wrongOnes(keySubjects(facts.found, facts.here), defaultProblem), facts, answers),
});
