import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { passwordProblem } from "./problems.ts";
import { handWork, repairKeys, repairTrust, together } from "./repair.ts";
import { restartOf } from "./restart.ts";
import { keySubjects, trustSubjects } from "./subjects.ts";
import { judged, noStores, wrongOnes } from "./verdict.ts";

/** The password of the configuration against those that everybody knows (src/stores/passwords.ts) and by its length. */
export const storesPassword = control({
  id: "stores-password",
  guideline: ["RT-04"],
  title: "Passwords of stores are the integration's own",
  failing: "A store's password is known to everybody or short",
  severity: "high",
  risk: "restart",
  rationale:
    "A store is as closed as its password. Those that products ship are in every manual, and short ones are found by trying, by whoever got hold of a copy or a backup.",
  references: [
    { source: "NIST 800-53", id: "IA-5(e)" },
    { source: "NIST 800-53", id: "IA-5(1)" },
    { source: "man", id: "keytool(1)" },
  ],
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => keySubjects(found, here).length + trustSubjects(found, here).length > 0 || noStores,
  inspect: ({ found, here }) =>
    judged([...keySubjects(found, here), ...trustSubjects(found, here)], passwordProblem, handWork(found)),
  plan: (facts, answers) => {
    const keys = wrongOnes(keySubjects(facts.found, facts.here), passwordProblem);
    const trusts = wrongOnes(trustSubjects(facts.found, facts.here), passwordProblem);
    return together(repairKeys(keys, passwordProblem, facts, answers), repairTrust(trusts, facts, answers));
  },
  breaks: (facts, answers) =>
    restartOf(wrongOnes(keySubjects(facts.found, facts.here), passwordProblem), facts, answers),
});
