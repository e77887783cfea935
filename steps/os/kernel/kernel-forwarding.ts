import { control } from "../../../src/model/control.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Kernel, kernel } from "../../../src/probes/kernel.ts";
import { forwarding } from "./questions.ts";
import { everyInterface, judgeSettings, proposeSettings, type Setting, setting } from "./settings.ts";

const settings = (seen: Kernel, answers: AnswerReader): readonly Setting[] =>
  answers.get(forwarding)
    ? []
    : [
        setting("net.ipv4.ip_forward", 0),
        ...everyInterface(seen, "ipv4", "forwarding", 0),
        ...everyInterface(seen, "ipv6", "forwarding", 0),
      ];

/** CIS Debian 12 3.3.1. */
export const noForwarding = control({
  id: "kernel-forwarding",
  guideline: ["OS-09"],
  title: "This machine passes no packets on for others",
  failing: "This machine passes packets on for others",
  severity: "medium",
  risk: "none",
  rationale:
    "A machine that forwards packets connects networks that should be apart: whoever reaches it can reach past it. Only routers and hosts of containers, virtual machines or tunnels have to.",
  references: [
    { source: "CIS Debian 12", id: "3.3.1" },
    { source: "CIS Debian 13", id: "3.3.1.1" },
    { source: "CIS Ubuntu 22.04", id: "3.3.1" },
    { source: "CIS Ubuntu 24.04", id: "3.3.1" },
    { source: "CIS RHEL 9", id: "3.3.1" },
    { source: "NIST 800-53", id: "CM-7(a)" },
    { source: "NIST 800-53", id: "CM-7(b)" },
    { source: "NIST 800-53", id: "SC-5" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "SC-7(a)" },
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
  ],
  needs: { kernel },
  inspect: (facts, answers) => judgeSettings(facts.kernel, settings(facts.kernel, answers)),
  plan: (facts, answers) => proposeSettings(facts.kernel, settings(facts.kernel, answers)),
  applies: (_, answers) => !answers.get(forwarding) || "this machine is meant to forward (kernel.forwarding)",
  breaks: (facts) =>
    facts.kernel.forwardingFor.length === 0
      ? []
      : [`${facts.kernel.forwardingFor.slice(0, 4).join(", ")} lose their way to the network`],
});
