import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { namesProblem } from "./problems.ts";
import { repairKeys, repairObstacle, together } from "./repair.ts";
import { restartOf } from "./restart.ts";
import { keySubjects } from "./subjects.ts";
import { judged, noKeyStores, wrongOnes } from "./verdict.ts";

/** RFC 9525: only subjectAltName counts, the common name does not. */
export const storesNames = control({
  id: "stores-names",
  guideline: ["RT-04"],
  title: "The certificate names the hosts that clients call",
  failing: "The certificate does not name the host that clients call",
  severity: "medium",
  risk: "restart",
  rationale:
    "A client that gets a certificate for another name cannot tell the integration from somebody in between. Its author then most often switches the check of the host name off.",
  references: [
    { source: "RFC", id: "9525" },
    { source: "NIST 800-53", id: "SC-8" },
  ],
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => keySubjects(found, here).length > 0 || noKeyStores,
  inspect: ({ found, here }, answers) => judged(keySubjects(found, here), namesProblem(answers), repairObstacle),
  plan: (facts, answers) => {
    const problem = namesProblem(answers);
    return together(repairKeys(wrongOnes(keySubjects(facts.found, facts.here), problem), problem, facts, answers));
  },
  breaks: (facts, answers) =>
    restartOf(wrongOnes(keySubjects(facts.found, facts.here), namesProblem(answers)), facts, answers),
});
