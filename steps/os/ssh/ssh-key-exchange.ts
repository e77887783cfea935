import { control } from "../../../src/model/control.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { wantedKeyExchanges } from "./algorithms.ts";
import { leftToCryptoPolicy } from "./crypto-policy.ts";
import { algorithms } from "./questions.ts";
import { followed, judgeSettings, onlyFrom, proposeSettings, type Settings } from "./settings.ts";

const settings: Settings = ({ sshd }, answers) => {
  const wanted = wantedKeyExchanges(sshd, answers.get(algorithms));
  const isGenerous = (names: readonly string[]) => names.some((name) => name.startsWith("curve25519-"));
  return [
    followed(sshd, onlyFrom("KexAlgorithms", wanted), (found) => isGenerous(found.split(",")) === isGenerous(wanted)),
  ];
};

/** Key exchanges without NIST curves, SHA-1 or small groups; strict: post-quantum only. CIS Debian 12 5.1.12; ssh-audit 3.4. */
export const keyExchange = control({
  id: "ssh-key-exchange",
  guideline: ["OS-05"],
  title: "SSH agrees on session keys by strong methods only",
  failing: "SSH offers weak key exchange",
  severity: "medium",
  risk: "lockout",
  rationale:
    "Recorded traffic can be opened later by whoever breaks its key exchange, quantum computers included. Strict offers only hybrid post-quantum methods; compatible adds curve25519 for clients before OpenSSH 8.5.",
  references: [
    { source: "CIS Debian 12", id: "5.1.12" },
    { source: "CIS Debian 13", id: "5.1.12" },
    { source: "CIS Debian 13", id: "5.1.13" },
    { source: "CIS Ubuntu 22.04", id: "5.1.12" },
    { source: "CIS Ubuntu 24.04", id: "5.1.12" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-255060" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100840" },
    { source: "NIST 800-53", id: "AC-17(2)" },
    { source: "man", id: "sshd_config(5)" },
    { source: "RFC", id: "RFC 9142" },
  ],
  needs: { sshd },
  applies: ({ sshd }) => leftToCryptoPolicy(sshd),
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
  breaks: ({ sshd }, answers) =>
    answers.get(algorithms) === "strict" && !wantedKeyExchanges(sshd, "strict").includes("curve25519-sha256")
      ? [
          "clients older than OpenSSH 8.5 or PuTTY 0.78, and Java programs with JSch or old sshj, cannot connect any more",
        ]
      : [],
});
