import { control } from "../../../src/model/control.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { logLevel } from "./questions.ts";
import { exactly, judgeSettings, proposeSettings, type Settings } from "./settings.ts";

const settings: Settings = (_, answers) => [exactly("LogLevel", answers.get(logLevel)), exactly("PrintLastLog", "yes")];

/** A login that is not in the log did not happen for whoever looks later. CIS Debian 12 5.1.14; STIG RHEL-09-255030. */
export const logLevelSet = control({
  id: "ssh-log-level",
  guideline: ["OS-05"],
  title: "SSH logs who logged in",
  failing: "SSH logs too little",
  severity: "medium",
  risk: "restart",
  rationale:
    "After an incident the log has to say who came in, from where and with which key. INFO says that; VERBOSE adds the refused keys. DEBUG levels are no better: they put what users do into the log.",
  references: [
    { source: "CIS Debian 12", id: "5.1.14" },
    { source: "CIS Debian 13", id: "5.1.15" },
    { source: "CIS Ubuntu 22.04", id: "5.1.14" },
    { source: "CIS Ubuntu 24.04", id: "5.1.14" },
    { source: "CIS RHEL 9", id: "5.1.15" },
    { source: "STIG RHEL 9", id: "RHEL-09-255030" },
    { source: "NIST 800-53", id: "AC-17(a)" },
    { source: "NIST 800-53", id: "AC-17(1)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "Lynis", id: "SSH-7408" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd },
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
});
