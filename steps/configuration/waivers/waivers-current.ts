import { isOverdue } from "../../../src/core/waivers.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { waivers } from "../../../src/probes/waivers.ts";

/** NIST CA-5: what is let pass is let pass until a day. Only a person can renew a waiver: nothing is planned. */
export const waiversCurrent = control({
  id: "waivers-current",
  guideline: ["CF-12"],
  title: "No waiver has run out",
  failing: "A waiver has run out, and nobody has looked again",
  severity: "medium",
  risk: "none",
  rationale:
    "What was let pass for a while stays for years where nobody asks again. A waiver has an owner and a last day; from the next day on it is a finding, whatever its control shows.",
  references: [
    { source: "NIST 800-53", id: "CA-5" },
    { source: "NIST 800-53", id: "CM-6" },
  ],
  needs: { waived: waivers },
  inspect: ({ waived: { today, records } }) => {
    const all = Object.entries(records).sort(([a], [b]) => (a < b ? -1 : 1));
    const over = all.filter(([, waiver]) => isOverdue(waiver, today));
    const evidence = [
      {
        asked: waivers.asks,
        answered: `${all.map(([id, { owner, until }]) => `${id}: ${owner}, until ${until}`).join("\n") || "nothing is waived"}\n${today}`,
      },
    ];
    if (over.length === 0) return pass(evidence, all.length === 0 ? "" : `waived: ${all.map(([id]) => id).join(", ")}`);
    const named = over.map(([id, { owner, until }]) => `${id} (${owner}, until ${until})`).join(", ");
    return fail(`${named}: drawbridge waive CONTROL with a new --until, or --remove`, evidence);
  },
  plan: () => [],
});
