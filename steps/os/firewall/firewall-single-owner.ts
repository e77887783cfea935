import { control } from "../../../src/model/control.ts";
import { fail, notApplicable, pass } from "../../../src/model/finding.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { ownersFound } from "./wanted.ts";

/** Which rules are in force must not depend on which of two programs was started last. CIS Debian 12 4.1.1. */
export const firewallSingleOwner = control({
  id: "firewall-single-owner",
  guideline: ["OS-03"],
  title: "One program keeps the firewall",
  failing: "Two programs rule over the firewall",
  severity: "high",
  risk: "lockout",
  rationale:
    "Two programs that each load their own rules undo each other's work: what is in force depends on which was started last, and an update or a restart can open the machine or lock you out. Which one goes is your decision, so nothing is turned off here.",
  references: [
    { source: "CIS Debian 12", id: "4.1.1" },
    { source: "CIS Ubuntu 24.04", id: "4.1.1" },
    { source: "Lynis", id: "FIRE-4590" },
  ],
  needs: { firewall },
  inspect: ({ firewall }) => {
    const evidence = [ownersFound(firewall)];
    const names = firewall.owners.map(({ owner }) => owner);
    if (names.length === 0) return notApplicable("nobody rules over incoming packets");
    if (names.length === 1) return pass(evidence);
    return fail(
      `${names.join(" and ")} both filter incoming packets: keep one, and turn the other off by its own means`,
      evidence,
    );
  },
  plan: () => [],
});
