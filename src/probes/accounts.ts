import type { AuthorizedKey } from "../core/authorized-key.ts";
import { absent, type Fact } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

/** What stands at a path, itself and not what a symlink points to. `mode` has four octal digits. */
export type PathState =
  | { readonly path: string; readonly kind: "missing" }
  | {
      readonly path: string;
      readonly kind: "file" | "directory" | "symlink" | "other";
      readonly mode: string;
      readonly owner: string;
      readonly group: string;
      readonly uid: number;
      readonly gid: number;
    };

/** A file as a change's `before` wants it; null when there is none. */
export type FileState = {
  readonly content: string;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
} | null;

export type KeyFile = {
  /** Absolute; AuthorizedKeysFile with %h, %u, %U and %% filled in. */
  readonly path: string;
  /** undefined when it is missing, not a regular file, or larger than 64 KiB. */
  readonly file: FileState | undefined;
  readonly keys: readonly AuthorizedKey[];
  /** Why sshd ignores the whole file ("/home/op/.ssh has mode 0777"); undefined when it reads it. */
  readonly ignored: string | undefined;
  /** The file and the directories above it up to the home (or /), innermost first. */
  readonly chain: readonly PathState[];
};

/** shadow(5): a hash that lets someone in; "!" in front; an empty field; "*" or anything else no password hashes to. */
export type PasswordState = "usable" | "locked" | "empty" | "none";

export type SudoRights =
  /** May run every command as root; `password`: sudo asks for it first. */
  | { readonly reach: "everything"; readonly password: boolean }
  /** Some commands, or not as root. */
  | { readonly reach: "something"; readonly password: boolean }
  | { readonly reach: "nothing" }
  | { readonly reach: "unknown"; readonly reason: string };

export type Account = {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: PathState;
  readonly shell: string;
  /** The shell exists, can be executed and is not one that turns people away (nologin, false). */
  readonly loginShell: boolean;
  /** Below UID_MIN of login.defs(5), or nobody: an account of a service, or root. */
  readonly system: boolean;
  /** Primary group first. */
  readonly groups: readonly string[];
  readonly password: PasswordState;
  /** The account's expiry date (YYYY-MM-DD), whether past or to come. */
  readonly expires: string | undefined;
  readonly expired: boolean;
  /** Why the next login must change the password first; with key logins that stops non-interactive ones. */
  readonly passwordExpired: string | undefined;
  readonly sudo: SudoRights;
  readonly keyFiles: readonly KeyFile[];
};

export type Group = { readonly name: string; readonly gid: number; readonly members: readonly string[] };

/** Someone at a terminal now, as utmp knows it. */
export type Session = { readonly user: string; readonly terminal: string; readonly from: string };

/** Where this very inspection comes from: the login whose child it is. */
export type CurrentLogin = {
  /** Whose login it is, before sudo or su; undefined where no ancestor tells (a service, a container's shell). */
  readonly user: string | undefined;
  /** Of $SSH_CONNECTION of the login; undefined when it did not come over ssh. */
  readonly ssh:
    | { readonly address: string; readonly port: number; readonly serverAddress: string; readonly serverPort: number }
    | undefined;
};

export type Accounts = {
  readonly accounts: readonly Account[];
  readonly groups: readonly Group[];
  /** How sshd looks for keys. `source`: "sshd -T", or "assumed" where it could not be asked. */
  readonly keyLookup: {
    readonly source: "sshd -T" | "assumed";
    readonly patterns: readonly string[];
    /** AuthorizedKeysCommand: keys come from somewhere that cannot be listed. */
    readonly command: string | undefined;
    readonly trustedUserCa: boolean;
    readonly strictModes: boolean;
    readonly pubkeyAuthentication: boolean;
  };
  readonly sudo: {
    readonly installed: boolean;
    /** The group that distributions give full rights to: sudo on Debian, wheel on RHEL; undefined when there is none. */
    readonly group: string | undefined;
    /** /etc/sudoers reads /etc/sudoers.d. */
    readonly readsDropIns: boolean;
    /** /etc/sudoers.d/drawbridge-administrator */
    readonly dropIn: FileState;
  };
  readonly doas: boolean;
  /** Text of /etc/nologin or /run/nologin: nobody but root can log in while it exists. */
  readonly nologin: string | undefined;
  readonly sessions: readonly Session[];
  readonly current: CurrentLogin;
  /** ID and ID_LIKE of os-release(5), in one list. */
  readonly distribution: readonly string[];
};

export const accounts = probe<Accounts>({
  id: "accounts",
  asks: "getent passwd, group, shadow; sudo -l -U; authorized_keys of every login",
  script: ":",
  parse: (): Fact<Accounts> => absent("not asked yet"),
});

export const accountNamed = (known: Accounts, name: string): Account | undefined =>
  known.accounts.find((account) => account.name === name);
