import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { expiryProblem } from "./problems.ts";
import { repairKeys, repairObstacle, together } from "./repair.ts";
import { restartOf } from "./restart.ts";
import { keySubjects } from "./subjects.ts";
import { judged, noKeyStores, wrongOnes } from "./verdict.ts";

/** RFC 5280 section 4.1.2.5. */
export const storesExpiry = control({
  id: "stores-expiry",
  guideline: ["RT-04"],
  title: "Certificates are valid for a good while yet",
  failing: "A certificate of the integration has expired or soon will",
  severity: "high",
  risk: "restart",
  rationale:
    "On the day after, every client that checks refuses the integration, and whoever is called at night switches the check off.",
  references: [
    { source: "Lynis", id: "CRYP-7902" },
    { source: "NIST 800-53", id: "SC-17" },
    { source: "RFC", id: "5280" },
  ],
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => keySubjects(found, here).length > 0 || noKeyStores,
  inspect: ({ found, here }, answers) =>
    judged(keySubjects(found, here), expiryProblem(found, answers), repairObstacle),
  plan: (facts, answers) => {
    const problem = expiryProblem(facts.found, answers);
    return together(repairKeys(wrongOnes(keySubjects(facts.found, facts.here), problem), problem, facts, answers));
  },
  breaks: (facts, answers) =>
    restartOf(wrongOnes(keySubjects(facts.found, facts.here), expiryProblem(facts.found, answers)), facts, answers),
});
