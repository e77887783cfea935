import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { sshdLogins } from "../../../src/probes/sshd-logins.ts";
import { recentLogins } from "./recent-logins.ts";
import { exactly, judgeSettings, proposeSettings, type Settings } from "./settings.ts";

const settings: Settings = () => [
  exactly("PermitEmptyPasswords", "no"),
  exactly("PermitUserEnvironment", "no"),
  exactly("HostbasedAuthentication", "no"),
  exactly("IgnoreRhosts", "yes"),
  exactly("GSSAPIAuthentication", "no"),
  exactly("GSSAPIKeyExchange", "no"),
  exactly("KerberosAuthentication", "no"),
  exactly("StrictModes", "yes"),
  exactly("UseDNS", "no"),
];

/** Leftovers of rsh and of shared workstations stay off. CIS Debian 12 5.1.9 to 5.1.11, 5.1.19, 5.1.21. */
export const legacySwitches = control({
  id: "ssh-legacy",
  guideline: ["OS-05"],
  title: "SSH's old ways to log in are off",
  failing: "SSH still allows old, weak ways to log in",
  severity: "high",
  risk: "restart",
  rationale:
    "Empty passwords, trust in host names (rhosts), Kerberos nobody set up and users who set the environment of their own session are ways in that no key protects. Modes of key files are checked, so that nobody can add a key to another's account.",
  references: [
    { source: "CIS Debian 12", id: "5.1.19" },
    { source: "CIS Debian 12", id: "5.1.21" },
    { source: "CIS Debian 12", id: "5.1.10" },
    { source: "CIS Debian 12", id: "5.1.11" },
    { source: "CIS Debian 12", id: "5.1.9" },
    { source: "CIS Debian 13", id: "5.1.20" },
    { source: "CIS Debian 13", id: "5.1.22" },
    { source: "CIS Debian 13", id: "5.1.10" },
    { source: "CIS Debian 13", id: "5.1.11" },
    { source: "CIS Debian 13", id: "5.1.9" },
    { source: "CIS Ubuntu 22.04", id: "5.1.19" },
    { source: "CIS Ubuntu 22.04", id: "5.1.21" },
    { source: "CIS Ubuntu 22.04", id: "5.1.10" },
    { source: "CIS Ubuntu 22.04", id: "5.1.11" },
    { source: "CIS Ubuntu 22.04", id: "5.1.9" },
    { source: "CIS Ubuntu 24.04", id: "5.1.19" },
    { source: "CIS Ubuntu 24.04", id: "5.1.21" },
    { source: "CIS Ubuntu 24.04", id: "5.1.10" },
    { source: "CIS Ubuntu 24.04", id: "5.1.11" },
    { source: "CIS Ubuntu 24.04", id: "5.1.9" },
    { source: "CIS RHEL 9", id: "5.1.19" },
    { source: "CIS RHEL 9", id: "5.1.21" },
    { source: "CIS RHEL 9", id: "5.1.12" },
    { source: "CIS RHEL 9", id: "5.1.13" },
    { source: "CIS RHEL 9", id: "5.1.11" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-255025" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-300031" },
    { source: "STIG RHEL 9", id: "RHEL-09-255040" },
    { source: "STIG RHEL 9", id: "RHEL-09-255085" },
    { source: "STIG RHEL 9", id: "RHEL-09-255080" },
    { source: "STIG RHEL 9", id: "RHEL-09-255145" },
    { source: "STIG RHEL 9", id: "RHEL-09-255135" },
    { source: "NIST 800-53", id: "AC-17(a)" },
    { source: "NIST 800-53", id: "CM-7(a)" },
    { source: "NIST 800-53", id: "CM-7(b)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "AC-3" },
    { source: "Lynis", id: "SSH-7408" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd, logins: raw(sshdLogins) },
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
  breaks: ({ logins }) =>
    recentLogins(logins, ({ method }) => /^(?:gssapi|hostbased)/u.test(method)).map((login) => `${login}: that stops`),
});
