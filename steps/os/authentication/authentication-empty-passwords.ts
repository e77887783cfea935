import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { policy } from "../../../src/probes/policy.ts";
import { passwordStacks, stackLines, stackOwner } from "./stack.ts";

/** pam_unix(8) nullok; CIS Debian 12 5.3.3.4.1. */
export const emptyPasswordLogins = control({
  id: "authentication-empty-passwords",
  guideline: ["OS-10"],
  title: "An empty password opens nothing",
  failing: "An account with an empty password would be open",
  severity: "medium",
  risk: "lockout",
  rationale:
    "One wrong keystroke with a password tool leaves an account without one. The stacks can refuse an empty password always, so that such a mistake closes the account and does not open it.",
  references: [
    { source: "CIS Debian 12", id: "5.3.3.4.1" },
    { source: "CIS Debian 13", id: "5.3.3.4.1" },
    { source: "CIS Ubuntu 22.04", id: "5.3.3.4.1" },
    { source: "CIS Ubuntu 24.04", id: "5.3.3.4.1" },
    { source: "CIS RHEL 9", id: "5.3.2.5" },
    { source: "CIS RHEL 9", id: "5.3.3.4.1" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-611060" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-300028" },
    { source: "STIG RHEL 9", id: "RHEL-09-611025" },
    { source: "NIST 800-53", id: "IA-5(1)(a)" },
    { source: "NIST 800-53", id: "IA-5(c)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "man", id: "pam_unix(8)" },
  ],
  needs: { policy },
  inspect: ({ policy: seen }) => {
    const lines = stackLines(seen, ["auth", "account", "password"]);
    const bad = lines.filter(({ module, text }) => module === "pam_unix" && /\bnullok/u.test(text));
    const evidence = [
      {
        asked: "nullok in the common stacks",
        answered: bad.map(({ path, text }) => `${path}: ${text}`).join("\n") || "not there",
      },
    ];
    return bad.length === 0
      ? pass(evidence)
      : fail(bad.map(({ path, type }) => `${path} (${type})`).join(", "), evidence);
  },
  plan: (facts) => {
    const bad = stackLines(facts.policy, ["auth", "password"]).some(({ text }) => /\bnullok/u.test(text));
    return bad && stackOwner(facts.policy) === true ? [fragment(passwordStacks, { kind: "no-empty-passwords" })] : [];
  },
});
