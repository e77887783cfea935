import { administratorGroup, sudoDropIn } from "../../../src/core/administrators.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Accounts, accounts } from "../../../src/probes/accounts.ts";
import { administratorPassword, administratorSudo } from "./questions.ts";
import { sudoRule } from "./sudo-rule.ts";
import { hindrancesOf, sudoEvidence, type Wanted, wanted } from "./wanted.ts";

/** The account may do everything already, but is asked for its password where it should not be, or the reverse. */
const asksOtherwise = ({ account }: Wanted, password: boolean): boolean =>
  account?.sudo.reach === "everything" && account.sudo.password !== password;

/** sudoers(5), visudo(8). */
export const administratorSudoRights = control({
  id: "administrator-sudo",
  guideline: ["OS-05"],
  title: "The administrator becomes root with sudo",
  failing: "The administrator cannot become root as agreed",
  severity: "high",
  risk: "none",
  rationale:
    "Once root cannot log in, sudo is the only way to administer the server. It also writes down who ran what, which a shared root login never does.",
  references: [
    { source: "NIST 800-53", id: "AC-6(2)" },
    { source: "man", id: "sudoers(5)" },
  ],
  needs: { known: accounts },
  inspect: ({ known }, answers) => {
    const target = wanted(known, answers);
    const evidence = [sudoEvidence(known, target)];
    if (target.account === undefined) return fail(`there is no account ${target.name} yet`, evidence);
    const problem = hindrancesOf(target, "sudo");
    if (problem !== undefined) return fail(problem, evidence);
    const password = answers.get(administratorSudo) === "password";
    if (!asksOtherwise(target, password)) return pass(evidence);
    return fail(
      password ? `sudo does not ask ${target.name} for a password` : `sudo asks ${target.name} for a password`,
      evidence,
    );
  },
  plan: ({ known }, answers) => {
    const target = wanted(known, answers);
    const password = answers.get(administratorSudo) === "password";
    const changes = asksOtherwise(target, password);
    if (!target.repair && !changes) return [];
    return [
      ...(known.sudo.installed
        ? []
        : [change({ kind: "package", phase: "packages", risk: "none", title: "Install sudo", names: ["sudo"] })]),
      ...(target.account?.sudo.reach === "everything" && !changes
        ? []
        : grant(known, target.name, password, changes && password)),
      ...(target.account !== undefined && target.repair && password && target.account.password !== "usable"
        ? [
            change({
              kind: "user",
              phase: "accounts",
              risk: "none",
              title: `Set the password of ${target.name}`,
              name: target.name,
              passwordFrom: administratorPassword.id,
            }),
          ]
        : []),
    ];
  },
  breaks: ({ known }, answers) => {
    const target = wanted(known, answers);
    return answers.get(administratorSudo) === "password" && asksOtherwise(target, true)
      ? [`scripts that run sudo as ${target.name} without a terminal will be asked for a password`]
      : [];
  },
});

const grant = (known: Accounts, name: string, password: boolean, narrows: boolean) => {
  const group = administratorGroup(known);
  // A sudo that is yet to be installed reads its drop-ins: every distribution ships it so.
  if (known.sudo.installed && !known.sudo.readsDropIns && group !== undefined) {
    return [
      change({
        kind: "user",
        phase: "accounts",
        risk: "none",
        title: `Add ${name} to the group ${group}`,
        name,
        addGroups: [group],
      }),
    ];
  }
  const content = sudoRule(name, password);
  return [
    change({
      kind: "file",
      phase: "access",
      risk: narrows ? "lockout" : "none",
      title: password ? `Let ${name} become root with a password` : `Let ${name} become root`,
      path: sudoDropIn,
      before: known.sudo.dropIn,
      after: { content, mode: "0440", owner: "root", group: "root" },
      // visudo comes with sudo: a package that this very plan installs cannot judge beforehand.
      checks: known.sudo.installed
        ? [{ argv: ["visudo", "-c", "-q", "-f", "@files/check-sudoers"], files: { "check-sudoers": content } }]
        : [],
      verify: [["visudo", "-c", "-q"]],
    }),
  ];
};
