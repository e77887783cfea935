import { control } from "../../../src/model/control.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Kernel, kernel } from "../../../src/probes/kernel.ts";
import { routerAdvertisements } from "./questions.ts";
import { everyInterface, judgeSettings, proposeSettings, type Setting } from "./settings.ts";

const settings = (seen: Kernel, answers: AnswerReader): readonly Setting[] =>
  answers.get(routerAdvertisements) ? [] : everyInterface(seen, "ipv6", "accept_ra", 0);

/** CIS Debian 12 3.3.11. */
export const noAdvertisements = control({
  id: "kernel-router-advertisements",
  guideline: ["OS-09"],
  title: "No neighbour can become this machine's router",
  failing: "Any neighbour can become this machine's router",
  severity: "medium",
  risk: "none",
  rationale:
    "Router advertisements of IPv6 are believed without proof: one packet from a neighbour, and traffic leaves through him. A server with fixed addresses does not need them.",
  references: [
    { source: "CIS Debian 12", id: "3.3.11" },
    { source: "CIS Debian 13", id: "3.3.2.7" },
    { source: "CIS Ubuntu 22.04", id: "3.3.11" },
    { source: "CIS Ubuntu 24.04", id: "3.3.11" },
    { source: "CIS RHEL 9", id: "3.3.11" },
    { source: "STIG RHEL 9", id: "RHEL-09-254010" },
    { source: "NIST 800-53", id: "CM-7(a)" },
    { source: "NIST 800-53", id: "CM-7(b)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
  ],
  needs: { kernel },
  inspect: (facts, answers) => judgeSettings(facts.kernel, settings(facts.kernel, answers)),
  plan: (facts, answers) => proposeSettings(facts.kernel, settings(facts.kernel, answers)),
  applies: (_, answers) =>
    !answers.get(routerAdvertisements) ||
    "addresses or routes come by router advertisement (kernel.router-advertisements)",
});
