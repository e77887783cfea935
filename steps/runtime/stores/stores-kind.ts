import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { stores } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { kindProblem } from "./problems.ts";
import { handWork, repairKeys, repairTrust, together } from "./repair.ts";
import { restartOf } from "./restart.ts";
import { keySubjects, trustSubjects } from "./subjects.ts";
import { judged, noStores, wrongOnes } from "./verdict.ts";

/** RFC 7292; JEP 229; JDK-8076190 changed the defaults in JDK 16. */
export const storesKind = control({
  id: "stores-kind",
  guideline: ["RT-04"],
  title: "Stores are PKCS#12 with today's ciphers",
  failing: "A store is of an old kind that protects its key badly",
  severity: "low",
  risk: "restart",
  rationale:
    "JKS and the ciphers that PKCS#12 used until JDK 16 (RC2 with 40 bits, 3DES, SHA-1) let somebody who has the file try passwords very quickly. PKCS#12 with AES-256 is read by every Java since 8u301.",
  references: [
    { source: "RFC", id: "7292" },
    { source: "NIST 800-53", id: "SC-28(1)" },
    { source: "man", id: "keytool(1)" },
  ],
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => keySubjects(found, here).length + trustSubjects(found, here).length > 0 || noStores,
  inspect: ({ found, here }) =>
    judged([...keySubjects(found, here), ...trustSubjects(found, here)], kindProblem, handWork(found)),
  plan: (facts, answers) => {
    const keys = wrongOnes(keySubjects(facts.found, facts.here), kindProblem);
    const trusts = wrongOnes(trustSubjects(facts.found, facts.here), kindProblem);
    return together(repairKeys(keys, kindProblem, facts, answers), repairTrust(trusts, facts, answers));
  },
  breaks: (facts, answers) => restartOf(wrongOnes(keySubjects(facts.found, facts.here), kindProblem), facts, answers),
});
