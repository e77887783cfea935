import type { Account, Accounts } from "../../../src/probes/accounts.ts";
import type { Effective } from "../../../src/probes/sshd.ts";

/** match_pattern of OpenSSH: `*` and `?`, nothing else. */
const patternMatches = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/gu, "\\$&")
      .replace(/\*/gu, ".*")
      .replace(/\?/gu, ".")}$`,
    "u",
  ).test(text);

/** A user pattern may carry a host ("op@10.0.0.*"): whoever it can mean counts as meant, whatever the address. */
const userMatches = (pattern: string, user: string): boolean => patternMatches(pattern.split("@")[0] as string, user);

const listOf = (effective: Effective, keyword: string): readonly string[] =>
  (effective[keyword] ?? []).flatMap((value) => value.split(" ")).filter((value) => value !== "");

const anyMatches = (patterns: readonly string[], matches: (pattern: string) => boolean): boolean =>
  !patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1))) &&
  patterns.some((pattern) => !pattern.startsWith("!") && matches(pattern));

/** AllowUsers or AllowGroups name somebody: not everyone with a shell may log in. */
export const isLimited = (effective: Effective): boolean =>
  listOf(effective, "allowusers").length > 0 || listOf(effective, "allowgroups").length > 0;

/** allowed_user of OpenSSH's auth.c: DenyUsers, AllowUsers, DenyGroups, AllowGroups, each has to let the account pass. */
export const admits = (effective: Effective, account: Pick<Account, "name" | "groups">): boolean => {
  const user = (pattern: string) => userMatches(pattern, account.name);
  const group = (pattern: string) => account.groups.some((name) => patternMatches(pattern, name));
  const allowUsers = listOf(effective, "allowusers");
  const allowGroups = listOf(effective, "allowgroups");
  return (
    !anyMatches(listOf(effective, "denyusers"), user) &&
    (allowUsers.length === 0 || anyMatches(allowUsers, user)) &&
    !anyMatches(listOf(effective, "denygroups"), group) &&
    (allowGroups.length === 0 || anyMatches(allowGroups, group))
  );
};

/** Keys of an account that sshd reads today. */
export const usableKeys = (account: Account) =>
  account.keyFiles.filter(({ ignored }) => ignored === undefined).flatMap(({ keys }) => keys);

/**
 * Whether the account has a way in today. Keys that come from a command or a certificate authority cannot be listed, nor
 * those of accounts that were not looked into (their key files are not known): people are then presumed to have one.
 */
export const canLogIn = ({ keyLookup }: Pick<Accounts, "keyLookup">, account: Account): boolean => {
  if (!account.loginShell || account.expired) return false;
  if (usableKeys(account).length > 0) return true;
  const elsewhere = keyLookup.command !== undefined || keyLookup.trustedUserCa || account.keyFiles.length === 0;
  return elsewhere && !account.system;
};

export const groupMembers = (accounts: Accounts, group: string): readonly string[] =>
  accounts.accounts.filter(({ groups }) => groups.includes(group)).map(({ name }) => name);
