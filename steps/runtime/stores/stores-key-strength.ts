import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { strengthProblem } from "./problems.ts";
import { repairKeys, repairObstacle, together } from "./repair.ts";
import { restartOf } from "./restart.ts";
import { keySubjects } from "./subjects.ts";
import { judged, noKeyStores, wrongOnes } from "./verdict.ts";

/** CA/Browser Forum baseline requirements 6.1.5; NIST SP 800-131A: RSA from 2048 bits or EC from P-256, SHA-256 or better. */
export const storesKeyStrength = control({
  id: "stores-key-strength",
  guideline: ["RT-04"],
  title: "Keys and signatures of certificates are strong",
  failing: "A certificate of the integration has a weak key or signature",
  severity: "high",
  risk: "restart",
  rationale:
    "Keys of fewer than 2048 bits have been broken, and for SHA-1 a second certificate with the same signature can be made. Clients refuse both.",
  references: [
    { source: "NIST 800-53", id: "SC-13" },
    { source: "NIST 800-53", id: "SC-12(3)" },
    { source: "RFC", id: "5280" },
  ],
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => keySubjects(found, here).length > 0 || noKeyStores,
  inspect: ({ found, here }) => judged(keySubjects(found, here), strengthProblem, repairObstacle),
  plan: (facts, answers) => {
    const problem = strengthProblem;
    return together(repairKeys(wrongOnes(keySubjects(facts.found, facts.here), problem), problem, facts, answers));
  },
  breaks: (facts, answers) =>
    restartOf(wrongOnes(keySubjects(facts.found, facts.here), strengthProblem), facts, answers),
});
