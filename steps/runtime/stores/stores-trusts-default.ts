import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { trustsDefaultProblem } from "./problems.ts";
import { repairTrust, together, trustObstacle } from "./repair.ts";
import { trustSubjects } from "./subjects.ts";
import { judged, noTrustStores, wrongOnes } from "./verdict.ts";

/** Fingerprints in src/stores/default-certificates.ts. */
export const storesTrustsDefault = control({
  id: "stores-trusts-default",
  guideline: ["RT-04"],
  title: "Nobody is trusted for a key that everybody has",
  failing: "A truststore trusts keys that everybody has",
  severity: "high",
  risk: "restart",
  rationale:
    "The truststores that come with Ballerina and WSO2 products trust the example keys. Whoever downloads such a key can pass for every server that the integration calls.",
  references: [
    { source: "NIST 800-53", id: "IA-5(2)" },
    { source: "NIST 800-53", id: "SC-17" },
    { source: "RFC", id: "5280" },
  ],
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => trustSubjects(found, here).length > 0 || noTrustStores,
  inspect: ({ found, here }) =>
    judged(trustSubjects(found, here), trustsDefaultProblem, (subject) => trustObstacle(subject, { found })),
  plan: (facts, answers) =>
    together(repairTrust(wrongOnes(trustSubjects(facts.found, facts.here), trustsDefaultProblem), facts, answers)),
});
