import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { firewallPolicy } from "./composer.ts";
import { refusalsAreLogged } from "./logging.ts";
import { inputChains } from "./wanted.ts";

/** Refused packets tell who is knocking; a limit keeps a flood from filling the disk. Lynis FIRE-4586. */
export const firewallLog = control({
  id: "firewall-log",
  guideline: ["OS-03", "NW-02"],
  title: "The firewall logs what it refuses, at a limited rate",
  failing: "The firewall logs nothing, or without a limit",
  severity: "low",
  risk: "none",
  rationale:
    "The log shows scans, a partner who uses the wrong port, and your own mistakes after a change. Ten lines a minute are enough for that, and a flood of packets cannot fill the disk with them.",
  references: [
    { source: "Lynis", id: "FIRE-4586" },
    { source: "NIST 800-53", id: "SI-4" },
  ],
  needs: { firewall },
  inspect: ({ firewall }) => {
    const { logged, unlimited } = refusalsAreLogged(firewall);
    const evidence = [
      inputChains(firewall),
      { asked: "rules on the way in that log", answered: logged ? "limited" : unlimited ? "without a limit" : "none" },
    ];
    if (logged) return pass(evidence);
    return fail(unlimited ? "rules log without a limit" : "no rule on the way in logs", evidence);
  },
  plan: () => [fragment(firewallPolicy, "log")],
});
