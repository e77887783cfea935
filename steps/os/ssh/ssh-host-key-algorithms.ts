import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { usableKeys } from "./admission.ts";
import { requiredRsaBits, takesKey, wantedHostKeyAlgorithms, wantedPublicKeyAlgorithms } from "./algorithms.ts";
import { leftToCryptoPolicy } from "./crypto-policy.ts";
import { algorithms, users } from "./questions.ts";
import { followed, judgeSettings, onlyFrom, proposeSettings, type Settings } from "./settings.ts";

const settings: Settings = ({ sshd }, answers) => {
  const strictness = answers.get(algorithms);
  // Called PubkeyAcceptedKeyTypes before OpenSSH 8.5.
  const keyTypes =
    "pubkeyacceptedalgorithms" in sshd.views[0].effective ? "PubkeyAcceptedAlgorithms" : "PubkeyAcceptedKeyTypes";
  const rsaBits = requiredRsaBits[strictness];
  const publicKeys = wantedPublicKeyAlgorithms(sshd, strictness);
  const isGenerous = (names: readonly string[]) => names.some((name) => name.startsWith("ecdsa-"));
  return [
    onlyFrom("HostKeyAlgorithms", wantedHostKeyAlgorithms(sshd)),
    followed(sshd, onlyFrom(keyTypes, publicKeys), (found) => isGenerous(found.split(",")) === isGenerous(publicKeys)),
    followed(
      sshd,
      { keyword: "RequiredRSASize", values: [`${rsaBits}`], accepts: ([bits]) => Number(bits) >= rsaBits },
      (bits) => Number(bits) === rsaBits,
    ),
  ];
};

/** Signatures by Ed25519 and RSA with SHA-2 only. ssh-audit 3.3; NIST SP 800-57 for RSA sizes. */
export const hostKeyAlgorithms = control({
  id: "ssh-host-key-algorithms",
  guideline: ["OS-05"],
  title: "SSH proves itself and its users with strong signatures only",
  failing: "SSH accepts weak signatures",
  severity: "medium",
  risk: "lockout",
  rationale:
    "A signature made with SHA-1 can be forged, and short RSA keys will not hold for as long as servers live. This covers the server's own keys and the keys of the people who log in.",
  references: [
    { source: "NIST 800-53", id: "AC-17(2)" },
    { source: "NIST 800-53", id: "SC-13" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd, accounts: raw(accounts) },
  applies: ({ sshd }) => leftToCryptoPolicy(sshd),
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
  breaks: ({ sshd, accounts }, answers) => {
    if (accounts.state !== "known") return [];
    const strictness = answers.get(algorithms);
    const accepted = wantedPublicKeyAlgorithms(sshd, strictness);
    return accounts.value.accounts
      .filter(({ name }) => answers.get(users).includes(name))
      .flatMap((account) =>
        usableKeys(account)
          .filter((key) => !takesKey(key, accepted, requiredRsaBits[strictness]))
          .map(
            (key) =>
              `${account.name}'s ${key.type} key of ${key.bits} bits (${key.fingerprint}) is not accepted any more`,
          ),
      );
  },
});
