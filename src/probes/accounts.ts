import type { AuthorizedKey } from "../core/authorized-key.ts";
import { parseAuthorizedKey } from "../core/authorized-key.ts";
import { type Fact, known, unknown } from "../model/fact.ts";
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
  /** There is something that the account itself cannot read, or that is no text. */
  readonly unreadable: boolean;
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
    readonly usePam: boolean;
  };
  readonly sudo: {
    readonly installed: boolean;
    /** The group that distributions give full rights to: sudo on Debian, wheel on RHEL; undefined when there is none. */
    readonly group: string | undefined;
    /** /etc/sudoers reads /etc/sudoers.d. */
    readonly readsDropIns: boolean;
    /** /etc/sudoers.d/zz-drawbridge-administrator */
    readonly dropIn: FileState;
  };
  readonly doas: boolean;
  /** Text of /etc/nologin or /run/nologin: nobody but root can log in while it exists. */
  readonly nologin: string | undefined;
  readonly sessions: readonly Session[];
  readonly current: CurrentLogin;
  /** ID and ID_LIKE of os-release(5), in one list. */
  readonly distribution: readonly string[];
  /** Of /bin/bash, /bin/sh and the shells in use: those that exist and can be executed. */
  readonly shells: readonly string[];
  /** Names of what lies in /home, of accounts or left over. */
  readonly homeFolders: readonly string[];
  /** Seconds since 1970 on the machine's clock. */
  readonly now: number;
};

/** Accounts whose keys and rights are looked into, at most: an inspection must stay short on a host with a thousand logins. */
const examinedAccounts = 32;
/** Bytes of a key file that are read, at most. */
const keyFileLimit = 65536;

/**
 * Sections begin with `@NAME ARGUMENTS`; lines of files begin with `|` and end with a line `|.`, so that no content can
 * pass for a section. Password hashes never leave awk. Key files are read as the account itself (setpriv(1), which opens no
 * PAM session and so leaves no trace), because the account may replace them by a symlink or a pipe at any time.
 */
const script = `state() { stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$@" 2>/dev/null; }
newline='
'
# lines TEXT PATTERN...: those lines of the text that begin like one of the patterns.
lines() {
  text=$1
  shift
  set -f
  IFS=$newline
  for line in $text; do
    for pattern; do
      case $line in "$pattern"*) printf '%s\\n' "$line"; break ;; esac
    done
  done
  unset IFS
  set +f
}
settings=$(grep -shE '^ID(_LIKE)?=|^[[:space:]]*UID_M(IN|AX)[[:space:]]' /etc/os-release /etc/login.defs)
echo @os-release; lines "$settings" ID
echo @login-defs; lines "$settings" UID ' ' '	'
echo @now; date +%s
echo @passwd; passwd=$(getent passwd); printf '%s\\n' "$passwd"
echo @group; getent group
echo @shadow; { getent shadow || cat /etc/shadow; } | awk -F: 'BEGIN { OFS = ":" } {
  if ($2 == "") s = "empty"; else if (substr($2, 1, 1) == "!") s = "locked"
  else if ($2 ~ /^\\$/ || $2 ~ /^_/ || length($2) == 13) s = "usable"; else s = "none"
  print $1, s, $3, $5, $7, $8 }'
shells=$newline homes='' last=''
set -f
IFS=$newline
for line in $passwd; do
  shell=\${line##*:} line=\${line%:*} home=\${line##*:}
  case $shells in *"$newline$shell$newline"*) ;; *) shells=$shells$shell$newline ;; esac
  [ "$home" = "$last" ] || homes=$homes$home$newline
  last=$home
done
echo @shells
for shell in $shells/bin/bash$newline/bin/sh; do [ -f "$shell" ] && [ -x "$shell" ] && printf '%s\\n' "$shell"; done
echo @homes
# Thousands of people of a directory service do not fit into one command line.
# shellcheck disable=SC2086
if [ \${#homes} -lt 65536 ]; then state $homes; else printf '%s' "$homes" | tr '\\n' '\\0' | xargs -0 stat -c '%F|%a|%U|%G|%u|%g|%n' -- 2>/dev/null; fi
unset IFS
set +f
echo @home-folders
count=0
for folder in /home/*; do [ -e "$folder" ] && printf '%s\\n' "\${folder##*/}"; count=$((count + 1)); [ "$count" -lt 1000 ] || break; done
echo @nologin; for file in /etc/nologin /run/nologin; do [ -e "$file" ] && { head -c 500 "$file"; echo; }; done
echo @who; who 2>/dev/null
echo @ancestors
ancestor=$$ environments=''
while [ "$ancestor" -gt 1 ] 2>/dev/null; do
  parent=0 uid='' name=''
  while read -r key value _; do
    case $key in Name:) name=$value ;; PPid:) parent=$value ;; Uid:) uid=$value; break ;; esac
  done < "/proc/$ancestor/status"
  printf '%s %s\\n' "$uid" "$name"
  environments="$environments /proc/$ancestor/environ"
  ancestor=$parent
done
echo @connection
# The nearest comes first.
# shellcheck disable=SC2086
connection=$(grep -azhs '^SSH_CONNECTION=' $environments | tr '\\0' '\\n')
lines "$connection" SSH_CONNECTION=
echo @sudo; command -v sudo; command -v doas
echo @sudoers; sed -nE 's/^[[:space:]]*([#@]includedir|%(sudo|wheel|admin)[[:space:]])/|&/p' /etc/sudoers 2>/dev/null
dropin=/etc/sudoers.d/zz-drawbridge-administrator
if [ -f "$dropin" ] && [ ! -L "$dropin" ]; then echo @dropin; state "$dropin"; { head -c 4096 "$dropin"; echo .; } | sed 's/^/|/'; fi
lookup=$(sshd -T 2>/dev/null)
echo @sshd; lines "$lookup" 'authorizedkeysfile ' 'authorizedkeyscommand ' 'trustedusercakeys ' 'strictmodes ' 'pubkeyauthentication ' 'usepam '
patterns=$(lines "$lookup" 'authorizedkeysfile ')
patterns=\${patterns#authorizedkeysfile }
[ -n "$patterns" ] || patterns='.ssh/authorized_keys .ssh/authorized_keys2'
expand() {
  rest=$1 expanded=''
  while :; do
    case $rest in
      *%*) expanded=$expanded\${rest%%\\%*}; rest=\${rest#*%}
        case $rest in
          h*) expanded=$expanded$home ;; u*) expanded=$expanded$name ;; U*) expanded=$expanded$uid ;; %*) expanded=$expanded% ;;
        esac
        rest=\${rest#?} ;;
      *) expanded=$expanded$rest; break ;;
    esac
  done
  case $expanded in /*) ;; *) expanded=\${home%/}/$expanded ;; esac
}
# What readlink -f says, where the shell can find out by itself: a folder's real path is what it is called once one is in it.
follow() {
  case $1 in
    *[!/]*/*[!/]) ;;
    *) real=$(readlink -f -- "$1") || real=$1; return ;;
  esac
  if [ ! -L "$1" ] && [ ! -d "$1" ] && cd -P -- "\${1%/*}/" 2>/dev/null; then
    real=\${PWD%/}/\${1##*/}
    cd /
  else
    real=$(readlink -f -- "$1") || real=$1
  fi
}
keyfile() {
  printf '@keyfile %s %s\\n' "$name" "$expanded"
  follow "$expanded"
  set -- "$expanded" "$real"
  chain=\${real%/*}
  while [ -n "$chain" ]; do
    set -- "$@" "$chain"
    [ "$chain" = "$realhome" ] && break
    chain=\${chain%/*}
  done
  [ -n "$chain" ] || set -- "$@" /
  state "$@"
  if [ -e "$expanded" ]; then
    if [ "$uid" = 0 ] && [ -f "$expanded" ]; then { head -c ${keyFileLimit + 1} -- "$expanded"; echo .; } | sed 's/^/|/'
    elif command -v setpriv >/dev/null; then
      { [ -f "$expanded" ] && setpriv --reuid="$uid" --regid="$gid" --init-groups timeout 1 head -c ${keyFileLimit + 1} -- "$expanded" && echo . || echo ..; } | sed 's/^/|/'
    fi
  fi
}
# One time limit for all of sudo's answers: it asks whatever the name service switch names, which may not answer.
rights() {
  case $# in
    0) ;;
    1) echo "@rights $1"; timeout 2 sudo -n -l -U "$1" </dev/null 2>&1 ;;
    *) timeout $(($# + 2)) sh -c 'for name; do echo "@rights $name"; sudo -n -l -U "$name" </dev/null 2>&1; done' sh "$@" ;;
  esac
}
command -v sudo >/dev/null && sudo=yes || sudo=''
examined=0
set --
printf '%s\\n' "$passwd" | {
while IFS=: read -r name _ uid gid _ home shell; do
  case \${shell##*/} in nologin | false | sync | halt | shutdown) continue ;; esac
  examined=$((examined + 1))
  [ "$examined" -gt ${examinedAccounts} ] && { echo "@unexamined $name"; continue; }
  if cd -P -- "$home" 2>/dev/null; then realhome=$PWD; cd /; else realhome=$(readlink -f -- "$home") || realhome=$home; fi
  set -f
  first=yes
  for pattern in $patterns; do
    [ "$pattern" = none ] && continue
    expand "$pattern"
    # Where the first file would be matters even when it is missing: that is where a new key goes.
    { [ "$first" ] || [ -e "$expanded" ] || [ -h "$expanded" ]; } && keyfile
    first=''
  done
  set +f
  [ -z "$sudo" ] || [ "$uid" = 0 ] || set -- "$@" "$name"
done
rights "$@"
}
exit 0`;

export const accounts = probe<Accounts>({
  id: "accounts",
  long: true,
  asks: "getent passwd, group, shadow; sudo -l -U; authorized_keys of every login",
  script,
  sizeLimit: 1024 * 1024,
  parse: ({ stdout }) => parseAccounts(stdout),
});

type Section = { readonly name: string; readonly argument: string; readonly lines: readonly string[] };

const sectionsOf = (text: string): readonly Section[] => {
  const sections: { name: string; argument: string; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const marker = /^@([a-z-]+)(?: (.*))?$/u.exec(line);
    if (marker) sections.push({ name: marker[1] as string, argument: marker[2] ?? "", lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections.map((section) => ({ ...section, lines: section.lines.filter((line) => line !== "") }));
};

export const parseAccounts = (text: string): Fact<Accounts> => {
  const sections = sectionsOf(text);
  const linesOf = (name: string): readonly string[] => sections.find((section) => section.name === name)?.lines ?? [];
  if (linesOf("passwd").length === 0) return unknown("getent passwd answered nothing");
  if (linesOf("shadow").length === 0) return unknown("/etc/shadow could not be read");

  const now = Number(linesOf("now")[0] ?? 0);
  const [uidMin, uidMax] = [
    loginDef(linesOf("login-defs"), "UID_MIN", 1000),
    loginDef(linesOf("login-defs"), "UID_MAX", 60000),
  ];
  const distribution = linesOf("os-release").flatMap((line) =>
    line
      .replace(/^ID(?:_LIKE)?=/u, "")
      .replace(/["']/gu, "")
      .split(" "),
  );
  const groups = linesOf("group").map((line): Group => {
    const [name = "", , gid = "", members = ""] = line.split(":");
    return { name, gid: Number(gid), members: members.split(",").filter((member) => member !== "") };
  });
  const passwd = linesOf("passwd").map((line) => {
    const [name = "", , uid = "", gid = "", comment = "", home = "", shell = ""] = line.split(":");
    return { name, uid: Number(uid), gid: Number(gid), comment, home, shell: shell === "" ? "/bin/sh" : shell };
  });
  const shadow = new Map(linesOf("shadow").map((line) => [line.split(":")[0] as string, line.split(":")]));
  const homes = new Map(
    linesOf("homes")
      .flatMap((line) => pathStates([line]))
      .map((state) => [state.path, state]),
  );
  const shells = [...new Set(linesOf("shells"))];
  const lookup = keyLookupOf(linesOf("sshd"));
  const unexamined = new Set(sections.filter(({ name }) => name === "unexamined").map(({ argument }) => argument));
  const rights = new Map(
    sections.filter(({ name }) => name === "rights").map(({ argument, lines }) => [argument, readSudoRights(lines)]),
  );
  const installed = linesOf("sudo").some((line) => line.endsWith("/sudo"));
  const privateTo = privateGroups(passwd, groups);
  const debian = distribution.includes("debian");

  const accounts = passwd.map((entry): Account => {
    const [, password = "none", lastChange = "", maximum = "", inactive = "", expiry = ""] =
      shadow.get(entry.name) ?? [];
    const day = Math.floor(now / 86400);
    const loginShell = shells.includes(entry.shell) && !/\/(?:nologin|false|sync|halt|shutdown)$/u.test(entry.shell);
    const primary = groups.find(({ gid }) => gid === entry.gid)?.name ?? String(entry.gid);
    const secondary = groups.filter(({ members, name }) => members.includes(entry.name) && name !== primary);
    return {
      name: entry.name,
      uid: entry.uid,
      gid: entry.gid,
      comment: entry.comment,
      home: homes.get(entry.home) ?? { path: entry.home, kind: "missing" },
      shell: entry.shell,
      loginShell,
      system: entry.uid < uidMin || entry.uid > uidMax,
      groups: [primary, ...secondary.map(({ name }) => name)],
      password: password as PasswordState,
      expires: expiry === "" || Number(expiry) < 0 ? undefined : isoDate(Number(expiry)),
      expired: expiry !== "" && Number(expiry) >= 0 && day >= Number(expiry),
      passwordExpired: passwordExpiry(day, lastChange, maximum, inactive),
      sudo: sudoRights(entry, { installed, unexamined, rights }),
      keyFiles: sections
        .filter(({ name, argument }) => name === "keyfile" && argument.startsWith(`${entry.name} `))
        .map((section) => keyFileOf(section, entry, lookup.strictModes, debian ? privateTo : undefined)),
    };
  });

  return known({
    accounts,
    groups,
    keyLookup: lookup,
    sudo: {
      installed,
      group: ["sudo", "wheel", "admin"].find(
        (name) =>
          groups.some((group) => group.name === name) &&
          linesOf("sudoers").some((line) => new RegExp(`^\\|\\s*%${name}\\s`, "u").test(line)),
      ),
      readsDropIns: linesOf("sudoers").some((line) => /[#@]includedir\s+\/etc\/sudoers\.d\/?\s*$/u.test(line)),
      dropIn: fileState(pathStates(linesOf("dropin"))[0], contentOf(linesOf("dropin"))) ?? null,
    },
    doas: linesOf("sudo").some((line) => line.endsWith("/doas")),
    nologin: linesOf("nologin")[0],
    sessions: linesOf("who").flatMap((line) => {
      const match = /^(\S+)\s+(\S+)\s.*?(?:\(([^)]*)\))?$/u.exec(line);
      return match ? [{ user: match[1] as string, terminal: match[2] as string, from: match[3] ?? "" }] : [];
    }),
    current: currentLogin(linesOf("ancestors"), linesOf("connection")[0], passwd),
    distribution,
    shells,
    homeFolders: linesOf("home-folders"),
    now,
  });
};

const loginDef = (lines: readonly string[], name: string, otherwise: number): number => {
  const line = lines.find((candidate) => candidate.trim().split(/\s+/u)[0] === name);
  const value = Number(line?.trim().split(/\s+/u)[1]);
  return Number.isInteger(value) ? value : otherwise;
};

const isoDate = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** As pam_unix judges it (check_shadow_expiry in passverify.c); days since 1970, empty fields mean "no limit". */
const passwordExpiry = (day: number, lastChange: string, maximum: string, inactive: string): string | undefined => {
  if (lastChange === "0") return "its password must be changed at the next login";
  if (lastChange === "" || maximum === "" || Number(maximum) < 0) return undefined;
  const age = day - Number(lastChange);
  if (age <= Number(maximum)) return undefined;
  if (inactive !== "" && Number(inactive) >= 0 && age > Number(maximum) + Number(inactive)) {
    return `its password expired on ${isoDate(Number(lastChange) + Number(maximum))} and nobody renewed it`;
  }
  return `its password expired on ${isoDate(Number(lastChange) + Number(maximum))}`;
};

const kinds: Readonly<Record<string, "file" | "directory" | "symlink">> = {
  "regular file": "file",
  "regular empty file": "file",
  directory: "directory",
  "symbolic link": "symlink",
};

/** Lines of `stat -c '%F|%a|%U|%G|%u|%g|%n'`; other lines are skipped. */
export const pathStates = (lines: readonly string[]): readonly Exclude<PathState, { kind: "missing" }>[] =>
  lines.flatMap((line) => {
    const match = /^([a-z -]+)\|([0-7]+)\|([^|]*)\|([^|]*)\|(\d+)\|(\d+)\|(\/.*)$/u.exec(line);
    if (!match) return [];
    const [, type = "", mode = "", owner = "", group = "", uid = "", gid = "", path = ""] = match;
    return [
      {
        path,
        kind: kinds[type] ?? "other",
        mode: mode.padStart(4, "0"),
        owner: owner === "UNKNOWN" ? uid : owner,
        group: group === "UNKNOWN" ? gid : group,
        uid: Number(uid),
        gid: Number(gid),
      },
    ];
  });

/** The content behind `|` lines; undefined when the reader said "..": it could not read. */
const contentOf = (lines: readonly string[]): string | undefined => {
  const framed = lines.filter((line) => line.startsWith("|")).map((line) => line.slice(1));
  const last = framed.at(-1);
  if (last === undefined || last === "..") return undefined;
  return `${framed
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .join("")}${last.slice(0, -1)}`;
};

const fileState = (state: PathState | undefined, content: string | undefined): FileState | undefined =>
  state?.kind === "file" && content !== undefined && content.length <= keyFileLimit && !content.includes("\uFFFD")
    ? { content, mode: state.mode, owner: state.owner, group: state.group }
    : undefined;

type PasswdEntry = { readonly name: string; readonly uid: number; readonly gid: number };

/** Groups whose one and only member is the account that they are the private group of: gid to uid. */
export const privateGroups = (passwd: readonly PasswdEntry[], groups: readonly Group[]): ReadonlyMap<number, number> =>
  new Map(
    groups.flatMap(({ gid, members }) => {
      const primary = passwd.filter((entry) => entry.gid === gid);
      const owner = primary[0] ?? passwd.find(({ name }) => name === members[0]);
      const alone = primary.length <= 1 && members.every((member) => member === owner?.name);
      return owner !== undefined && alone ? [[gid, owner.uid] as const] : [];
    }),
  );

const keyFileOf = (
  section: Section,
  account: PasswdEntry,
  strictModes: boolean,
  privateTo: ReadonlyMap<number, number> | undefined,
): KeyFile => {
  const path = section.argument.slice(account.name.length + 1);
  const [named, ...chain] = pathStates(section.lines);
  if (named === undefined || named.path !== path) {
    return { path, file: null, keys: [], unreadable: false, ignored: undefined, chain: named ? [named, ...chain] : [] };
  }
  const content = contentOf(section.lines);
  const file = fileState(named, content);
  const keys = (content ?? "").split("\n").flatMap((line) => parseAuthorizedKey(line) ?? []);
  // A symlink in between shows the file itself as the second state: sshd judges the real path, safe_path in misc.c.
  const judged = chain[0] ?? named;
  return {
    path,
    file,
    keys,
    unreadable: content === undefined || content.length > keyFileLimit,
    ignored: insecurity([judged, ...chain.slice(1)], account.uid, strictModes, privateTo),
    chain: chain.length === 0 ? [named] : chain,
  };
};

/**
 * Why sshd's StrictModes refuses the chain, innermost first (safe_path in OpenSSH's misc.c). Debian and Ubuntu let the
 * private group of the owner write as well (their patch user-group-modes): `privateTo` is given there.
 */
export const insecurity = (
  chain: readonly PathState[],
  uid: number,
  strictModes: boolean,
  privateTo: ReadonlyMap<number, number> | undefined,
): string | undefined => {
  for (const [index, state] of chain.entries()) {
    if (state.kind === "missing") return undefined;
    if (index === 0 && state.kind !== "file") return `${state.path} is not a regular file`;
    if (!strictModes) return undefined;
    if (state.uid !== 0 && state.uid !== uid) return `${state.path} belongs to ${state.owner}`;
    const mode = Number.parseInt(state.mode, 8);
    if ((mode & 0o002) !== 0) return `${state.path} has mode ${state.mode}, so anyone can write to it`;
    if ((mode & 0o020) !== 0 && privateTo?.get(state.gid) !== uid) {
      return `${state.path} has mode ${state.mode}, so group ${state.group} can write to it`;
    }
  }
  return undefined;
};

const keyLookupOf = (lines: readonly string[]): Accounts["keyLookup"] => {
  const values = new Map(lines.map((line) => [line.split(" ")[0], line.slice(line.indexOf(" ") + 1)]));
  const set = (name: string): string | undefined => {
    const value = values.get(name);
    return value === undefined || value === "none" ? undefined : value;
  };
  return {
    source: lines.length > 0 ? "sshd -T" : "assumed",
    patterns: (values.get("authorizedkeysfile") ?? ".ssh/authorized_keys .ssh/authorized_keys2")
      .split(" ")
      .filter((pattern) => pattern !== "none"),
    command: set("authorizedkeyscommand"),
    trustedUserCa: set("trustedusercakeys") !== undefined,
    strictModes: values.get("strictmodes") !== "no",
    pubkeyAuthentication: values.get("pubkeyauthentication") !== "no",
    usePam: values.get("usepam") !== "no",
  };
};

const sudoRights = (
  { name, uid }: PasswdEntry,
  seen: {
    readonly installed: boolean;
    readonly unexamined: ReadonlySet<string>;
    readonly rights: ReadonlyMap<string, SudoRights>;
  },
): SudoRights => {
  if (uid === 0) return { reach: "everything", password: false };
  if (!seen.installed) return { reach: "nothing" };
  if (seen.unexamined.has(name))
    return { reach: "unknown", reason: `more than ${examinedAccounts} accounts have a shell` };
  return seen.rights.get(name) ?? { reach: "unknown", reason: "sudo was not asked: the account has no login shell" };
};

/** Reads `sudo -l -U NAME`: entries as `    (runas) TAG: command, command`; the last entry that matches decides, sudoers(5). */
export const readSudoRights = (lines: readonly string[]): SudoRights => {
  if (lines.some((line) => /is not allowed to run sudo/u.test(line))) return { reach: "nothing" };
  const start = lines.findIndex((line) => /may run the following commands/u.test(line));
  if (start < 0) return { reach: "unknown", reason: `sudo -l said: ${(lines[0] ?? "nothing").slice(0, 80)}` };
  const defaults = lines.slice(0, start).join(" ");
  let rights: SudoRights = { reach: "nothing" };
  for (const line of lines.slice(start + 1)) {
    const entry = /^\s+\(([^)]*)\)\s*(.*)$/u.exec(line);
    if (!entry) continue;
    const [, runas = "", commands = ""] = entry;
    const asRoot =
      runas
        .split(":")[0]
        ?.split(",")
        .some((user) => /^(?:ALL|root|#0)$/u.test(user.trim())) ?? false;
    let password = !/!authenticate\b/u.test(defaults);
    for (const command of commands.split(", ")) {
      const tags = /^(?:[A-Z_]+:\s*)*/u.exec(command)?.[0] ?? "";
      if (tags.includes("NOPASSWD:")) password = false;
      else if (tags.includes("PASSWD:")) password = true;
      const everything = asRoot && command.slice(tags.length).trim() === "ALL";
      if (everything) rights = { reach: "everything", password };
      else if (rights.reach === "nothing") rights = { reach: "something", password };
    }
  }
  return rights;
};

/** Ancestors of the probe as "uid name", nearest first: the first that is not root's tells who logged in. */
const currentLogin = (
  ancestors: readonly string[],
  connection: string | undefined,
  passwd: readonly PasswdEntry[],
): CurrentLogin => {
  const processes = ancestors.map((line) => ({
    uid: Number(line.split(" ")[0]),
    name: line.slice(line.indexOf(" ") + 1),
  }));
  const person = processes.find(({ uid }) => uid !== 0);
  const login = processes.some(({ name }) => /^(?:sshd|sshd-session|login|dropbear|agetty)$/u.test(name));
  const uid = person?.uid ?? (login ? 0 : undefined);
  const match = /^SSH_CONNECTION=(\S+) (\d+) (\S+) (\d+)$/u.exec(connection ?? "");
  const address = /^[0-9a-fA-F:.%a-z]+$/u;
  const [, from = "", port = "", to = "", serverPort = ""] = match ?? [];
  return {
    user: uid === undefined ? undefined : passwd.find((entry) => entry.uid === uid)?.name,
    ssh:
      match && address.test(from) && address.test(to)
        ? { address: from, port: Number(port), serverAddress: to, serverPort: Number(serverPort) }
        : undefined,
  };
};

export const accountNamed = (known: Accounts, name: string): Account | undefined =>
  known.accounts.find((account) => account.name === name);
