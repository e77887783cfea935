import { known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { type PathState, pathStates } from "./accounts.ts";
import { restsOf, sectionsIn } from "./sections.ts";

type Found = Exclude<PathState, { kind: "missing" }>;

/** What starts a Debian or an Ubuntu; written by update-grub(8) alone, from /etc/default/grub and /etc/grub.d. */
export const grubConfiguration = "/boot/grub/grub.cfg";

/** Where the operator puts what grub-mkpasswd-pbkdf2(1) prints. */
export const passwordHashFile = "/root/grub-password";

/** Ours among the programs that write grub.cfg, in their order: after 00_header, and after everything. */
export const grubScripts = ["/etc/grub.d/01_drawbridge", "/etc/grub.d/99_drawbridge"] as const;

/** Where a hash stands that somebody made for this; the hash itself stays on the machine. */
export type PasswordHash = {
  /** A regular file, and root's alone. */
  readonly safe: boolean;
  /** Of the whole file. */
  readonly sha256: string;
  /** Hashes in it; the place, in bytes, is the first one's. */
  readonly count: number;
  readonly offset: number;
  readonly length: number;
  /** This hash stands in grub.cfg. */
  readonly inUse: boolean;
};

export type GrubScript = {
  readonly path: string;
  readonly sha256: string;
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
};

export type BootLoader = {
  /** grub.cfg as it is read at the next boot, and user.cfg where RHEL keeps the password. */
  readonly configurations: readonly Found[];
  /** Directives that name who may change what is booted, and whether a hash stands there; never the hash. */
  readonly superusers: boolean;
  readonly hash: boolean;
  /** Entries that start without a password, and all of them. */
  readonly unrestricted: number;
  readonly entries: number;
  /** An entry that gives a shell as root stands outside of submenus (GRUB_DISABLE_SUBMENU), where nobody is asked. */
  readonly openRecovery: boolean;
  /** The first entry of the menu: whether it starts without a password, and whether one variable of grub.cfg could have it so. */
  readonly first?: { readonly free: boolean; readonly markable: boolean };
  /** What is started by itself, as it stands in grub.cfg: "0" is the first entry. One-time choices (grub-reboot) are left out. */
  readonly defaults: readonly string[];
  /** update-grub, grub-script-check and the folder of a Debian or its kin are here. */
  readonly generated: boolean;
  readonly scripts: readonly GrubScript[];
  readonly passwordHash?: PasswordHash;
  /** /proc/cmdline. */
  readonly commandLine: string;
  readonly container: boolean;
};

/**
 * awk(1), one line, no single quotes: what of a grub.cfg decides about passwords. With `demanded=1` it says so by its exit code, too:
 * 0 when a superuser and a hash are there, the entry that starts by itself, the first one, asks nobody, and recovery asks.
 *
 * grub-mkconfig's entries all carry `$menuentry_id_option`. GRUB splits an unquoted variable into words (grub_script_env_get() in
 * script/execute.c), and expands it when it comes to the entry: at the top level while it reads the file, in a submenu when somebody
 * opens it, with what the variable holds at the end. "GNU GRUB manual", Security: superusers, password_pbkdf2, --unrestricted.
 */
export const menuProgram = [
  "/^[[:space:]]*set superusers=/ { superusers = 1 }",
  "/^[[:space:]]*password_pbkdf2[[:space:]]|^GRUB2_PASSWORD=grub[.]pbkdf2/ { hash = 1 }",
  "/^[[:space:]]*(set[[:space:]]+)?menuentry_id_option=/ { option = ($0 ~ /--unrestricted/) }",
  '/^[[:space:]]*set default=/ && !/next_entry/ { value = $0; sub(/^[[:space:]]*set default=/, "", value); gsub(/"/, "", value); if (value != "0") other = 1; print "@default " value }',
  "/^[}]/ { inside = 0 }",
  "/^[[:space:]]*(menuentry|submenu)[[:space:]]/ {",
  "carries = ($0 ~ /[$][{]?menuentry_id_option/); plain = ($0 ~ /--unrestricted/); free = plain || (carries && option);",
  'if (!seen++) { first = free; print "@first " (free ? "free" : "asks") " " (carries ? "markable" : "fixed") }',
  'if ($1 == "menuentry" && !inside && /-recovery-/ && (carries || plain)) recovery = 1;',
  'if ($1 == "menuentry") { entries++; if (inside && carries && !plain) later++; else if (free) unrestricted++ } }',
  "/^submenu[[:space:]]/ { inside = 1 }",
  'END { if (superusers) print "@superusers"; if (hash) print "@hash"; if (recovery) print "@recovery";',
  'print "@entries " (entries + 0) " " (unrestricted + (option ? later : 0)); if (demanded && !(superusers && hash && first && !other && !recovery)) { print "with this grub.cfg no password is asked where one should be, or the next start waits for one"; exit 1 } }',
].join(" ");

/** grub(7), grub-mkpasswd-pbkdf2(1). */
export const bootLoader = probe<BootLoader>({
  id: "boot-loader",
  asks: "grub.cfg: superusers, password, entries; our files in /etc/grub.d; whether a password's hash was made; /proc/cmdline",
  script: `echo @paths
for file in /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub2/user.cfg; do
  [ -f "$file" ] && [ ! -L "$file" ] && stat -c '%F|%a|%U|%G|%u|%g|%n' "$file"
done
for file in /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub2/user.cfg; do
  [ -f "$file" ] || continue
  awk '${menuProgram}' "$file"
done
[ -f ${grubConfiguration} ] && [ ! -L ${grubConfiguration} ] && [ -x /etc/grub.d/00_header ] &&
  command -v update-grub >/dev/null && command -v grub-script-check >/dev/null && echo @generated
for file in ${grubScripts.join(" ")}; do
  [ -f "$file" ] && [ ! -L "$file" ] || continue
  sum=$(sha256sum "$file") || continue
  stat -c "@script %n|\${sum%% *}|%a|%U|%G" "$file"
done
file=${passwordHashFile}
if [ -f "$file" ] && [ ! -L "$file" ]; then
  state=loose
  case $(stat -c '%u %a' "$file") in '0 600' | '0 400') state=safe ;; esac
  # The hash is in a variable of this shell and in a pipe, on no command line.
  found=$(LC_ALL=C grep -aboE 'grub[.]pbkdf2[.]sha512[.][1-9][0-9]{3,8}[.][0-9A-Fa-f]{32,}[.][0-9A-Fa-f]{32,}' "$file")
  count=0 hash= offset=0 used=
  if [ -n "$found" ]; then
    count=$(printf '%s\\n' "$found" | wc -l)
    offset=\${found%%:*}
    hash=\${found#*:}
    [ "$count" -eq 1 ] && printf '%s\\n' "$hash" | grep -qFf - ${grubConfiguration} 2>/dev/null && used=yes
  fi
  sum=$(sha256sum "$file")
  echo "@password $state \${sum%% *} $count $offset \${#hash} $used"
fi
head -c 4096 /proc/cmdline 2>/dev/null | tr -d '\\000\\n' | sed 's/^/@cmdline /'; echo
systemd-detect-virt --container --quiet 2>/dev/null && echo @container
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    const counts = restsOf(sections, "entries").map((text) => text.split(" ").map(Number));
    const sum = (at: number) => counts.reduce((total, count) => total + (count[at] ?? 0), 0);
    const configurations = sections
      .filter(({ name }) => name === "paths")
      .flatMap(({ lines }) => pathStates(lines))
      .filter((state): state is Found => state.kind === "file");
    if (counts.length < configurations.length) return unknown("GRUB's configuration could not be read to its end");
    const first = restsOf(sections, "first")[0]?.split(" ");
    const passwordHash = restsOf(sections, "password")[0]?.split(" ");
    return known({
      configurations,
      superusers: restsOf(sections, "superusers").length > 0,
      hash: restsOf(sections, "hash").length > 0,
      entries: sum(0),
      unrestricted: sum(1),
      ...(first && { first: { free: first[0] === "free", markable: first[1] === "markable" } }),
      openRecovery: restsOf(sections, "recovery").length > 0,
      defaults: restsOf(sections, "default"),
      generated: restsOf(sections, "generated").length > 0,
      scripts: restsOf(sections, "script").map((text) => {
        const [path = "", sha256 = "", mode = "", owner = "", group = ""] = text.split("|");
        return { path, sha256, mode: mode.padStart(4, "0"), owner, group };
      }),
      ...(passwordHash && {
        passwordHash: {
          safe: passwordHash[0] === "safe",
          sha256: passwordHash[1] ?? "",
          count: Number(passwordHash[2]),
          offset: Number(passwordHash[3]),
          length: passwordHash[2] === "1" ? Number(passwordHash[4]) : 0,
          inUse: passwordHash[5] === "yes",
        },
      }),
      commandLine: restsOf(sections, "cmdline")[0] ?? "",
      container: restsOf(sections, "container").length > 0,
    });
  },
});
