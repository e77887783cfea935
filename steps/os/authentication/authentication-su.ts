import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { type Policy, policy } from "../../../src/probes/policy.ts";
import { suGroup, suUsers } from "./questions.ts";

/** The line of pam.d/su that counts, and the group it names. */
const wheelLine = ({ files }: Policy): { readonly text: string; readonly group: string | undefined } | undefined => {
  const text = (files.get("/etc/pam.d/su")?.content ?? "")
    .split("\n")
    .find((line) => /^\s*auth\s+(?:required|requisite)\s+pam_wheel\.so\b/u.test(line));
  return text === undefined ? undefined : { text: text.trim(), group: /\bgroup=(\S+)/u.exec(text)?.[1] };
};

/** After pam_rootok, so that root itself is asked nothing; a line that is there in comment keeps its place. */
export const suStack = (content: string): string => {
  const line = `auth       required   pam_wheel.so use_uid group=${suGroup}`;
  const lines = content.split("\n").filter((each) => !/^\s*auth\s+\S+\s+pam_wheel\.so\b/u.test(each));
  const rootok = lines.findIndex((each) => /^\s*auth\s+sufficient\s+pam_rootok\.so/u.test(each));
  return [...lines.slice(0, rootok + 1), line, ...lines.slice(rootok + 1)].join("\n");
};

/** su(1), pam_wheel(8); CIS Debian 12 5.2.7. */
export const su = control({
  id: "authentication-su",
  guideline: ["OS-10"],
  title: "Only named accounts may use su",
  failing: "Every account may try root's password with su",
  severity: "medium",
  risk: "lockout",
  rationale:
    "su asks for the password of whoever one wants to become, as often as one likes, and leaves no word on what is done then. sudo asks for one's own and writes down every command.",
  references: [
    { source: "CIS Debian 12", id: "5.2.7" },
    { source: "CIS Debian 13", id: "5.2.7" },
    { source: "CIS Ubuntu 22.04", id: "5.2.7" },
    { source: "CIS Ubuntu 24.04", id: "5.2.7" },
    { source: "CIS RHEL 9", id: "5.2.7" },
    { source: "man", id: "pam_wheel(8)" },
  ],
  needs: { policy, known: accounts },
  applies: (facts) => facts.policy.files.has("/etc/pam.d/su") || "there is no /etc/pam.d/su",
  inspect: (facts, answers) => {
    const line = wheelLine(facts.policy);
    const name = line?.group ?? "wheel";
    const members =
      facts.policy.groups.get(name) ?? facts.known.groups.find((group) => group.name === name)?.members ?? [];
    const evidence = [
      { asked: "pam_wheel in /etc/pam.d/su", answered: line?.text ?? "not there" },
      { asked: `getent group ${name}`, answered: members.join(", ") || "no members" },
    ];
    if (line === undefined) return fail("nothing restricts it", evidence);
    const surplus = members.filter((member) => !answers.get(suUsers).includes(member));
    return surplus.length === 0
      ? pass(evidence)
      : fail(`${surplus.join(", ")} may, and ${surplus.length === 1 ? "was" : "were"} not named`, evidence);
  },
  plan: (facts, answers) => {
    const before = facts.policy.files.get("/etc/pam.d/su");
    const line = wheelLine(facts.policy);
    // A group that somebody else chose is theirs to empty.
    if (before === undefined || (line !== undefined && line.group !== suGroup)) return [];
    const group = facts.known.groups.find(({ name }) => name === suGroup);
    return [
      change({
        kind: "group",
        phase: "accounts",
        risk: "none",
        title: `A group for those who may use su: ${suGroup}`,
        name: suGroup,
        system: true,
        exists: group !== undefined,
        addMembers: answers.get(suUsers).filter((name) => !group?.members.includes(name)),
      }),
      change({
        kind: "file",
        phase: "access",
        risk: "lockout",
        title: `su: only for the group ${suGroup}`,
        path: "/etc/pam.d/su",
        before,
        after: { ...before, content: suStack(before.content) },
      }),
    ];
  },
  breaks: (_, answers) =>
    answers.get(suUsers).length === 0 ? ["nobody but root uses su any more: sudo is the way to other accounts"] : [],
});
