import { control } from "../../../src/model/control.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { atMost, judgeSettings, proposeSettings, type Settings } from "./settings.ts";

const settings: Settings = () => [
  atMost("MaxAuthTries", 3),
  atMost("MaxSessions", 4),
  {
    keyword: "MaxStartups",
    values: ["10:30:60"],
    // The one keyword of which the last line counts, in 9.2 and 10.0 alike: lines further down have to go.
    additive: { keywords: ["MaxStartups"] },
    accepts: ([found = ""]: readonly string[]) => {
      const [start = Number.NaN, , full = start] = found.split(":").map(Number);
      return start > 0 && start <= 10 && full <= 60;
    },
  },
  atMost("LoginGraceTime", 60, 30),
];

/** Few tries, few half-open logins, little time. CIS Debian 12 5.1.13, 5.1.16 to 5.1.18. */
export const loginLimits = control({
  id: "ssh-login-limits",
  guideline: ["OS-05"],
  title: "SSH gives each visitor few tries and little time",
  failing: "SSH lets visitors try for long",
  severity: "low",
  risk: "restart",
  rationale:
    "Without limits one attacker can try keys and passwords by the thousand and hold open every slot for logging in, so that nobody else gets one. Four sessions per connection are enough for people and for most tools.",
  references: [
    { source: "CIS Debian 12", id: "5.1.16" },
    { source: "CIS Debian 12", id: "5.1.17" },
    { source: "CIS Debian 12", id: "5.1.18" },
    { source: "CIS Debian 12", id: "5.1.13" },
    { source: "CIS Debian 13", id: "5.1.17" },
    { source: "CIS Debian 13", id: "5.1.18" },
    { source: "CIS Debian 13", id: "5.1.19" },
    { source: "CIS Debian 13", id: "5.1.14" },
    { source: "CIS Ubuntu 22.04", id: "5.1.16" },
    { source: "CIS Ubuntu 22.04", id: "5.1.17" },
    { source: "CIS Ubuntu 22.04", id: "5.1.18" },
    { source: "CIS Ubuntu 22.04", id: "5.1.13" },
    { source: "CIS Ubuntu 24.04", id: "5.1.16" },
    { source: "CIS Ubuntu 24.04", id: "5.1.17" },
    { source: "CIS Ubuntu 24.04", id: "5.1.18" },
    { source: "CIS Ubuntu 24.04", id: "5.1.13" },
    { source: "CIS RHEL 9", id: "5.1.16" },
    { source: "CIS RHEL 9", id: "5.1.18" },
    { source: "CIS RHEL 9", id: "5.1.17" },
    { source: "CIS RHEL 9", id: "5.1.14" },
    { source: "NIST 800-53", id: "AC-7" },
    { source: "Lynis", id: "SSH-7408" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd },
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
  breaks: () => [
    "programs that open more than four channels over one connection at once are refused the fifth; agents with more than three keys should name the right one (IdentitiesOnly)",
  ],
});
