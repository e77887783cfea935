import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { software } from "../../../src/probes/software.ts";
import { heldKept } from "./questions.ts";

/** apt-mark(8) hold. */
export const heldPackages = control({
  id: "updates-held",
  guideline: ["OS-06"],
  title: "No package is kept from its updates unawares",
  failing: "Packages are kept from their updates",
  severity: "low",
  risk: "none",
  rationale:
    "A package was put on hold for a reason, once. Held and forgotten, it is the one hole that no update closes.",
  references: [
    { source: "NIST 800-53", id: "SI-2" },
    { source: "man", id: "apt-mark(8)" },
  ],
  needs: { software },
  inspect: (facts, answers) => {
    const held = facts.software.packages.filter(({ held: is }) => is).map(({ name }) => name);
    const evidence = [{ asked: "apt-mark showhold", answered: held.join(", ") || "none" }];
    const open = held.filter((name) => !answers.get(heldKept).includes(name));
    return open.length === 0
      ? pass(evidence)
      : fail(`${open.slice(0, 4).join(", ")}: apt-mark unhold, or name them in updates.held`, evidence);
  },
  plan: () => [],
});
