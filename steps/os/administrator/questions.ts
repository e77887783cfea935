import { z } from "zod";
import {
  accountHoldsKey,
  administratorCandidates,
  hindrances,
  keyHindrance,
  keyWeakness,
  usableAdministrators,
} from "../../../src/core/administrators.ts";
import { type AuthorizedKey, parseAuthorizedKey } from "../../../src/core/authorized-key.ts";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { type AnswerReader, question } from "../../../src/model/question.ts";
import { type Account, type Accounts, accountNamed, accounts } from "../../../src/probes/accounts.ts";

const needs = { known: raw(accounts) };
type Asked = { readonly known: Fact<Accounts> };

/** The first name for a new account that nothing on the machine bears yet. */
const freeName = (known: Accounts | undefined): string =>
  ["admin", "administrator", "sysadmin", "operations"].find(
    (name) => known === undefined || taken(known, name) === undefined,
  ) ?? "admin";

/** Why a name cannot become a new account; useradd(8) CAVEATS for the spelling. */
const taken = (known: Accounts, name: string): string | undefined => {
  if (!/^[a-z_][a-z0-9_-]{0,31}$/u.test(name)) {
    return `"${name}" cannot be an account's name: use small letters, digits, - and _, beginning with a letter`;
  }
  if (known.groups.some((group) => group.name === name)) {
    return `there is a group called ${name} already: a new account would share it; choose another name`;
  }
  if (known.homeFolders.includes(name)) {
    return `/home/${name} is left over from an earlier account: choose another name, or move the folder away`;
  }
  return undefined;
};

export const administratorName = question({
  id: "administrator.name",
  kind: "text",
  label: "Administrator",
  title: "Which account administers this server?",
  why: "Everything that narrows access later is judged by this account: it must log in with a key and become root, and after the changes it is the one that logs in to confirm them. Proposed is whoever is logged in now, else the first account that can do both, else a new one.",
  schema: z
    .string()
    .trim()
    .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/u, "must be an account's name, such as alice"),
  needs,
  default: ({ known: fact }) => {
    const known = knownValue(fact);
    if (known === undefined) return freeName(undefined);
    const usable = usableAdministrators(known);
    const candidates = [...administratorCandidates(known)].sort(
      (a, b) => hindrances(known, a).length - hindrances(known, b).length,
    );
    const mine = (account: Account) => account.name === known.current.user;
    const proposed = usable.find(mine) ?? usable[0] ?? candidates.find(mine) ?? candidates[0];
    return proposed?.name ?? freeName(known);
  },
  current: ({ known: fact }) => {
    const known = knownValue(fact);
    if (known === undefined) return "unknown";
    const usable = usableAdministrators(known).map(({ name }) => name);
    return usable.length > 0 ? usable.join(", ") : "nobody but root";
  },
  check: (name, { known: fact }) => {
    const known = knownValue(fact);
    if (known === undefined) return undefined;
    const account = accountNamed(known, name);
    if (account === undefined) return taken(known, name);
    if (account.uid === 0) return `${name} is root: name the account of a person, so that the log tells who did what`;
    if (account.system) return `${name} is a system account: name the account of a person`;
    if (/^[A-Z][A-Z0-9_]*$/u.test(name)) return `sudo would take ${name} for an alias: choose another account`;
    return undefined;
  },
});

/** The account the answer names; undefined while it does not exist. */
export const administratorOf = (known: Accounts, answers: AnswerReader): Account | undefined =>
  accountNamed(known, answers.get(administratorName));

/** Keys of root that open a shell: whoever is root today is who must get in tomorrow. */
const rootsKeys = (known: Accounts): readonly AuthorizedKey[] =>
  (known.accounts.find(({ uid }) => uid === 0)?.keyFiles ?? [])
    .filter(({ ignored }) => ignored === undefined)
    .flatMap(({ keys }) => keys)
    .filter((key) => keyHindrance(key, known) === undefined);

const lines = (keys: readonly AuthorizedKey[]): readonly string[] => [...new Set(keys.map(({ line }) => line))];

const describeKey = (text: string): string => {
  const key = parseAuthorizedKey(text);
  return key === undefined ? "unreadable key" : `${key.type} ${key.comment || key.fingerprint}`;
};

const keyText = z
  .string()
  .trim()
  .superRefine((text, context) => {
    if (/PRIVATE KEY/u.test(text)) {
      const message =
        "this is a private key: it must never leave your computer; paste the line of the file that ends in .pub";
      context.addIssue({ code: "custom", message });
      return;
    }
    if (/[\n\r\0]/u.test(text))
      context.addIssue({ code: "custom", message: "one key is one line: paste several keys one by one" });
    else if (parseAuthorizedKey(text) === undefined) {
      const message = `"${text.slice(0, 24)}…" is not a public key: it begins with ssh-ed25519, ecdsa-sha2-… or ssh-rsa, and is copied whole`;
      context.addIssue({ code: "custom", message });
    }
  });

export const administratorKeys = question({
  id: "administrator.keys",
  kind: "list",
  label: "Keys",
  title: "Which public keys open this account?",
  why: "A key cannot be guessed or phished as a password can. Proposed are the keys the account has; for a new account the keys that open root today, so that whoever gets in now gets in tomorrow. Keys that are there already stay.",
  schema: z.array(keyText),
  needs,
  default: ({ known: fact }, answers) => {
    const known = knownValue(fact);
    if (known === undefined) return [];
    const account = administratorOf(known, answers);
    const keys = account ? account.keyFiles.flatMap((file) => file.keys) : rootsKeys(known);
    return [...lines(keys.filter((key) => keyWeakness(key) === undefined))];
  },
  current: ({ known: fact }) => {
    const known = knownValue(fact);
    if (known === undefined) return "unknown";
    const keys = usableAdministrators(known).flatMap(({ keyFiles }) => keyFiles.flatMap((file) => file.keys));
    return keys.length === 0 ? "none" : lines(keys).map(describeKey).join(", ");
  },
  check: (values, { known: fact }) => {
    const known = knownValue(fact);
    for (const value of values) {
      const key = parseAuthorizedKey(value);
      if (key === undefined) continue;
      const held = known?.accounts.some((account) => accountHoldsKey(account, key)) ?? false;
      const weakness = keyWeakness(key, held ? 2048 : 3072);
      if (weakness !== undefined) return `${describeKey(value)}: ${weakness}; make one with: ssh-keygen -t ed25519`;
    }
    return undefined;
  },
  describe: (values) => (values.length === 0 ? "none" : values.map(describeKey).join(", ")),
});

/** Whether the account named exists and lacks something that can be given to it. */
const canBeRepaired = ({ known: fact }: Asked, answers: AnswerReader): boolean => {
  const known = knownValue(fact);
  const account = known && administratorOf(known, answers);
  return known !== undefined && account !== undefined && hindrances(known, account).length > 0;
};

export const administratorRepair = question({
  id: "administrator.repair",
  kind: "confirm",
  label: "Repair the account",
  title: "Give this account back what it lacks?",
  why: "The account exists and cannot administer the server as it is: it may have expired, sudo may not know it, or others could write to its keys. Someone may have meant that, so nobody's rights grow unless you say so here.",
  schema: z.boolean(),
  needs,
  when: canBeRepaired,
  default: () => false,
});

export const administratorSudo = question({
  id: "administrator.sudo",
  kind: "select",
  label: "Becoming root",
  title: "Does sudo ask this account for its password?",
  why: "Asking protects a terminal that was left open; it needs a password that you know. Kept is what the account has now; a new account has no password, so its key alone must do.",
  schema: z.enum(["password", "nopasswd"]),
  needs,
  choices: () => [
    { value: "nopasswd", label: "No, the key is enough", hint: "works for a new account, and for unattended logins" },
    { value: "password", label: "Yes, ask for the password", hint: "the account needs a password" },
  ],
  default: ({ known: fact }, answers) => {
    const known = knownValue(fact);
    const account = known && administratorOf(known, answers);
    if (account === undefined) return "nopasswd";
    if (account.sudo.reach === "everything") return account.sudo.password ? "password" : "nopasswd";
    return account.password === "usable" ? "password" : "nopasswd";
  },
  describe: (value) => (value === "password" ? "sudo asks for the password" : "sudo asks nothing"),
});

/** sudo is to ask for a password, and the account has none that could be typed. */
export const needsPassword = ({ known: fact }: Asked, answers: AnswerReader): boolean => {
  const known = knownValue(fact);
  if (known === undefined || answers.get(administratorSudo) !== "password") return false;
  const account = administratorOf(known, answers);
  return account === undefined || (account.password !== "usable" && answers.get(administratorRepair));
};

export const administratorPassword = question({
  id: "administrator.password",
  kind: "secret",
  label: "Password",
  title: "Which password shall sudo ask this account for?",
  why: "It is set on the account with chpasswd, over standard input: it is in no plan, no log and no command line.",
  schema: z
    .string()
    .min(12, "must have at least 12 characters")
    .regex(/^[^\n\r\0:]*$/u, "must not contain line breaks or a colon"),
  needs,
  when: needsPassword,
  default: () => "",
});
