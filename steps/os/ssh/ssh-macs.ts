import { control } from "../../../src/model/control.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { wantedMacs } from "./algorithms.ts";
import { leftToCryptoPolicy } from "./crypto-policy.ts";
import { judgeSettings, onlyFrom, proposeSettings, type Settings } from "./settings.ts";

const settings: Settings = ({ sshd }) => [onlyFrom("MACs", wantedMacs(sshd))];

/** Encrypt-then-MAC with SHA-2 only. CIS Debian 12 5.1.15; ssh-audit 3.3. */
export const macList = control({
  id: "ssh-macs",
  guideline: ["OS-05"],
  title: "SSH protects messages with strong checksums only",
  failing: "SSH offers weak message checksums",
  severity: "medium",
  risk: "lockout",
  rationale:
    "SHA-1, 64-bit tags and checksums made before encryption give an attacker in between something to work with. Only SHA-2 checksums over the encrypted text are offered; clients since 2012 know them.",
  references: [
    { source: "CIS Debian 12", id: "5.1.15" },
    { source: "CIS Debian 13", id: "5.1.16" },
    { source: "CIS Ubuntu 22.04", id: "5.1.15" },
    { source: "CIS Ubuntu 24.04", id: "5.1.15" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-255055" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100830" },
    { source: "NIST 800-53", id: "AC-17(2)" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd },
  applies: ({ sshd }) => leftToCryptoPolicy(sshd),
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
});
