import { control, fragment } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { policy } from "../../../src/probes/policy.ts";
import { accountDefaults, defaultOf } from "./composer.ts";

const file = "/etc/login.defs";
const keys = ["SHA_CRYPT_MIN_ROUNDS", "SHA_CRYPT_MAX_ROUNDS"] as const;

/** A tenth of a second on a server of today; RHEL's STIG asks for as many. crypt(5): 5000 where nothing is said. */
const wanted = 100_000;

/**
 * login.defs(5). Where passwords are hashed with yescrypt these keys are for what still writes SHA-crypt: `chpasswd -c SHA512` of
 * provisioning tools, passwords of groups, and pam_unix(8) where its line names sha512.
 */
export const passwordRounds = control({
  id: "accounts-password-rounds",
  guideline: ["OS-10"],
  title: "A password kept as SHA-crypt takes long to guess too",
  failing: "A password kept as SHA-crypt is quick to guess",
  severity: "low",
  risk: "none",
  rationale:
    "Scripts that set passwords often ask for SHA-512 by name, whatever the system's own method is. With the 5000 rounds that nobody chose such a password is twenty times cheaper to guess than with these.",
  references: [
    { source: "NIST 800-53", id: "IA-5(1)(c)" },
    { source: "Lynis", id: "AUTH-9230" },
    { source: "man", id: "login.defs(5)" },
  ],
  needs: { policy },
  applies: (facts) => facts.policy.files.has(file) || `there is no ${file}`,
  inspect: ({ policy: seen }) => {
    const values = keys.map((key) => [key, defaultOf(seen, file, key)] as const);
    const few = values.filter(([, value]) => !(Number(value) >= wanted));
    return passWhen(
      few.length === 0,
      values.map(([key, value]) => ({ asked: `${key} in login.defs`, answered: value ?? "not set" })),
      few.map(([key, value]) => `${key} is ${value ?? "not set"}`).join("; "),
    );
  },
  // More rounds than these stay.
  plan: ({ policy: seen }) =>
    keys.map((key) =>
      fragment(accountDefaults, {
        file,
        key,
        value: String(Math.max(wanted, Number(defaultOf(seen, file, key) ?? 0) || 0)),
      }),
    ),
});
