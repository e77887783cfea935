import { control } from "../../../src/model/control.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { wantedCiphers } from "./algorithms.ts";
import { leftToCryptoPolicy } from "./crypto-policy.ts";
import { judgeSettings, onlyFrom, proposeSettings, type Settings } from "./settings.ts";

const settings: Settings = ({ sshd }) => [onlyFrom("Ciphers", wantedCiphers(sshd))];

/** AEAD and counter-mode ciphers only. CIS Debian 12 5.1.6; ssh-audit 3.3. */
export const cipherList = control({
  id: "ssh-ciphers",
  guideline: ["OS-05"],
  title: "SSH encrypts with strong ciphers only",
  failing: "SSH offers weak ciphers",
  severity: "medium",
  risk: "lockout",
  rationale:
    "CBC modes and old ciphers have known attacks, and an attacker in between can push both sides to the weakest one they share. Only ciphers without known weakness are offered; every client since 2014 knows one of them.",
  references: [
    { source: "CIS Debian 12", id: "5.1.6" },
    { source: "CIS Debian 13", id: "5.1.6" },
    { source: "CIS Ubuntu 22.04", id: "5.1.6" },
    { source: "CIS Ubuntu 24.04", id: "5.1.6" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-255050" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100820" },
    { source: "man", id: "sshd_config(5)" },
    { source: "CVE", id: "CVE-2023-48795" },
  ],
  needs: { sshd },
  applies: ({ sshd }) => leftToCryptoPolicy(sshd),
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
});
