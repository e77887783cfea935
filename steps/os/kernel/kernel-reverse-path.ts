import { control } from "../../../src/model/control.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Kernel, kernel } from "../../../src/probes/kernel.ts";
import { reversePath } from "./questions.ts";
import { judgeSettings, perInterface, proposeSettings, type Setting } from "./settings.ts";

const settings = (_: Kernel, answers: AnswerReader): readonly Setting[] => {
  const strict = answers.get(reversePath) === "strict";
  return [
    ...perInterface("ipv4", "rp_filter", strict ? 1 : 2, ...(strict ? [] : [1])),
    ...perInterface("ipv4", "log_martians", 1),
  ];
};

/** CIS Debian 12 3.3.7, 3.3.9; RFC 3704. */
export const reversePathFilter = control({
  id: "kernel-reverse-path",
  guideline: ["OS-09"],
  title: "Packets with impossible senders are dropped and logged",
  failing: "Packets with forged senders are let in",
  severity: "medium",
  risk: "none",
  rationale:
    "A packet whose sender could not be reached by the way it came has a forged address. Dropping it stops most spoofing, and the log line tells of misrouted or hostile neighbours.",
  references: [
    { source: "CIS Debian 12", id: "3.3.7" },
    { source: "CIS Debian 12", id: "3.3.9" },
    { source: "CIS Debian 13", id: "3.3.1.12" },
    { source: "CIS Debian 13", id: "3.3.1.16" },
    { source: "CIS Ubuntu 22.04", id: "3.3.7" },
    { source: "CIS Ubuntu 22.04", id: "3.3.9" },
    { source: "CIS Ubuntu 24.04", id: "3.3.7" },
    { source: "CIS Ubuntu 24.04", id: "3.3.9" },
    { source: "CIS RHEL 9", id: "3.3.7" },
    { source: "CIS RHEL 9", id: "3.3.9" },
    { source: "STIG RHEL 9", id: "RHEL-09-253035" },
    { source: "STIG RHEL 9", id: "RHEL-09-253025" },
    { source: "NIST 800-53", id: "CM-7(a)" },
    { source: "NIST 800-53", id: "CM-7(b)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "SC-7(a)" },
    { source: "NIST 800-53", id: "SC-5(3)(a)" },
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
    { source: "RFC", id: "3704" },
  ],
  needs: { kernel },
  inspect: (facts, answers) => judgeSettings(facts.kernel, settings(facts.kernel, answers)),
  plan: (facts, answers) => proposeSettings(facts.kernel, settings(facts.kernel, answers)),
  breaks: (_, answers) =>
    answers.get(reversePath) === "strict"
      ? ["packets that come in by one interface while their answers leave by another are dropped: choose loose there"]
      : [],
});
