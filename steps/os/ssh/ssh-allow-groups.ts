import { change } from "../../../src/model/change.ts";
import { control, fragment, type Proposal } from "../../../src/model/control.ts";
import { type Evidence, passWhen } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Accounts, accounts } from "../../../src/probes/accounts.ts";
import { type Effective, type Sshd, sshd } from "../../../src/probes/sshd.ts";
import { admits, canLogIn, groupMembers, isLimited } from "./admission.ts";
import { setByUs, sshdConfig } from "./composer.ts";
import { type Perspective, perspectivesOf } from "./perspectives.ts";
import { group, users } from "./questions.ts";
import type { Setting } from "./settings.ts";

/** Accounts that a configuration lets in with a key although nobody chose them. Root is another control's business. */
const uninvited = (known: Accounts, effective: Effective, chosen: readonly string[]): readonly string[] =>
  known.accounts
    .filter(
      (account) =>
        account.uid !== 0 && canLogIn(known, account) && admits(effective, account) && !chosen.includes(account.name),
    )
    .map(({ name }) => name);

/** Chosen accounts that a configuration turns away. */
const turnedAway = (known: Accounts, effective: Effective, chosen: readonly string[]): readonly string[] =>
  chosen.filter((name) => {
    const account = known.accounts.find((each) => each.name === name);
    return account === undefined || !admits(effective, account);
  });

/** Whether a configuration lets in whoever was chosen, and nobody else with a key. */
const acceptance = (known: Accounts, sshd: Sshd, answers: AnswerReader) => {
  const chosen = answers.get(users);
  const name = answers.get(group);
  const ours = setByUs(sshd).has("allowgroups");
  return ({ effective, scope }: Pick<Perspective, "effective" | "scope">): boolean => {
    if (!isLimited(effective) || uninvited(known, effective, chosen).length > 0) return false;
    // A Match block may narrow further; what everyone meets must let in whoever was chosen.
    if (scope !== "everyone") return true;
    if (ours && effective.allowgroups?.join(" ") !== name) return false;
    return turnedAway(known, effective, chosen).length === 0;
  };
};

const setting = (known: Accounts, sshd: Sshd, answers: AnswerReader): Setting => {
  const fits = acceptance(known, sshd, answers);
  return {
    keyword: "AllowGroups",
    values: [answers.get(group)],
    accepts: (_, effective, { scope }) => fits({ effective, scope }),
    additive: { keywords: ["AllowGroups", "AllowUsers"] },
  };
};

/** A list of who may log in, kept as a group. sshd_config(5) AllowGroups. */
export const allowGroups = control({
  id: "ssh-allow-groups",
  guideline: ["OS-05"],
  title: "Only chosen accounts can log in over SSH",
  failing: "SSH is open to every account with a shell",
  severity: "medium",
  risk: "lockout",
  rationale:
    "Accounts come with packages, former colleagues and experiments, and each of them is a way in once somebody has its key. A group named in AllowGroups keeps the door to those who need it; everyone else is refused before anything is tried.",
  references: [
    { source: "CIS Debian 12", id: "5.1.4" },
    { source: "CIS Debian 13", id: "5.1.4" },
    { source: "CIS Ubuntu 22.04", id: "5.1.4" },
    { source: "CIS Ubuntu 24.04", id: "5.1.4" },
    { source: "CIS RHEL 9", id: "5.1.7" },
    { source: "NIST 800-53", id: "AC-3" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "Lynis", id: "SSH-7440" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd, accounts },
  inspect: ({ sshd, accounts }, answers) => {
    const chosen = answers.get(users);
    const fits = acceptance(accounts, sshd, answers);
    const perspectives = perspectivesOf(sshd);
    const wrong = perspectives.filter((perspective) => !fits(perspective));
    const evidence = [perspectives[0] as Perspective, ...wrong.filter(({ scope }) => scope !== "everyone")].map(
      ({ asked, effective }): Evidence => ({ asked, answered: listsOf(effective) }),
    );
    const first = wrong[0];
    return passWhen(first === undefined, evidence, first && reason(accounts, first, chosen));
  },
  plan: ({ accounts, sshd }, answers): readonly Proposal[] => {
    const name = answers.get(group);
    const chosen = answers.get(users);
    const members = groupMembers(accounts, name);
    const exists = accounts.groups.some((each) => each.name === name);
    const narrow = setting(accounts, sshd, answers);
    const everyone = { effective: sshd.views[0].effective, scope: "everyone" as const };
    // What everyone meets is right, so only Match blocks are to mend: nobody's membership changes.
    if (acceptance(accounts, sshd, answers)(everyone)) return [fragment(sshdConfig, narrow)];
    return [
      ...(exists
        ? []
        : [
            change({
              kind: "group",
              title: `SSH: create group ${name}`,
              risk: "none",
              phase: "accounts",
              name,
              system: true,
              exists,
            }),
          ]),
      ...chosen
        .filter((user) => !members.includes(user))
        .map((user) =>
          change({
            kind: "user",
            title: `SSH: ${user} joins ${name}`,
            risk: "none",
            phase: "accounts",
            name: user,
            addGroups: [name],
          }),
        ),
      ...uninvited(accounts, { allowgroups: [name] }, chosen).map((user) =>
        change({
          kind: "user",
          title: `SSH: ${user} leaves ${name}`,
          risk: "lockout",
          phase: "accounts",
          name: user,
          removeGroups: [name],
        }),
      ),
      fragment(sshdConfig, narrow),
    ];
  },
  breaks: ({ sshd, accounts }, answers) => {
    const chosen = answers.get(users);
    return uninvited(accounts, sshd.views[0].effective, chosen).map(
      (name) => `${name} can log in with a key today and is not among those chosen`,
    );
  },
});

const listsOf = (effective: Effective): string =>
  ["allowgroups", "allowusers", "denygroups", "denyusers"]
    .flatMap((keyword) => (effective[keyword] ?? []).map((value) => `${keyword} ${value}`))
    .join("\n") || "no allowgroups, no allowusers";

const reason = (known: Accounts, { effective, scope, who }: Perspective, chosen: readonly string[]): string => {
  const where = scope === "everyone" ? "" : ` (${who})`;
  if (!isLimited(effective)) return `neither AllowGroups nor AllowUsers is set${where}`;
  const extra = uninvited(known, effective, chosen);
  if (extra.length > 0)
    return `${extra.join(", ")} can log in but ${extra.length === 1 ? "was" : "were"} not chosen${where}`;
  const away = turnedAway(known, effective, chosen);
  if (away.length === 0) return `AllowGroups is ${effective.allowgroups?.join(" ")}${where}, another group was chosen`;
  return `${away.join(", ")} cannot log in but should${where}`;
};
