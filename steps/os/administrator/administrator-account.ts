import { heals } from "../../../src/core/administrators.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { administratorPassword, administratorSudo } from "./questions.ts";
import { accountEvidence, hindrancesOf, wanted } from "./wanted.ts";

/** A person's own account, made before root is shut out. CIS 5.1.20 presupposes it; NIST IA-2. */
export const administratorAccount = control({
  id: "administrator-account",
  guideline: ["OS-05"],
  title: "A named administrator exists",
  failing: "No named administrator can log in",
  severity: "high",
  risk: "none",
  rationale:
    "When everyone is root, the log cannot say who did what, and the one account every attacker tries has to stay open. A named account of its own is also what every later lock-out check is measured by.",
  references: [
    { source: "NIST 800-53", id: "IA-2" },
    { source: "NIST 800-53", id: "AC-6(2)" },
    { source: "CIS Debian 12", id: "5.1.20" },
    { source: "CIS Debian 13", id: "5.1.21" },
    { source: "man", id: "useradd(8)" },
  ],
  needs: { known: accounts },
  inspect: ({ known }, answers) => {
    const target = wanted(known, answers);
    const evidence = [accountEvidence(known, target)];
    if (target.account === undefined) return fail(`there is no account ${target.name}`, evidence);
    const problem = hindrancesOf(target, "account");
    return problem === undefined ? pass(evidence) : fail(problem, evidence);
  },
  plan: ({ known }, answers) => {
    const { name, account, repair, home, shell } = wanted(known, answers);
    const common = {
      kind: "user" as const,
      phase: "accounts" as const,
      name,
      risk: "none" as const,
    };
    if (account === undefined) {
      const create = { system: false, home, createHome: true, shell, comment: "Administrator" };
      const passwordFrom =
        answers.get(administratorSudo) === "password" ? { passwordFrom: administratorPassword.id } : {};
      return [change({ ...common, title: `Create the administrator ${name}`, create, ...passwordFrom })];
    }
    if (!repair || (!account.expired && account.loginShell)) return [];
    const repaired = change({
      ...common,
      title: `Let ${name} log in again`,
      ...(account.expired && { neverExpires: true }),
      ...(!account.loginShell && { shell }),
    });
    return heals(known, name, "account", [repaired]) ? [repaired] : [];
  },
});
