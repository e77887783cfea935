import { type Hindrance, hindrances, keyPaths } from "../../../src/core/administrators.ts";
import { type AuthorizedKey, parseAuthorizedKey } from "../../../src/core/authorized-key.ts";
import type { Evidence } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { Account, Accounts } from "../../../src/probes/accounts.ts";
import { administratorKeys, administratorName, administratorOf, administratorRepair } from "./questions.ts";

/** What the three controls of this step share: the account as it is, or as it is to be created. */
export type Wanted = {
  readonly name: string;
  /** undefined: to be created. */
  readonly account: Account | undefined;
  /** An existing account may be given what it lacks. A new one lacks nothing that anyone meant. */
  readonly repair: boolean;
  readonly home: string;
  readonly shell: string;
  readonly hindrances: readonly Hindrance[];
};

export const wanted = (known: Accounts, answers: AnswerReader): Wanted => {
  const name = answers.get(administratorName);
  const account = administratorOf(known, answers);
  return {
    name,
    account,
    repair: account === undefined || answers.get(administratorRepair),
    home: account?.home.path ?? `/home/${name}`,
    shell: known.shells.includes("/bin/bash") ? "/bin/bash" : "/bin/sh",
    hindrances: account === undefined ? [] : hindrances(known, account),
  };
};

export const hindrancesOf = ({ name, hindrances: all }: Wanted, aspect: Hindrance["aspect"]): string | undefined => {
  const reasons = all.filter((hindrance) => hindrance.aspect === aspect).map(({ reason }) => reason);
  return reasons.length === 0 ? undefined : `${name} ${reasons.join(", ")}`;
};

/** The file that sshd reads first for the account, whether it exists or not. */
export const keyFileOf = (known: Accounts, { account, name, home }: Wanted) => {
  const path = keyPaths(known, account ?? { name, uid: -1, home: { path: home, kind: "missing" } }).at(0);
  return path === undefined ? undefined : { path, now: account?.keyFiles.find((file) => file.path === path) };
};

/** Keys that were answered and that no key file of the account has. */
export const missingKeys = ({ account }: Wanted, answers: AnswerReader): readonly AuthorizedKey[] => {
  const present = new Set(account?.keyFiles.flatMap(({ keys }) => keys.map(({ fingerprint }) => fingerprint)) ?? []);
  return answers
    .get(administratorKeys)
    .flatMap((line) => parseAuthorizedKey(line) ?? [])
    .filter(({ fingerprint }) => !present.has(fingerprint));
};

const password = {
  usable: "password set",
  locked: "password locked",
  empty: "empty password",
  none: "no password",
} as const;

export const accountEvidence = (known: Accounts, { name, account }: Wanted): Evidence => {
  const others = known.accounts.filter(({ uid, loginShell, system }) => uid !== 0 && loginShell && !system);
  return {
    asked: `getent passwd ${name}; chage -l ${name}`,
    answered: account
      ? `uid ${account.uid}, shell ${account.shell}, ${account.expires ? `expires ${account.expires}` : "never expires"}, ${password[account.password]}`
      : `there is no ${name}; ${others.length === 0 ? "only root can log in" : `with a shell: ${others.map((other) => other.name).join(", ")}`}`,
  };
};

export const keyEvidence = (known: Accounts, target: Wanted): Evidence => {
  const files = target.account?.keyFiles.filter(({ file, keys }) => file !== null || keys.length > 0) ?? [];
  return {
    asked: `ssh-keygen -l -f ${keyFileOf(known, target)?.path ?? "(sshd reads no key files)"}`,
    answered:
      files.length === 0
        ? "no such file"
        : files
            .flatMap(({ path, keys, file }) => [
              `${path}${file ? ` mode ${file.mode} ${file.owner}:${file.group}` : ""}`,
              ...keys.map(({ type, bits, fingerprint, comment }) => `${bits} ${fingerprint} ${comment} (${type})`),
            ])
            .join("\n"),
  };
};

export const sudoEvidence = (known: Accounts, { name, account }: Wanted): Evidence => {
  const answered = (): string => {
    if (!known.sudo.installed) return known.doas ? "sudo is not installed (doas is)" : "sudo is not installed";
    if (account === undefined) return `there is no ${name}`;
    switch (account.sudo.reach) {
      case "everything":
        return `every command as root, ${account.sudo.password ? "with its password" : "without a password"}`;
      case "something":
        return "some commands only";
      case "nothing":
        return "not allowed to run sudo";
      case "unknown":
        return account.sudo.reason;
    }
  };
  return { asked: `sudo -l -U ${name}`, answered: answered() };
};
