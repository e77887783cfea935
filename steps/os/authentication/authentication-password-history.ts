import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { policy } from "../../../src/probes/policy.ts";
import { passwordStacks, stackLines, stackOwner } from "./stack.ts";

const remembered = 24;

/** pam_pwhistory(8); CIS Debian 12 5.3.3.3.x. */
export const passwordHistory = control({
  id: "authentication-password-history",
  guideline: ["OS-10"],
  title: "An old password does not come back",
  failing: "Old passwords can be used again",
  severity: "low",
  risk: "lockout",
  rationale:
    "A password that had to be changed because it was known should not return the week after. The last ones are remembered, as hashes that only root can read.",
  references: [
    { source: "CIS Debian 12", id: "5.3.3.3.1" },
    { source: "CIS Debian 13", id: "5.3.3.3.1" },
    { source: "CIS Ubuntu 22.04", id: "5.3.3.3.1" },
    { source: "CIS Ubuntu 24.04", id: "5.3.3.3.1" },
    { source: "CIS Debian 12", id: "5.3.3.3.2" },
    { source: "CIS Debian 12", id: "5.3.3.3.3" },
    { source: "man", id: "pam_pwhistory(8)" },
  ],
  needs: { policy },
  inspect: ({ policy: seen }) => {
    const lines = stackLines(seen, ["password"]).filter(({ module }) => module === "pam_pwhistory");
    const counts = lines.map(({ text }) => Number(/\bremember=(\d+)/u.exec(text)?.[1] ?? 10));
    const evidence = [
      {
        asked: "pam_pwhistory in the common stacks",
        answered: lines.map(({ path, text }) => `${path}: ${text}`).join("\n") || "not there",
      },
    ];
    if (lines.length === 0) return fail("nothing remembers them", evidence);
    return counts.some((count) => count >= remembered)
      ? pass(evidence)
      : fail(`only the last ${Math.max(...counts)} are remembered`, evidence);
  },
  plan: (facts) =>
    stackOwner(facts.policy) === true ? [fragment(passwordStacks, { kind: "history", remember: remembered })] : [],
});
