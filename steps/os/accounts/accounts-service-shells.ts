import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Account, type Accounts, accounts } from "../../../src/probes/accounts.ts";
import { shellsKept } from "./questions.ts";

/** Accounts that passwd(5) gives a shell for a purpose of their own. */
const special = ["root", "sync", "shutdown", "halt"];

const open = (known: Accounts, kept: readonly string[]): readonly Account[] =>
  known.accounts.filter(
    ({ name, system, loginShell }) => system && loginShell && !special.includes(name) && !kept.includes(name),
  );

/** nologin(8); CIS Debian 12 5.4.2.7, 5.4.2.8. */
export const serviceShells = control({
  id: "accounts-service-shells",
  guideline: ["OS-10", "OS-01"],
  title: "Accounts of services cannot log in",
  failing: "Accounts of services can log in",
  severity: "medium",
  risk: "lockout",
  rationale:
    "A service runs without ever logging in. With a shell, a key that slips into its home or a guessed password becomes a session with all that the service may do.",
  references: [
    { source: "CIS Debian 12", id: "5.4.2.7" },
    { source: "CIS Debian 12", id: "5.4.2.8" },
    { source: "CIS Debian 13", id: "5.4.2.7" },
    { source: "CIS Debian 13", id: "5.4.2.8" },
    { source: "CIS Ubuntu 22.04", id: "5.4.2.7" },
    { source: "CIS Ubuntu 22.04", id: "5.4.2.8" },
    { source: "CIS Ubuntu 24.04", id: "5.4.2.7" },
    { source: "CIS Ubuntu 24.04", id: "5.4.2.8" },
    { source: "CIS RHEL 9", id: "5.4.2.7" },
    { source: "CIS RHEL 9", id: "5.4.2.8" },
    { source: "STIG RHEL 9", id: "RHEL-09-411035" },
    { source: "NIST 800-53", id: "AC-6" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "CM-6(b)" },
    { source: "NIST 800-53", id: "CM-6.1(iv)" },
    { source: "man", id: "nologin(8)" },
  ],
  needs: { known: accounts },
  inspect: ({ known }, answers) => {
    const bad = open(known, answers.get(shellsKept));
    const evidence = [
      {
        asked: "getent passwd: system accounts with a shell",
        answered: bad.map(({ name, shell }) => `${name} ${shell}`).join("\n") || "none",
      },
    ];
    return bad.length === 0 ? pass(evidence) : fail(bad.map(({ name }) => name).join(", "), evidence);
  },
  plan: ({ known }, answers) =>
    open(known, answers.get(shellsKept)).map(({ name }) =>
      change({
        kind: "user",
        phase: "accounts",
        risk: "lockout",
        title: `${name}: no shell`,
        name,
        shell: "/usr/sbin/nologin",
      }),
    ),
  breaks: ({ known }, answers) =>
    open(known, answers.get(shellsKept)).map(
      ({ name }) => `"su - ${name}" and jobs that log in as ${name} are refused (sudo -u ${name} still works)`,
    ),
});
