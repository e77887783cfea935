import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Accounts, accounts, type SudoRights } from "../../../src/probes/accounts.ts";
import { type Workload, workload } from "../../../src/probes/workload.ts";
import { integrationNamed, serviceAccount } from "./wanted.ts";

/** Members of these groups are root in all but name. */
const rootlike = ["root", "sudo", "wheel", "admin", "docker", "lxd", "libvirt", "disk", "shadow", "kmem"];

const nologin = "/usr/sbin/nologin";

type Excess = { readonly reason: string; readonly remedy: "shell" | "lock" | "groups" | "by-hand" };

const rightsOf = (known: Accounts, services: Workload, name: string): SudoRights => {
  const asked = services.sudo.get(name);
  if (asked !== undefined) return asked;
  return known.accounts.find((account) => account.name === name)?.sudo ?? { reach: "nothing" };
};

const excesses = (known: Accounts, services: Workload, answers: AnswerReader): readonly Excess[] => {
  const { account, name, group } = serviceAccount(known, answers);
  if (account === undefined) return [];
  const found: Excess[] = [];
  if (account.loginShell) found.push({ reason: `its shell ${account.shell} lets it log in`, remedy: "shell" });
  if (account.password === "usable") found.push({ reason: "it has a password", remedy: "lock" });
  if (account.password === "empty") found.push({ reason: "its password is empty", remedy: "lock" });
  const groups = account.groups.filter((joined) => rootlike.includes(joined));
  if (groups.length > 0) {
    const primary = rootlike.includes(group) && account.uid !== 0;
    found.push({ reason: `group ${groups.join(", ")} is as good as root`, remedy: primary ? "by-hand" : "groups" });
  }
  const sudo = rightsOf(known, services, name);
  const fromGroup = known.sudo.group !== undefined && groups.includes(known.sudo.group) && known.sudo.group !== group;
  if ((sudo.reach === "everything" || sudo.reach === "something") && !fromGroup) {
    found.push({
      reason: "sudo gives it rights, take its name out of /etc/sudoers and /etc/sudoers.d",
      remedy: "by-hand",
    });
  }
  return found;
};

/**
 * The account where it is still to come. What is given to it (files, a unit) proposes it in the same words, so that the two are
 * one change, and that it is there even if nothing else of this step is taken.
 */
export const accountToCome = (known: Accounts, answers: AnswerReader): readonly Change[] => {
  const { name, account } = serviceAccount(known, answers);
  if (account !== undefined) return [];
  const create = {
    system: true,
    home: "/nonexistent",
    createHome: false,
    shell: nologin,
    comment: "Integration service",
    ...(known.groups.some((group) => group.name === name) && { group: name }),
  };
  return [
    change({
      kind: "user",
      phase: "accounts",
      name,
      risk: "none",
      title: `Create the service account ${name}`,
      create,
    }),
  ];
};

/** CIS 5.4.2.7 and 5.4.2.8: no shell, no password; NIST AC-6: no more rights than the work needs. */
export const serviceUserAccount = control({
  id: "service-user-account",
  guideline: ["OS-01"],
  title: "The integration has an account that can do nothing else",
  failing: "The integration has no account of its own, or one that can do too much",
  severity: "high",
  risk: "lockout",
  rationale:
    "An account that nobody logs in with, that has no password and no sudo, is of little use to whoever breaks into the service. Shared accounts let one broken service read and change the others.",
  references: [
    { source: "CIS Debian 12", id: "5.4.2.7" },
    { source: "CIS Debian 12", id: "5.4.2.8" },
    { source: "CIS Debian 13", id: "5.4.2.7" },
    { source: "CIS RHEL 9", id: "5.4.2.7" },
    { source: "STIG RHEL 9", id: "RHEL-09-411035" },
    { source: "NIST 800-53", id: "AC-6" },
    { source: "Lynis", id: "AUTH-9234" },
  ],
  needs: { known: accounts, services: workload },
  applies: ({ services }, answers) => integrationNamed(services, answers),
  inspect: ({ known, services }, answers) => {
    const { name, account } = serviceAccount(known, answers);
    const sudo = rightsOf(known, services, name);
    const evidence = [
      {
        asked: `getent passwd ${name}; passwd -S ${name}; id ${name}; sudo -l -U ${name}`,
        answered:
          account === undefined
            ? `there is no account ${name}`
            : `uid ${account.uid}, shell ${account.shell}, password ${account.password}, groups ${account.groups.join(" ")}, sudo ${sudo.reach}`,
      },
    ];
    if (account === undefined) return fail(`there is no account ${name} yet`, evidence);
    const found = excesses(known, services, answers);
    return found.length === 0
      ? pass(evidence)
      : fail(`${name}: ${found.map(({ reason }) => reason).join(", ")}`, evidence);
  },
  plan: ({ known, services }, answers) => {
    const { name, account } = serviceAccount(known, answers);
    if (account === undefined) return accountToCome(known, answers);
    const found = new Set(excesses(known, services, answers).map(({ remedy }) => remedy));
    // Half of it would be undone at once by the second inspection.
    if (found.size === 0 || found.has("by-hand")) return [];
    return [
      change({
        kind: "user",
        phase: "accounts",
        name,
        risk: "lockout",
        title: `Leave ${name} only what the service needs`,
        ...(found.has("shell") && { shell: nologin }),
        lockPassword: found.has("lock"),
        removeGroups: account.groups.slice(1).filter((group) => found.has("groups") && rootlike.includes(group)),
      }),
    ];
  },
  breaks: ({ known, services }, answers) =>
    excesses(known, services, answers).flatMap(({ reason, remedy }) => {
      const { name } = serviceAccount(known, answers);
      switch (remedy) {
        case "shell":
          return [`nobody can log in as ${name} any more (${reason})`];
        case "groups":
          return [`what ${name} reaches through its groups stops working (${reason})`];
        default:
          return [];
      }
    }),
});
