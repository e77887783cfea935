import { change } from "../../../src/model/change.ts";
import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Ageing, type Policy, policy } from "../../../src/probes/policy.ts";
import { accountDefaults, defaultOf } from "./composer.ts";
import { passwordDays } from "./questions.ts";

const inactiveDays = 45;
const warningDays = 7;

/** Accounts that a password opens. Those without one cannot have it too long. */
const withPassword = ({ ageing }: Policy): readonly Ageing[] =>
  ageing.filter(({ hash }) => hash !== "none" && hash !== "empty");

const tooLong = ({ maximum }: Ageing, days: number): boolean => maximum === undefined || maximum < 0 || maximum > days;

/** Its password is older than would be allowed: with a limit it would have to be changed at the next login, also with a key. */
const overdue = ({ lastChange }: Ageing, today: number, days: number): boolean =>
  lastChange === undefined || lastChange + days < today;

/** login.defs(5), useradd(8), chage(1); CIS Debian 12 5.4.1.x. */
export const passwordAge = control({
  id: "accounts-password-age",
  guideline: ["OS-10"],
  title: "Passwords do not last for ever",
  failing: "Passwords never have to be changed",
  severity: "low",
  risk: "lockout",
  rationale:
    "A password that was lost years ago should not open anything today. Accounts that nobody used since theirs ran out are closed by themselves.",
  references: [
    { source: "CIS Debian 12", id: "5.4.1.1" },
    { source: "CIS Debian 12", id: "5.4.1.5" },
    { source: "CIS Debian 13", id: "5.4.1.1" },
    { source: "CIS Debian 13", id: "5.4.1.5" },
    { source: "CIS Ubuntu 22.04", id: "5.4.1.1" },
    { source: "CIS Ubuntu 22.04", id: "5.4.1.5" },
    { source: "CIS Ubuntu 24.04", id: "5.4.1.1" },
    { source: "CIS Ubuntu 24.04", id: "5.4.1.5" },
    { source: "CIS RHEL 9", id: "5.4.1.1" },
    { source: "CIS RHEL 9", id: "5.4.1.5" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-411030" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-411035" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-400310" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-200260" },
    { source: "STIG RHEL 9", id: "RHEL-09-411010" },
    { source: "STIG RHEL 9", id: "RHEL-09-411050" },
    { source: "NIST 800-53", id: "IA-5(f)" },
    { source: "NIST 800-53", id: "IA-5(1)(d)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "IA-4(e)" },
    { source: "NIST 800-53", id: "AC-2(3)" },
    { source: "CIS Debian 12", id: "5.4.1.3" },
    { source: "Lynis", id: "AUTH-9286" },
    { source: "man", id: "chage(1)" },
  ],
  needs: { policy },
  applies: (facts, answers) => {
    if (answers.get(passwordDays) === 0) return "passwords are meant to last (accounts.password-days is 0)";
    return facts.policy.files.has("/etc/login.defs") || "there is no /etc/login.defs";
  },
  inspect: ({ policy: seen }, answers) => {
    const days = answers.get(passwordDays);
    const known = {
      PASS_MAX_DAYS: defaultOf(seen, "/etc/login.defs", "PASS_MAX_DAYS"),
      PASS_WARN_AGE: defaultOf(seen, "/etc/login.defs", "PASS_WARN_AGE"),
      INACTIVE: defaultOf(seen, "/etc/default/useradd", "INACTIVE"),
    };
    const limit = Number(known.PASS_MAX_DAYS);
    const inactive = Number(known.INACTIVE ?? Number.NaN);
    const people = withPassword(seen);
    const late = people.filter((each) => tooLong(each, days));
    const evidence = [
      {
        asked: "login.defs, default/useradd",
        answered: Object.entries(known)
          .map(([key, value]) => `${key} ${value ?? "not set"}`)
          .join("\n"),
      },
      {
        asked: "chage --list of accounts with a password",
        answered:
          people.map(({ user, maximum }) => `${user}: at most ${maximum ?? "any number of"} days`).join("\n") || "none",
      },
    ];
    const problems = [
      ...(limit > 0 && limit <= days ? [] : [`new accounts: ${known.PASS_MAX_DAYS ?? "no limit"} days`]),
      ...(Number(known.PASS_WARN_AGE) >= warningDays ? [] : ["new accounts are warned too late"]),
      ...(seen.files.has("/etc/default/useradd") && !(inactive >= 0 && inactive <= inactiveDays)
        ? ["accounts nobody uses stay open"]
        : []),
      ...late.map((each) =>
        overdue(each, seen.today, days)
          ? `${each.user} (has to choose a new password first: passwd ${each.user})`
          : each.user,
      ),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ policy: seen }, answers) => {
    const days = answers.get(passwordDays);
    const late = withPassword(seen).filter((each) => tooLong(each, days));
    // A limit would put such an account at the mercy of its next login: nothing is half done.
    if (late.some((each) => overdue(each, seen.today, days))) return [];
    const atMost = (value: string | undefined, limit: number) => {
      const found = Number(value ?? Number.NaN);
      return found > 0 && found <= limit ? String(found) : String(limit);
    };
    const inactive = Number(defaultOf(seen, "/etc/default/useradd", "INACTIVE") ?? Number.NaN);
    return [
      fragment(accountDefaults, {
        file: "/etc/login.defs",
        key: "PASS_MAX_DAYS",
        value: atMost(defaultOf(seen, "/etc/login.defs", "PASS_MAX_DAYS"), days),
      }),
      fragment(accountDefaults, {
        file: "/etc/login.defs",
        key: "PASS_WARN_AGE",
        value: String(Math.max(warningDays, Number(defaultOf(seen, "/etc/login.defs", "PASS_WARN_AGE")) || 0)),
      }),
      fragment(accountDefaults, {
        file: "/etc/default/useradd",
        key: "INACTIVE",
        value: inactive >= 0 && inactive <= inactiveDays ? String(inactive) : String(inactiveDays),
      }),
      ...late.map(({ user }) =>
        change({
          kind: "command",
          phase: "accounts",
          risk: "lockout",
          title: `${user}: a password lasts ${days} days`,
          argv: ["chage", "--maxdays", String(days), "--warndays", String(warningDays), user],
          touches: ["/etc/shadow", "/etc/shadow-"],
        }),
      ),
    ];
  },
  breaks: ({ policy: seen }, answers) =>
    withPassword(seen)
      .filter((each) => tooLong(each, answers.get(passwordDays)))
      .map(
        ({ user }) =>
          `${user} has to choose a new password in time: once it ran out, even logins with a key ask for one`,
      ),
});
