import type { Change, ChangeOf } from "../model/change.ts";
import {
  type Account,
  type Accounts,
  accountNamed,
  insecurity,
  type KeyFile,
  type PathState,
  privateGroups,
} from "../probes/accounts.ts";
import { type AuthorizedKey, fromAllows, optionValue, parseAuthorizedKey } from "./authorized-key.ts";

/** sudo obeys the last rule that matches, and reads drop-ins in lexical order: this one comes last (sudoers(5)). */
export const sudoDropIn = "/etc/sudoers.d/zz-drawbridge-administrator";

/** Something that keeps an account from logging in with a key and becoming root. */
export type Hindrance = {
  readonly aspect: "account" | "key" | "sudo";
  /** Completes a sentence that begins with the account's name: "has no key". */
  readonly reason: string;
  /** What would make it safe, as an instruction. */
  readonly remedy: string;
};

/** Why nobody should rely on a key of this kind; `rsaBits`: the least an RSA key must have. NIST SP 800-57 part 1, table 2. */
export const keyWeakness = (key: AuthorizedKey, rsaBits = 2048): string | undefined => {
  if (key.type === "ssh-dss") return "DSA keys are refused by today's sshd";
  if (key.type === "ssh-rsa" && key.bits < rsaBits) return `RSA with ${key.bits} bits is too weak`;
  return undefined;
};

/** Why sshd would not let this key open a shell from where the operator sits; undefined when it would. */
export const keyHindrance = (key: AuthorizedKey, known: Accounts): string | undefined => {
  const weakness = keyWeakness(key);
  if (weakness !== undefined) return weakness;
  if (key.options.some((option) => /^cert-authority$/iu.test(option))) return "it is a certificate authority's key";
  if (optionValue(key, "command") !== undefined) return "it runs a fixed command only";
  const expiry = optionValue(key, "expiry-time");
  if (expiry !== undefined && expiryTime(expiry) <= known.now) return `it expired on ${expiry.slice(0, 8)}`;
  const from = optionValue(key, "from");
  const address = known.current.ssh?.address;
  if (from !== undefined && address !== undefined && !fromAllows(from, address)) {
    return `it is accepted from ${from} only, and you come from ${address}`;
  }
  return undefined;
};

/** YYYYMMDD[HHMM[SS]][Z] of sshd(8) as seconds since 1970; what cannot be read has expired. */
const expiryTime = (text: string): number => {
  const [, year, month, day, hour = "00", minute = "00", second = "00"] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/u.exec(text) ?? [];
  return year === undefined ? 0 : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
};

/** Keys with which the account gets a shell over SSH now. */
export const usableKeys = (known: Accounts, account: Account): readonly AuthorizedKey[] =>
  account.keyFiles
    .filter(({ ignored }) => ignored === undefined)
    .flatMap(({ keys }) => keys)
    .filter((key) => keyHindrance(key, known) === undefined);

/** Everything between this account and a root shell after a login with a key; empty for a usable administrator. */
export const hindrances = (known: Accounts, account: Account): readonly Hindrance[] => [
  ...accountHindrances(known, account),
  ...keyHindrances(known, account),
  ...sudoHindrances(known, account),
];

const accountHindrances = (known: Accounts, account: Account): readonly Hindrance[] => {
  const found: Hindrance[] = [];
  const add = (reason: string, remedy: string) => found.push({ aspect: "account", reason, remedy });
  if (account.uid === 0) add("is root, and no name of a person stands in the log", "name another administrator");
  else if (account.system) add("is a system account", "name another administrator");
  if (!account.loginShell) add(`cannot log in: its shell is ${account.shell}`, repair);
  if (account.expired) add(`expired on ${account.expires}`, `${repair}, or run: chage -E -1 ${account.name}`);
  if (account.passwordExpired !== undefined) {
    add(
      `cannot log in unattended: ${account.passwordExpired}`,
      `let ${account.name} log in once and set a new password`,
    );
  }
  if (!known.keyLookup.usePam && account.password === "locked") {
    add("is locked, and sshd without PAM refuses locked accounts", `run: usermod -p '*' ${account.name}`);
  }
  if (known.nologin !== undefined) {
    add("cannot log in while /etc/nologin exists", "remove /etc/nologin, or let the shutdown that wrote it finish");
  }
  return found;
};

const repair = "answer administrator.repair with yes";

const keyHindrances = (known: Accounts, account: Account): readonly Hindrance[] => {
  if (usableKeys(known, account).length > 0) return [];
  const paste = `paste a public key of ${account.name} as administrator.keys`;
  const found = (reason: string, remedy: string): readonly Hindrance[] => [{ aspect: "key", reason, remedy }];
  const ignored = account.keyFiles.find((file) => file.ignored !== undefined && file.keys.length > 0);
  if (ignored) {
    return found(
      `has a key that sshd ignores: ${ignored.ignored}`,
      `look at ${ignored.path} (others could write to it), then ${repair}`,
    );
  }
  if (
    account.home.kind === "missing" &&
    keyPaths(known, account).some((path) => path.startsWith(`${account.home.path}/`))
  ) {
    return found(`has no home folder ${account.home.path} to hold a key`, `run: mkhomedir_helper ${account.name}`);
  }
  const unreadable = account.keyFiles.find((file) => file.unreadable);
  if (unreadable) return found(`has no readable key: ${unreadable.path} cannot be read by ${account.name}`, paste);
  const refused = account.keyFiles.flatMap(({ keys }) => keys).at(0);
  if (refused) return found(`has no key that works: ${keyHindrance(refused, known)}`, paste);
  if (known.keyLookup.command !== undefined) {
    return found(`has no key in a file, and what ${known.keyLookup.command} answers is unknown`, paste);
  }
  if (known.keyLookup.trustedUserCa) return found("has no key in a file (certificates cannot be tried)", paste);
  return found("has no key", paste);
};

const sudoHindrances = (known: Accounts, account: Account): readonly Hindrance[] => {
  const found = (reason: string, remedy = repair): readonly Hindrance[] => [{ aspect: "sudo", reason, remedy }];
  const { sudo } = account;
  if (!known.sudo.installed) return found("cannot become root: sudo is not installed");
  switch (sudo.reach) {
    case "nothing":
      return found("cannot become root: sudo does not know it");
    case "something":
      return found("cannot become root: sudo allows it some commands only");
    case "unknown":
      return found(`may not be able to become root: ${sudo.reason}`);
    case "everything":
      return sudo.password && account.password !== "usable"
        ? found(
            "cannot become root: sudo asks for a password, and it has none",
            `run: passwd ${account.name}, or answer administrator.sudo with nopasswd`,
          )
        : [];
  }
};

/** Named accounts that log in with a key and become root, as things stand. */
export const usableAdministrators = (known: Accounts): readonly Account[] =>
  known.accounts.filter((account) => hindrances(known, account).length === 0);

/** A person's account that looks like an administrator's: a usable one, or one that lacks something. */
export const administratorCandidates = (known: Accounts): readonly Account[] =>
  known.accounts.filter(
    (account) =>
      account.uid !== 0 &&
      !account.system &&
      account.loginShell &&
      (account.name === known.current.user ||
        account.sudo.reach !== "nothing" ||
        account.groups.some((group) => group === "sudo" || group === "wheel") ||
        account.keyFiles.some(({ keys }) => keys.length > 0)),
  );

/** What the accounts are once the changes are made, as far as it matters for getting in. */
export const afterChanges = (known: Accounts, changes: readonly Change[]): Accounts => {
  const users = changes.filter((change) => change.kind === "user");
  const created = users.flatMap((user) =>
    user.create && !accountNamed(known, user.name) ? [newAccount(known, user.name, user.create)] : [],
  );
  const installed =
    known.sudo.installed || changes.some((change) => change.kind === "package" && change.names.includes("sudo"));
  const dropIn = changes.findLast((change) => "path" in change && change.path === sudoDropIn);
  const base: Accounts = {
    ...known,
    sudo: { ...known.sudo, installed, group: known.sudo.group ?? (installed ? administratorGroup(known) : undefined) },
    accounts: [...known.accounts, ...created],
  };
  return { ...base, accounts: base.accounts.map((account) => accountAfter(base, account, changes, users, dropIn)) };
};

/** Whether the changes leave nothing of one kind in the way: half a repair would be undone at once by the second inspection. */
export const heals = (
  known: Accounts,
  name: string,
  aspect: Hindrance["aspect"],
  changes: readonly Change[],
): boolean => {
  const after = afterChanges(known, changes);
  const account = accountNamed(after, name);
  return account !== undefined && !hindrances(after, account).some((hindrance) => hindrance.aspect === aspect);
};

/** The group that Debian (sudo) or RHEL (wheel) gives full rights to, by what there is. */
export const administratorGroup = (known: Accounts): string | undefined =>
  known.sudo.group ?? ["sudo", "wheel"].find((name) => known.groups.some((group) => group.name === name));

const newAccount = (known: Accounts, name: string, create: NonNullable<ChangeOf<"user">["create"]>): Account => ({
  name,
  uid: newUid,
  gid: newUid,
  comment: create.comment,
  home: directory(create.home, name),
  shell: create.shell,
  loginShell: known.shells.includes(create.shell),
  system: create.system,
  groups: [create.group ?? name],
  password: "locked",
  expires: undefined,
  expired: false,
  passwordExpired: undefined,
  sudo: { reach: "nothing" },
  keyFiles: [],
});

/** A new account's uid is not known before it exists; no existing one has this. */
const newUid = 0x7fff_fffe;

const directory = (path: string, owner: string): PathState => ({
  path,
  kind: "directory",
  mode: "0700",
  owner,
  group: owner,
  uid: newUid,
  gid: newUid,
});

const accountAfter = (
  known: Accounts,
  before: Account,
  changes: readonly Change[],
  users: readonly ChangeOf<"user">[],
  dropIn: Change | undefined,
): Account => {
  const user = users.find(({ name }) => name === before.name);
  const joined = changes.flatMap((change) =>
    change.kind === "group" && change.addMembers.includes(before.name) ? [change.name] : [],
  );
  const left = new Set(user?.removeGroups ?? []);
  const shell = user?.shell ?? before.shell;
  const account: Account = {
    ...before,
    shell,
    loginShell:
      user?.shell === undefined ? before.loginShell : known.shells.includes(shell) && !/nologin|false/u.test(shell),
    expired: before.expired && user?.neverExpires !== true,
    passwordExpired: user?.passwordFrom === undefined ? before.passwordExpired : undefined,
    password: user?.passwordFrom !== undefined ? "usable" : user?.lockPassword ? "locked" : before.password,
    groups: [...new Set([...before.groups, ...(user?.addGroups ?? []), ...joined])].filter((group) => !left.has(group)),
    keyFiles: keyFilesAfter(known, before, changes),
  };
  return { ...account, sudo: sudoAfter(known, before, account, dropIn) };
};

const sudoAfter = (known: Accounts, before: Account, after: Account, dropIn: Change | undefined): Account["sudo"] => {
  if (before.uid === 0) return before.sudo;
  if (dropIn?.kind === "file") {
    const rule = new RegExp(`^${before.name.replaceAll(".", "\\.")} ALL=\\(ALL:ALL\\) (NOPASSWD: )?ALL$`, "mu");
    const granted = rule.exec(dropIn.after.content);
    if (granted) return { reach: "everything", password: granted[1] === undefined };
  }
  const lost = before.groups.some((group) => group === known.sudo.group && !after.groups.includes(group));
  const lostDropIn = dropIn !== undefined && known.sudo.dropIn?.content.includes(`\n${before.name} `);
  if (lost || lostDropIn) return { reach: "unknown", reason: "this plan takes a right away that it has now" };
  const gained = after.groups.some((group) => group === known.sudo.group && !before.groups.includes(group));
  return gained && before.sudo.reach !== "everything" ? { reach: "everything", password: true } : before.sudo;
};

const keyFilesAfter = (known: Accounts, account: Account, changes: readonly Change[]): readonly KeyFile[] => {
  const paths = new Map(account.keyFiles.map((file) => [file.path, file]));
  for (const path of keyPaths(known, account)) {
    if (!paths.has(path))
      paths.set(path, { path, file: null, keys: [], unreadable: false, ignored: undefined, chain: [] });
  }
  return [...paths.values()].map((file) => keyFileAfter(known, account, file, changes));
};

const keyFileAfter = (known: Accounts, account: Account, file: KeyFile, changes: readonly Change[]): KeyFile => {
  const states = new Map(file.chain.map((state) => [state.path, state]));
  let { keys, unreadable } = file;
  let content = file.file;
  for (const change of changes) {
    if (change.kind === "absent" && change.path === file.path) return { ...file, file: null, keys: [], chain: [] };
    if (change.kind === "file" && change.path === file.path) {
      content = { ...change.after };
      unreadable = false;
      keys = change.after.content.split("\n").flatMap((line) => parseAuthorizedKey(line) ?? []);
      states.set(change.path, stateAfter("file", change.path, change.after, account));
    }
    if (
      (change.kind === "permissions" || change.kind === "directory") &&
      (states.has(change.path) || change.kind === "directory")
    ) {
      const kind = states.get(change.path)?.kind === "file" ? "file" : "directory";
      if (file.path.startsWith(change.path))
        states.set(change.path, stateAfter(kind, change.path, change.after, account));
    }
  }
  const chain = [...states.values()].sort((a, b) => b.path.length - a.path.length);
  const strict = known.keyLookup.strictModes;
  const ignored = keys.length === 0 ? undefined : insecurity(chain, account.uid, strict, privateWriters(known));
  return { ...file, file: content, keys, unreadable, ignored, chain };
};

const stateAfter = (
  kind: "file" | "directory",
  path: string,
  after: { readonly mode: string; readonly owner: string; readonly group: string },
  account: Account,
): PathState => ({
  path,
  kind,
  ...after,
  uid: after.owner === account.name ? account.uid : after.owner === "root" ? 0 : -1,
  gid: after.group === account.groups[0] ? account.gid : -1,
});

/** Whose private group may write as well (Debian and Ubuntu); undefined where sshd allows no group. */
export const privateWriters = (known: Accounts): ReadonlyMap<number, number> | undefined =>
  known.distribution.includes("debian") ? privateGroups(known.accounts, known.groups) : undefined;

/** Where sshd looks for the account's keys, AuthorizedKeysFile in sshd_config(5). */
export const keyPaths = (known: Accounts, account: Pick<Account, "name" | "uid" | "home">): readonly string[] =>
  known.keyLookup.patterns.map((pattern) => {
    const path = pattern.replace(/%([hUu%])/gu, (_, token: string) =>
      token === "h" ? account.home.path : token === "u" ? account.name : token === "U" ? String(account.uid) : "%",
    );
    return path.startsWith("/") ? path : `${account.home.path.replace(/\/$/u, "")}/${path}`;
  });

export const accountHoldsKey = (account: Account, key: AuthorizedKey): boolean =>
  account.keyFiles.some(({ keys }) => keys.some(({ fingerprint }) => fingerprint === key.fingerprint));

/** What makes sshd read the account's keys again: owner and mode of each link of the chain that StrictModes refuses. */
export const insecurityRepairs = (known: Accounts, account: Account) =>
  [...new Map(account.keyFiles.flatMap(({ chain }) => chain.map((state) => [state.path, state] as const))).values()]
    .filter((state) => state.path === account.home.path || state.path.startsWith(`${account.home.path}/`))
    .flatMap((state) => {
      if (state.kind !== "file" && state.kind !== "directory") return [];
      const alone = { ...state, kind: "file" as const };
      if (insecurity([alone], account.uid, known.keyLookup.strictModes, privateWriters(known)) === undefined) return [];
      const { path, mode, owner, group } = state;
      const ours = state.uid === 0 || state.uid === account.uid;
      const narrowed = (Number.parseInt(mode, 8) & ~0o022).toString(8).padStart(4, "0");
      return [
        {
          path,
          before: { mode, owner, group },
          after: {
            mode: state.kind === "file" ? "0600" : narrowed,
            owner: ours ? owner : account.name,
            group: ours ? group : (account.groups[0] ?? account.name),
          },
        },
      ];
    });
