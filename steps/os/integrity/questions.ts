import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { question } from "../../../src/model/question.ts";
import { daemons } from "../../../src/probes/daemons.ts";
import { machine } from "../../../src/probes/machine.ts";

export const aideWanted = question({
  id: "integrity.aide",
  kind: "confirm",
  label: "Daily comparison",
  title: "Should AIDE compare the system's files every day with how they are now?",
  why: "It reads the whole disk once a day, and reports every file that changed, also after updates. Somebody has to read that; where nobody will, say no.",
  schema: z.boolean(),
  needs: { daemons },
  default: () => true,
  current: (facts) => {
    const seen = knownValue(facts.daemons);
    if (seen === undefined) return "not known";
    return seen.packages.includes("aide") ? "AIDE is installed" : "AIDE is not installed";
  },
});

export const packagesCompared = question({
  id: "integrity.packages",
  kind: "confirm",
  label: "Weekly look at packages",
  title: "Should debsums compare every installed package with what it was delivered as, once a week?",
  why: "AIDE takes the machine as it is for good; this compares with what the distribution delivered, so that damage from before shows too, and says of a file that AIDE reports whether it is the package's. It reads what packages brought once a week and writes to the log. The default is yes on Debian where cron runs.",
  schema: z.boolean(),
  needs: { daemons, machine },
  when: (facts) => knownValue(facts.daemons)?.folders.includes("/etc/apt/apt.conf.d") ?? true,
  default: (facts) =>
    knownValue(facts.machine)?.distribution === "debian" &&
    knownValue(facts.daemons)?.units.get("cron.service")?.active === "active",
  current: (facts) => {
    const seen = knownValue(facts.daemons);
    if (seen === undefined) return "not known";
    return seen.packages.includes("debsums") ? "debsums is installed" : "debsums is not installed";
  },
});
