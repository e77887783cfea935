import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { chainProblem } from "./problems.ts";
import { repairKeys, repairObstacle, together } from "./repair.ts";
import { restartOf } from "./restart.ts";
import { keySubjects } from "./subjects.ts";
import { judged, noKeyStores, wrongOnes } from "./verdict.ts";

/** RFC 5280 section 6; RFC 8446 section 4.4.2: the server sends the chain without the root. */
export const storesChain = control({
  id: "stores-chain",
  guideline: ["RT-04"],
  title: "The certificate was issued by an authority and comes with its whole chain",
  failing: "Clients cannot trace the certificate back to an authority",
  severity: "medium",
  risk: "restart",
  rationale:
    "A certificate that vouches for itself can be made by anybody with the same words in it, and one without the certificates in between is refused by clients that do not have them.",
  references: [
    { source: "NIST 800-53", id: "SC-17" },
    { source: "NIST 800-53", id: "IA-5(2)" },
    { source: "RFC", id: "5280" },
  ],
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => keySubjects(found, here).length > 0 || noKeyStores,
  inspect: ({ found, here }, answers) => judged(keySubjects(found, here), chainProblem(found, answers), repairObstacle),
  plan: (facts, answers) => {
    const problem = chainProblem(facts.found, answers);
    return together(repairKeys(wrongOnes(keySubjects(facts.found, facts.here), problem), problem, facts, answers));
  },
  breaks: (facts, answers) =>
    restartOf(wrongOnes(keySubjects(facts.found, facts.here), chainProblem(facts.found, answers)), facts, answers),
});
