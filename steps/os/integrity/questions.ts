import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { question } from "../../../src/model/question.ts";
import { daemons } from "../../../src/probes/daemons.ts";

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
