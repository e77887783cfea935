import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { separationProblem } from "./problems.ts";
import { repairTrust, together, trustObstacle } from "./repair.ts";
import { trustSubjects } from "./subjects.ts";
import { judged, noTrustStores, wrongOnes } from "./verdict.ts";

/** The same file as key store and truststore, or a private key in a truststore. */
export const storesSeparation = control({
  id: "stores-separation",
  guideline: ["RT-04"],
  title: "Keys and trusted certificates are in stores of their own",
  failing: "Private keys and trusted certificates are in one store",
  severity: "medium",
  risk: "restart",
  rationale:
    "A truststore is copied, given away and read by many; a private key must not travel with it. One file for both also makes the integration trust its own key as an authority.",
  references: [
    { source: "NIST 800-53", id: "SC-12" },
    { source: "man", id: "keytool(1)" },
  ],
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => trustSubjects(found, here).length > 0 || noTrustStores,
  inspect: ({ found, here }) =>
    judged(trustSubjects(found, here), separationProblem(found, here), (subject) => trustObstacle(subject, { found })),
  plan: (facts, answers) =>
    together(
      repairTrust(
        wrongOnes(trustSubjects(facts.found, facts.here), separationProblem(facts.found, facts.here)),
        facts,
        answers,
      ),
    ),
});
