import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import type { FileState } from "./accounts.ts";
import { filesIn, restsOf, sectionsIn, showFiles } from "./sections.ts";

/** One line of shadow(5) without its hash. Days are days since 1970; undefined: the field is empty. */
export type Ageing = {
  readonly user: string;
  readonly uid: number;
  /** "yescrypt", "sha512", "sha256", "md5", "des", "other"; "none" when no password opens the account; "empty" when any does. */
  readonly hash: "yescrypt" | "sha512" | "sha256" | "bcrypt" | "md5" | "des" | "other" | "none" | "empty";
  readonly lastChange: number | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly warning: number | undefined;
  readonly inactive: number | undefined;
};

export type Policy = {
  /** Text and state of the files that set the rules, those that are there. */
  readonly files: ReadonlyMap<string, NonNullable<FileState>>;
  readonly ageing: readonly Ageing[];
  /** Today, in days since 1970. */
  readonly today: number;
  /** PAM modules that are installed: "pam_faillock". */
  readonly modules: readonly string[];
  /** The dictionary that new passwords are compared with. Without it pam_pwquality refuses every password. */
  readonly dictionary: boolean;
  /** Programs that are there: "pam-auth-update", "authselect", "sudo", "chage". */
  readonly programs: readonly string[];
  /** Lines of sudoers(5) that begin with Defaults, with the file they are in. */
  readonly sudoDefaults: readonly { readonly path: string; readonly line: string }[];
  /** Groups by name, as far as files above name them in pam_wheel. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Folders for additions that are there. */
  readonly folders: readonly string[];
  /** Files meant to be written whole that are links: whoever made the link writes what is behind it. */
  readonly linked: readonly string[];
};

export const ownSudoFile = "/etc/sudoers.d/zz-drawbridge-defaults";
export const ownProfile = "/etc/profile.d/zz-drawbridge.sh";
/** Shown by agetty(8) before a login at a console. */
export const consoleBanner = "/etc/issue";
export const ownPamProfiles = [
  "/usr/share/pam-configs/drawbridge-faillock",
  "/usr/share/pam-configs/drawbridge-faillock-notify",
  "/usr/share/pam-configs/drawbridge-pwhistory",
] as const;

/** Rules for accounts and passwords. login.defs(5), shadow(5), pam.d(5), sudoers(5). Hashes never leave the machine. */
export const policy = probe<Policy>({
  id: "policy",
  asks: "login.defs, pam.d, pwquality, faillock, profile, sudoers; ageing of accounts without their hashes",
  sizeLimit: 1024 * 1024,
  script: `${showFiles}
set --
for file in /etc/login.defs /etc/default/useradd /etc/pam.d/common-auth /etc/pam.d/common-account /etc/pam.d/common-password /etc/pam.d/common-session /etc/pam.d/common-session-noninteractive \\
  /etc/pam.d/system-auth /etc/pam.d/password-auth /etc/pam.d/su /etc/security/faillock.conf /etc/security/pwquality.conf /etc/security/pwquality.conf.d/*.conf /etc/security/pwhistory.conf \\
  /etc/profile /etc/bash.bashrc /etc/bashrc /etc/profile.d/*.sh ${consoleBanner} ${ownPamProfiles.join(" ")} ${ownSudoFile}; do
  [ -f "$file" ] && set -- "$@" "$file"
done
show file "$@"
[ -L ${consoleBanner} ] && echo "@linked ${consoleBanner}"
for folder in /etc/security/pwquality.conf.d /etc/profile.d /etc/sudoers.d /usr/share/pam-configs; do [ -d "$folder" ] && printf '@folder %s\\n' "$folder"; done
printf '@today %s\\n' "$(($(date +%s) / 86400))"
# Of each hash only how it begins, and whether it opens anything.
{ getent passwd; echo; getent shadow; } | awk -F: '
  $0 == "" { shadow = 1; next }
  !shadow { uid[$1] = $3; next }
  $1 in uid {
    kind = "other"
    if ($2 == "") kind = "empty"
    else if ($2 ~ /^[!*]/ || $2 ~ /^x$/) kind = "none"
    else if ($2 ~ /^\\$(y|gy|7)\\$/) kind = "yescrypt"
    else if ($2 ~ /^\\$6\\$/) kind = "sha512"
    else if ($2 ~ /^\\$5\\$/) kind = "sha256"
    else if ($2 ~ /^\\$2[abxy]\\$/) kind = "bcrypt"
    else if ($2 ~ /^\\$1\\$/) kind = "md5"
    else if ($2 !~ /\\$/ && length($2) == 13) kind = "des"
    print "@age " $1 ":" uid[$1] ":" kind ":" $3 ":" $4 ":" $5 ":" $6 ":" $7
  }'
for module in pam_faillock pam_pwquality pam_pwhistory pam_wheel pam_unix; do
  for file in /lib/security/$module.so /lib64/security/$module.so /lib/*/security/$module.so /usr/lib64/security/$module.so /usr/lib/*/security/$module.so; do
    [ -e "$file" ] && { printf '@module %s\\n' "$module"; break; }
  done
done
for file in /var/cache/cracklib/cracklib_dict.pwd /usr/share/cracklib/pw_dict.pwd; do [ -e "$file" ] && { echo "@dictionary"; break; }; done
for program in pam-auth-update authselect sudo chage; do command -v "$program" >/dev/null && printf '@program %s\\n' "$program"; done
set --
for file in /etc/sudoers /etc/sudoers.d/*; do
  case \${file##*/} in *.* | *~) continue ;; esac
  [ -f "$file" ] && set -- "$@" "$file"
done
[ $# -eq 0 ] || awk '
  FNR == 1 { line = "" }
  { continued = sub(/\\\\$/, ""); line = line $0 }
  continued { next }
  line ~ /^[ \\t]*Defaults/ { print "@defaults " FILENAME ": " line }
  { line = "" }' "$@" 2>/dev/null
sed -n 's/^[^#]*pam_wheel\\.so.*group=\\([A-Za-z0-9_.-]\\{1,\\}\\).*/\\1/p' /etc/pam.d/su 2>/dev/null | while read -r group; do getent group "$group" | sed 's/^/@group /'; done
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    const of = (name: string) => restsOf(sections, name);
    return known({
      files: filesIn(sections, "file"),
      ageing: of("age").map((text) => {
        const [user = "", uid, hash, ...days] = text.split(":");
        const [lastChange, minimum, maximum, warning, inactive] = days.map((day) =>
          day === "" ? undefined : Number(day),
        );
        return {
          user,
          uid: Number(uid),
          hash: hash as Ageing["hash"],
          lastChange,
          minimum,
          maximum,
          warning,
          inactive,
        };
      }),
      today: Number(of("today")[0] ?? 0),
      modules: of("module"),
      dictionary: of("dictionary").length > 0,
      programs: of("program"),
      sudoDefaults: of("defaults").map((text) => {
        const at = text.indexOf(": ");
        return { path: text.slice(0, at), line: text.slice(at + 2).trim() };
      }),
      groups: new Map(
        of("group").map((text) => {
          const [name = "", , , members = ""] = text.split(":");
          return [name, members.split(",").filter((member) => member !== "")] as const;
        }),
      ),
      folders: of("folder"),
      linked: of("linked"),
    });
  },
});
