import { absent, known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { type FileState, type PathState, pathStates } from "./accounts.ts";
import { filesIn, restsOf, sectionsIn } from "./sections.ts";

export const rulesFile = "/etc/audit/rules.d/60-drawbridge.rules";
export const finalRulesFile = "/etc/audit/rules.d/99-drawbridge-finalize.rules";
export const auditdConfig = "/etc/audit/auditd.conf";

export type Auditd = {
  readonly installed: boolean;
  /** Name of the package here: "auditd" (Debian), "audit" (RHEL). */
  readonly packageName: string;
  readonly active: boolean;
  /** UnitFileState of auditd.service; empty when there is no unit. */
  readonly enabled: string;
  /** auditctl -s: "enabled" "1", "lost" "0", "backlog_limit" "8192"; empty when it cannot be asked. */
  readonly status: Readonly<Record<string, string>>;
  /** auditctl -l: what the kernel records now. */
  readonly rules: readonly string[];
  /** Own files and auditd.conf, those that are there. */
  readonly files: ReadonlyMap<string, NonNullable<FileState>>;
  /** Rules that are on disk in files of others. */
  readonly otherRules: readonly string[];
  /** Of paths that a rule may name, those that are there. */
  readonly present: readonly string[];
  /** uname -m */
  readonly architecture: string;
  /** First number of accounts of people: UID_MIN of login.defs(5). */
  readonly firstUid: number;
  /** The kernel's command line, in words. */
  readonly commandLine: readonly string[];
  /** Log files, configuration and tools. */
  readonly paths: readonly Exclude<PathState, { kind: "missing" }>[];
  /** MiB free where the log lies; undefined when there is no such folder. */
  readonly freeMegabytes: number | undefined;
  /** Log file of sudo, where sudoers names one. */
  readonly sudoLog: string | undefined;
};

/** Paths that a rule names when they are there. Folders end with a slash. */
export const watchable = [
  "/etc/passwd",
  "/etc/group",
  "/etc/shadow",
  "/etc/gshadow",
  "/etc/security/opasswd",
  "/etc/nsswitch.conf",
  "/etc/pam.conf",
  "/etc/pam.d",
  "/etc/ssh",
  "/etc/sudoers",
  "/etc/sudoers.d",
  "/etc/localtime",
  "/etc/issue",
  "/etc/issue.net",
  "/etc/hosts",
  "/etc/hostname",
  "/etc/networks",
  "/etc/network",
  "/etc/netplan",
  "/etc/systemd/network",
  "/etc/NetworkManager",
  "/etc/sysconfig/network",
  "/etc/sysconfig/network-scripts",
  "/etc/apparmor",
  "/etc/apparmor.d",
  "/etc/selinux",
  "/usr/share/selinux",
  "/usr/bin/kmod",
  "/usr/bin/chcon",
  "/usr/bin/setfacl",
  "/usr/bin/chacl",
  "/usr/sbin/usermod",
] as const;

const tools = ["auditctl", "aureport", "ausearch", "autrace", "auditd", "augenrules"];

/**
 * The audit system of the kernel and of auditd(8): auditctl(8), augenrules(8), auditd.conf(5). A container shares its
 * host's, so there it is not even looked at.
 */
export const auditd = probe<Auditd>({
  id: "auditd",
  asks: "auditctl -s; auditctl -l; cat /etc/audit/rules.d/*.rules /etc/audit/auditd.conf; /proc/cmdline",
  sizeLimit: 1024 * 1024,
  script: `if systemd-detect-virt --container --quiet 2>/dev/null || [ -e /.dockerenv ] || [ -e /run/.containerenv ] || ! command -v systemctl >/dev/null; then echo '@container'; exit 0; fi
[ -e /proc/self/loginuid ] || { echo '@nokernel'; exit 0; }
if [ -d /var/lib/dpkg ]; then
  echo '@name auditd'
  dpkg-query --show --showformat='@package \${db:Status-Status}\\n' auditd 2>/dev/null
else
  echo '@name audit'
  rpm -q audit >/dev/null 2>&1 && echo '@package installed'
fi
systemctl show -p ActiveState -p UnitFileState auditd.service 2>/dev/null | sed 's/^/@unit /'
if command -v auditctl >/dev/null; then
  auditctl -s 2>/dev/null | sed 's/^/@status /'
  auditctl -l 2>/dev/null | sed 's/^/@rule /'
fi
for file in /etc/audit/rules.d/*.rules; do
  [ -f "$file" ] || continue
  case $file in ${rulesFile} | ${finalRulesFile}) continue ;; esac
  grep -v -e '^[[:space:]]*#' -e '^[[:space:]]*$' "$file" | sed 's/^/@other /'
done
for file in ${rulesFile} ${finalRulesFile} ${auditdConfig}; do
  [ -f "$file" ] && [ ! -L "$file" ] || continue
  printf '@file %s\\n' "$file"
  stat -c '%F|%a|%U|%G|%u|%g|%n' "$file"
  { head -c 262144 "$file"; echo .; } | sed 's/^/|/'
done
for path in ${watchable.join(" ")}; do [ -e "$path" ] && printf '@present %s\\n' "$path"; done
printf '@arch %s\\n' "$(uname -m)"
sed -n 's/^[[:space:]]*UID_MIN[[:space:]]*/@uid /p' /etc/login.defs 2>/dev/null
printf '@cmdline %s\\n' "$(cat /proc/cmdline)"
echo '@paths'
for path in /var/log/audit /var/log/audit/*.log* /etc/audit /etc/audit/*.conf /etc/audit/*.rules /etc/audit/rules.d /etc/audit/rules.d/*.rules ${tools.map((name) => `/usr/sbin/${name}`).join(" ")}; do
  [ -e "$path" ] && [ ! -L "$path" ] && stat -c '%F|%a|%U|%G|%u|%g|%n' "$path"
done
[ -d /var/log/audit ] && df -Pm /var/log/audit | awk 'NR == 2 { print "@free " $4 }'
cat /etc/sudoers /etc/sudoers.d/* 2>/dev/null | sed -n -E 's/^[[:space:]]*Defaults[^#]*[[:space:],]logfile[[:space:]]*=[[:space:]]*"?([^",[:space:]]+).*/@sudolog \\1/p' | tail -n 1
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    const of = (name: string) => restsOf(sections, name);
    if (of("container").length > 0) return absent("a container shares its host's audit: look at the host");
    if (of("nokernel").length > 0) return absent("this kernel keeps no audit trail");
    const fields = (lines: readonly string[], separator: string): Readonly<Record<string, string>> =>
      Object.fromEntries(
        lines.map((text) => {
          const at = text.indexOf(separator);
          return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1).trim()];
        }),
      );
    const unit = fields(of("unit"), "=");
    const free = Number(of("free")[0]);
    return known<Auditd>({
      installed: of("package")[0] === "installed",
      packageName: of("name")[0] ?? "auditd",
      active: unit.ActiveState === "active",
      enabled: unit.UnitFileState ?? "",
      status: fields(of("status"), " "),
      rules: of("rule").filter((text) => text.startsWith("-")),
      files: filesIn(sections, "file"),
      otherRules: of("other"),
      present: of("present"),
      architecture: of("arch")[0] ?? "x86_64",
      firstUid: Number(of("uid")[0] ?? 1000) || 1000,
      commandLine: (of("cmdline")[0] ?? "").split(/\s+/u).filter((word) => word !== ""),
      paths: pathStates(sections.find(({ name }) => name === "paths")?.lines ?? []),
      freeMegabytes: Number.isFinite(free) ? free : undefined,
      sudoLog: of("sudolog")[0],
    });
  },
});
