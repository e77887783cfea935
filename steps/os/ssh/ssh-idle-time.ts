import { control } from "../../../src/model/control.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { idleMinutes } from "./questions.ts";
import { exactly, judgeSettings, proposeSettings, type Setting, type Settings, seconds } from "./settings.ts";

const questionsPerSpan = 3;

const settings: Settings = (_, answers) => {
  const minutes = answers.get(idleMinutes);
  const interval = Math.floor((minutes * 60) / questionsPerSpan);
  // Both belong together: their product is what was answered, to the minute; a Match block may be quicker with some.
  const accepts: Setting["accepts"] = (_, effective, { scope }) => {
    const [asks, count] = [
      seconds(effective.clientaliveinterval?.[0] ?? ""),
      Number(effective.clientalivecountmax?.[0]),
    ];
    const answered = Math.ceil((asks * count) / 60);
    return asks > 0 && count > 0 && (answered === minutes || (scope !== "everyone" && answered < minutes));
  };
  return [
    { keyword: "ClientAliveInterval", values: [`${interval}`], accepts },
    { keyword: "ClientAliveCountMax", values: [`${questionsPerSpan}`], accepts },
    // Asks the same outside the encryption, where anyone in between can answer for the client.
    exactly("TCPKeepAlive", "no"),
  ];
};

/** A client that stopped answering keeps no session. CIS Debian 12 5.1.7; sshd_config(5) ClientAliveInterval. */
export const idleTime = control({
  id: "ssh-idle-time",
  guideline: ["OS-05"],
  title: "SSH hangs up on clients that stopped answering",
  failing: "SSH keeps dead sessions open",
  severity: "low",
  risk: "restart",
  rationale:
    "A session that nobody holds any more still has its rights, and a root shell in it. sshd asks whether the client is there and hangs up when it has not answered three times.",
  references: [
    { source: "CIS Debian 12", id: "5.1.7" },
    { source: "CIS Debian 13", id: "5.1.7" },
    { source: "CIS Ubuntu 22.04", id: "5.1.7" },
    { source: "CIS Ubuntu 24.04", id: "5.1.7" },
    { source: "CIS RHEL 9", id: "5.1.9" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-255035" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-255030" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-600010" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-600000" },
    { source: "STIG RHEL 9", id: "RHEL-09-255100" },
    { source: "STIG RHEL 9", id: "RHEL-09-255095" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "AC-17(a)" },
    { source: "NIST 800-53", id: "AC-2(5)" },
    { source: "NIST 800-53", id: "AC-12" },
    { source: "NIST 800-53", id: "SC-10" },
    { source: "Lynis", id: "SSH-7408" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd },
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
});
