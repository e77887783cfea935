import { keyLine } from "../../../src/core/key-lines.ts";
import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Policy, policy } from "../../../src/probes/policy.ts";
import { passwordLength } from "./questions.ts";
import { passwordStacks, stackLines, stackOwner } from "./stack.ts";

/** pwquality.conf(5): the folder is read first, in order; the file itself has the last word. */
const settingOf = ({ files }: Policy, key: string): number | undefined => {
  const texts = [...files]
    .filter(([path]) => path.startsWith("/etc/security/pwquality.conf"))
    .sort(([a], [b]) => Number(a.endsWith("pwquality.conf")) - Number(b.endsWith("pwquality.conf")) || (a < b ? -1 : 1))
    .flatMap(([, { content }]) => keyLine(content, key) ?? []);
  const value = texts.at(-1);
  return value === undefined ? undefined : Number(value);
};

/** pam_pwquality(8); CIS Debian 12 5.3.3.2.x. */
export const passwordQuality = control({
  id: "authentication-password-quality",
  guideline: ["OS-10"],
  title: "New passwords are hard to guess",
  failing: "New passwords may be easy to guess",
  severity: "medium",
  risk: "lockout",
  rationale:
    "People choose names and years when they may. A module that refuses short ones, words and patterns costs one more try when choosing, and saves the account.",
  references: [
    { source: "CIS Debian 12", id: "5.3.1.3" },
    { source: "CIS Debian 12", id: "5.3.3.2.2" },
    { source: "CIS Debian 12", id: "5.3.3.2.3" },
    { source: "CIS Debian 13", id: "5.3.1.3" },
    { source: "CIS Debian 13", id: "5.3.3.2.2" },
    { source: "CIS Debian 13", id: "5.3.3.2.3" },
    { source: "CIS Ubuntu 22.04", id: "5.3.1.3" },
    { source: "CIS Ubuntu 22.04", id: "5.3.3.2.2" },
    { source: "CIS Ubuntu 22.04", id: "5.3.3.2.3" },
    { source: "CIS Ubuntu 24.04", id: "5.3.1.3" },
    { source: "CIS Ubuntu 24.04", id: "5.3.3.2.2" },
    { source: "CIS Ubuntu 24.04", id: "5.3.3.2.3" },
    { source: "CIS RHEL 9", id: "5.3.1.3" },
    { source: "CIS RHEL 9", id: "5.3.2.3" },
    { source: "CIS RHEL 9", id: "5.3.3.2.2" },
    { source: "CIS RHEL 9", id: "5.3.3.2.3" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-215010" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-611035" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100600" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-400320" },
    { source: "STIG RHEL 9", id: "RHEL-09-611090" },
    { source: "STIG RHEL 9", id: "RHEL-09-611130" },
    { source: "NIST 800-53", id: "IA-5(c)" },
    { source: "NIST 800-53", id: "IA-5(1)(a)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "IA-5(4)" },
    { source: "Lynis", id: "AUTH-9262" },
    { source: "man", id: "pwquality.conf(5)" },
  ],
  needs: { policy },
  inspect: ({ policy: seen }, answers) => {
    const lines = stackLines(seen, ["password"]).filter(({ module }) => module === "pam_pwquality");
    const [length, classes] = [settingOf(seen, "minlen"), settingOf(seen, "minclass")];
    const evidence = [
      {
        asked: "pam_pwquality in the common stacks",
        answered: lines.map(({ path, text }) => `${path}: ${text}`).join("\n") || "not there",
      },
      { asked: "pwquality.conf", answered: `minlen = ${length ?? "not set"}\nminclass = ${classes ?? "not set"}` },
    ];
    const problems = [
      ...(lines.length > 0 ? [] : ["nothing looks at new passwords"]),
      ...(lines.length > 0 && !seen.dictionary
        ? ["the dictionary is missing, so that no new password can be set at all (cracklib-runtime)"]
        : []),
      ...((length ?? 0) >= answers.get(passwordLength) ? [] : [`${length ?? "any number of"} characters are enough`]),
      ...((classes ?? 0) >= 4 ? [] : ["kinds of characters are not counted"]),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: (facts, answers) =>
    stackOwner(facts.policy) === true
      ? [fragment(passwordStacks, { kind: "quality", length: answers.get(passwordLength) })]
      : [],
});
