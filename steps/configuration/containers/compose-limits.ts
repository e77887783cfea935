import { composeControl } from "./judgement.ts";

/** Memory and processes: the two that take the machine down with them. */
export const composeLimits = composeControl({
  id: "compose-limits",
  guideline: ["CF-03"],
  title: "Every container has a limit of memory and processes",
  failing: "A container may use up the machine's memory or processes",
  severity: "low",
  rationale:
    "One message that is too large, or one library that forks, then takes every other service of the machine with it. The JVM also sizes its heap by the limit.",
  references: [
    { source: "CIS Docker", id: "5.11" },
    { source: "CIS Docker", id: "5.29" },
  ],
  nothing: "every service has limits",
  remarks: ({ limits, extends: inherits }) => {
    const missing = [...(limits.memory ? [] : ["memory"]), ...(limits.processes ? [] : ["processes"])];
    return missing.length === 0 || inherits ? [] : [`no limit of ${missing.join(" and ")}`];
  },
});
