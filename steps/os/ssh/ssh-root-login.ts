import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { sshdLogins } from "../../../src/probes/sshd-logins.ts";
import { recentLogins } from "./recent-logins.ts";
import { exactly, judgeSettings, proposeSettings, type Settings } from "./settings.ts";

const settings: Settings = () => [{ ...exactly("PermitRootLogin", "no"), alone: true }];

/** An administrator's own name belongs in the log, and root has no second step. sshd_config(5) PermitRootLogin. */
export const rootLogin = control({
  id: "ssh-root-login",
  guideline: ["OS-05"],
  title: "Root cannot log in over SSH",
  failing: "SSH lets root log in",
  severity: "critical",
  risk: "lockout",
  rationale:
    "Every server has an account called root, so it is the one that attackers try. Whoever logs in as root leaves no name in the log and is one step from everything. With this off, people log in under their own name and become root with sudo.",
  references: [
    { source: "CIS Debian 12", id: "5.1.20" },
    { source: "CIS Debian 13", id: "5.1.21" },
    { source: "CIS Ubuntu 22.04", id: "5.1.20" },
    { source: "CIS Ubuntu 24.04", id: "5.1.20" },
    { source: "CIS RHEL 9", id: "5.1.20" },
    { source: "STIG RHEL 9", id: "RHEL-09-255045" },
    { source: "NIST 800-53", id: "AC-6(2)" },
    { source: "NIST 800-53", id: "AC-17(a)" },
    { source: "NIST 800-53", id: "IA-2" },
    { source: "NIST 800-53", id: "IA-2(5)" },
    { source: "NIST 800-53", id: "CM-7(a)" },
    { source: "NIST 800-53", id: "CM-7(b)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "Lynis", id: "SSH-7408" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd, accounts: raw(accounts), logins: raw(sshdLogins) },
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
  breaks: ({ accounts, logins }) => [
    ...recentLogins(logins, ({ user }) => user === "root").map((login) => `${login}: that stops`),
    ...(accounts.state === "known" && accounts.value.current.user === "root"
      ? ["you are logged in as root now: this session stays, the next login is the administrator's"]
      : []),
  ],
});
