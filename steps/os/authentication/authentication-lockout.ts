import { keyLine } from "../../../src/core/key-lines.ts";
import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { policy } from "../../../src/probes/policy.ts";
import { lockoutMinutes, lockoutTries } from "./questions.ts";
import { passwordStacks, stackLines, stackOwner } from "./stack.ts";

/** pam_faillock(8), faillock.conf(5); CIS Debian 12 5.3.2.2, 5.3.3.1.x. */
export const lockout = control({
  id: "authentication-lockout",
  guideline: ["OS-10"],
  title: "Guessing passwords closes the account for a while",
  failing: "Passwords can be guessed without end",
  severity: "medium",
  risk: "lockout",
  rationale:
    "Without a count, a program tries passwords at the console, through su and sudo until one fits. A few wrong ones close the account for some minutes; keys still open it.",
  references: [
    { source: "CIS Debian 12", id: "5.3.3.1.1" },
    { source: "CIS Debian 12", id: "5.3.2.2" },
    { source: "CIS Debian 12", id: "5.3.3.1.2" },
    { source: "CIS Debian 13", id: "5.3.3.1.1" },
    { source: "CIS Debian 13", id: "5.3.2.2" },
    { source: "CIS Debian 13", id: "5.3.3.1.2" },
    { source: "CIS Ubuntu 22.04", id: "5.3.3.1.1" },
    { source: "CIS Ubuntu 22.04", id: "5.3.2.2" },
    { source: "CIS Ubuntu 22.04", id: "5.3.3.1.2" },
    { source: "CIS Ubuntu 24.04", id: "5.3.3.1.1" },
    { source: "CIS Ubuntu 24.04", id: "5.3.2.2" },
    { source: "CIS Ubuntu 24.04", id: "5.3.3.1.2" },
    { source: "CIS RHEL 9", id: "5.3.3.1.1" },
    { source: "CIS RHEL 9", id: "5.3.3.1.2" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-411045" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-200610" },
    { source: "STIG RHEL 9", id: "RHEL-09-411075" },
    { source: "STIG RHEL 9", id: "RHEL-09-411090" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "AC-7(a)" },
    { source: "NIST 800-53", id: "AC-7(b)" },
    { source: "man", id: "pam_faillock(8)" },
  ],
  needs: { policy },
  inspect: ({ policy: seen }, answers) => {
    const lines = stackLines(seen, ["auth", "account"]).filter(({ module }) => module === "pam_faillock");
    const text = seen.files.get("/etc/security/faillock.conf")?.content ?? "";
    const [tries, seconds] = [Number(keyLine(text, "deny") ?? 3), Number(keyLine(text, "unlock_time") ?? 600)];
    const evidence = [
      {
        asked: "pam_faillock in the common stacks",
        answered: lines.map(({ path, text: line }) => `${path}: ${line}`).join("\n") || "not there",
      },
      { asked: "faillock.conf", answered: `deny = ${tries}\nunlock_time = ${seconds}` },
    ];
    const problems = [
      ...(["preauth", "authfail"].every((word) =>
        lines.some(({ type, text: line }) => type === "auth" && line.includes(word)),
      ) && lines.some(({ type }) => type === "account")
        ? []
        : ["nothing counts wrong passwords"]),
      ...(tries > 0 && tries <= answers.get(lockoutTries) ? [] : [`${tries} tries`]),
      // 0: until an administrator opens it again.
      ...(seconds === 0 || seconds >= answers.get(lockoutMinutes) * 60 ? [] : [`open again after ${seconds} s`]),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: (facts, answers) =>
    stackOwner(facts.policy) === true
      ? [
          fragment(passwordStacks, {
            kind: "lockout",
            tries: answers.get(lockoutTries),
            seconds: answers.get(lockoutMinutes) * 60,
          }),
        ]
      : [],
  breaks: (_, answers) => [
    `whoever types a wrong password ${answers.get(lockoutTries)} times waits ${answers.get(lockoutMinutes)} minutes (root at the console too is counted only if even_deny_root is set); faillock --user NAME --reset opens at once`,
  ],
});
