import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { machine } from "../../../src/probes/machine.ts";
import { network } from "../../../src/probes/network.ts";
import { placeOf } from "./here.ts";
import { failoverMode } from "./questions.ts";

/** The one question of failover that no machine answers: whether an outage matters. NIST CP-2, CP-10. */
export const failoverNodesControl = control({
  id: "failover-nodes",
  guideline: ["NW-01"],
  title: "Two nodes or more do this machine's work",
  failing: "When this machine fails, nobody takes over",
  severity: "high",
  risk: "none",
  rationale:
    "One machine stops for hardware, for updates and by mistake. Two nodes survive one of these, three survive one while another is being updated. It is a finding only where somebody said that an outage matters.",
  references: [
    { source: "NIST 800-53", id: "CP-10" },
    { source: "NIST 800-53", id: "CP-2" },
  ],
  needs: { machine, network },
  applies: (_facts, answers) => {
    const mode = answers.get(failoverMode);
    if (mode === "none") return "nobody has said that failover is needed here (failover.mode)";
    return mode !== "elsewhere" || "something else sees to it (failover.mode is elsewhere)";
  },
  inspect: (facts, answers) => {
    if (answers.get(failoverMode) === "needed")
      return fail("failover is needed and not set up: --set failover.mode=active-passive, with failover.nodes", []);
    const place = placeOf(facts, answers);
    if ("missing" in place) return unknownVerdict(place.missing);
    const { nodes } = place.cluster;
    const answered = nodes.map(({ name, address }) => `${name}=${address}`).join(", ");
    return pass([{ asked: "failover.nodes", answered }]);
  },
  plan: () => [],
});
