import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import type { FileState } from "./accounts.ts";
import { aptMentions, filesIn, restsOf, sectionsIn, showFiles, showSettings } from "./sections.ts";

export type Unit = {
  readonly name: string;
  /** ActiveState: "active", "inactive", "failed", "activating". */
  readonly active: string;
  /** UnitFileState: "enabled", "disabled", "masked", "static"; empty when there is no file. */
  readonly enabled: string;
  /** When a timer fired last, seconds since 1970. */
  readonly lastRun: number | undefined;
};

export type Daemons = {
  /** Units that are looked for and are there, by name. */
  readonly units: ReadonlyMap<string, Unit>;
  /** Debian or RPM packages that are looked for and installed. */
  readonly packages: readonly string[];
  /** Whether the time service says that it follows a server; undefined when none can be asked. */
  readonly synchronised: boolean | undefined;
  /** Seconds since the machine was started. */
  readonly uptime: number;
  /** [Journal] as systemd-analyze cat-config(1) gives it: the last word on each key. */
  readonly journal: Readonly<Record<string, string>>;
  readonly persistentJournal: boolean;
  /** $FileCreateMode of rsyslog.conf(5) and its folder, the last word; undefined when nothing says so. */
  readonly logFileMode: string | undefined;
  readonly files: ReadonlyMap<string, NonNullable<FileState>>;
  readonly folders: readonly string[];
  /** Bytes and seconds since 1970 of AIDE's database; undefined when there is none. */
  readonly aideDatabase: { readonly bytes: number; readonly modified: number } | undefined;
  /** "Y" when AppArmor is on in the kernel, "N" when off, undefined when the kernel has none. */
  readonly appArmor: string | undefined;
  /** Profiles that AppArmor only watches, and running programs that have a profile and run without it. */
  readonly appArmorLoose: { readonly complaining: readonly string[]; readonly unconfined: readonly string[] };
  /** SELinux: Enforcing, Permissive or Disabled; undefined when there is none. */
  readonly selinux: string | undefined;
  readonly container: boolean;
  /** Key and value of apt-config(8) dump for periodic work and unattended upgrades; the last word on each. */
  readonly apt: Readonly<Record<string, string>>;
  readonly rebootNeeded: boolean;
};

export const journalFile = "/etc/systemd/journald.conf.d/zz-drawbridge.conf";
export const journalMain = "/etc/systemd/journald.conf";
export const rsyslogFile = "/etc/rsyslog.d/00-drawbridge.conf";
export const aideFile = "/etc/aide/aide.conf";
export const debsumsFile = "/etc/default/debsums";
export const upgradesFile = "/etc/apt/apt.conf.d/52drawbridge-upgrades";

const units = [
  "systemd-timesyncd.service",
  "chrony.service",
  "chronyd.service",
  "ntp.service",
  "ntpd.service",
  "ntpsec.service",
  "openntpd.service",
  "rsyslog.service",
  "syslog-ng.service",
  "systemd-journald.service",
  "systemd-journal-upload.service",
  "dailyaidecheck.timer",
  "aidecheck.timer",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "unattended-upgrades.service",
  "dnf-automatic.timer",
  "dnf-automatic-install.timer",
  "apparmor.service",
  "cron.service",
];

const packages = [
  "aide",
  "aide-common",
  "apparmor",
  "apparmor-utils",
  "apt-listchanges",
  "chrony",
  "debsums",
  "dnf-automatic",
  "rsyslog",
  "systemd-journal-remote",
  "systemd-timesyncd",
  "unattended-upgrades",
];

/** Services that keep a server in order: time, logs, integrity, updates. systemctl(1), chronyc(1), apt-config(8). */
export const daemons = probe<Daemons>({
  id: "daemons",
  asks: "systemctl show of time, log, integrity and update services; journald.conf; apt-config dump",
  sizeLimit: 1024 * 1024,
  script: `${showFiles}
${showSettings}
systemctl show --timestamp=unix -p Id -p LoadState -p ActiveState -p UnitFileState -p LastTriggerUSec -p UnitFileState ${units.join(" ")} 2>/dev/null | sed 's/^/@show /'
if [ -d /var/lib/dpkg ]; then
  dpkg-query --show --showformat='@package \${Package} \${db:Status-Status}\\n' ${packages.join(" ")} 2>/dev/null
elif command -v rpm >/dev/null; then
  rpm -q --queryformat '@package %{NAME} installed\\n' ${packages.join(" ")} 2>/dev/null | grep '^@'
fi
# timedatectl would start a service of its own to answer.
if [ -e /run/systemd/timesync/synchronized ]; then
  echo "@time yes"
elif command -v chronyc >/dev/null; then
  timeout 1 chronyc -n tracking 2>/dev/null | grep -q '^Leap status *: Normal' && echo "@time yes" || echo "@time no"
elif command -v ntpq >/dev/null; then
  timeout 1 ntpq -pn 2>/dev/null | grep -q '^\\*' && echo "@time yes" || echo "@time no"
elif [ -d /run/systemd/timesync ]; then
  echo "@time no"
fi
read -r uptime _ </proc/uptime
printf '@uptime %s\\n' "$uptime"
settings systemd/journald.conf | sed -n 's/^[[:space:]]*\\([A-Za-z]\\{1,\\}[[:space:]]*=\\)/@journal \\1/p'
[ -d /var/log/journal ] && echo "@persistent"
sed -n 's/^[[:space:]]*\\$FileCreateMode[[:space:]]*/@filemode /p' /etc/rsyslog.conf /etc/rsyslog.d/*.conf 2>/dev/null
set --
for file in ${[journalFile, journalMain, upgradesFile, rsyslogFile, aideFile, debsumsFile].join(" ")}; do
  [ -f "$file" ] && [ ! -L "$file" ] && set -- "$@" "$file"
done
show file "$@"
for folder in /etc/systemd/journald.conf.d /etc/apt/apt.conf.d /etc/rsyslog.d; do [ -d "$folder" ] && printf '@folder %s\\n' "$folder"; done
for file in /var/lib/aide/aide.db /var/lib/aide/aide.db.gz; do [ -f "$file" ] && stat -c '@aide %s %Y' "$file"; done
[ -r /sys/module/apparmor/parameters/enabled ] && sed 's/^/@apparmor /' /sys/module/apparmor/parameters/enabled
armour=
read -r armour 2>/dev/null </sys/module/apparmor/parameters/enabled
if [ "$armour" = Y ] && [ -r /sys/kernel/security/apparmor/profiles ]; then
  sed -n 's/ (complain)$//p' /sys/kernel/security/apparmor/profiles | head -n 100 | sed 's/^/@complaining /'
  # What a profile is for stands in its name or in what it attaches to; patterns are left out.
  {
    { sed 's/ ([a-z]*)$//' /sys/kernel/security/apparmor/profiles; cat /sys/kernel/security/apparmor/policy/profiles/*/attach 2>/dev/null; } | grep '^/' | grep -v '[][*?{}]' | sort -u | sed 's/^/for /'
    grep -s '^unconfined' /proc/[0-9]*/attr/current | sed 's|^/proc/||; s|/.*||; s/^/free /'
    stat -c %N /proc/[0-9]*/exe 2>/dev/null | tr -d "'" | sed -n 's|^/proc/|exe |; s|/exe -> | |p'
  } | awk '
    $1 == "for" { profile[substr($0, 5)] = 1; next }
    $1 == "free" { free[$2] = 1; next }
    { pid = $2; path = substr($0, 6 + length(pid)) }
    free[pid] && profile[path] && !seen[path]++ && ++count <= 100 { print "@unconfined " path }'
fi
command -v getenforce >/dev/null && getenforce 2>/dev/null | sed 's/^/@selinux /'
# systemd leaves a note for whoever asks; where there is none, other signs are looked for.
{ [ -s /run/systemd/container ] || systemd-detect-virt --container --quiet 2>/dev/null; } && echo "@container"
command -v apt-config >/dev/null && ${aptMentions("Periodic|Unattended-Upgrade")} && apt-config dump 2>/dev/null | awk '/^(APT::Periodic|Unattended-Upgrade)/ { print "@apt " $0 }'
{ [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; } && echo "@reboot"
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    const of = (name: string) => restsOf(sections, name);
    const [aide] = of("aide");
    return known({
      units: unitsIn(of("show")),
      packages: of("package").flatMap((text) => (text.endsWith(" installed") ? [text.split(" ")[0] as string] : [])),
      synchronised: of("time")[0] === undefined ? undefined : of("time")[0] === "yes",
      uptime: Number(of("uptime")[0] ?? 0),
      journal: pairs(of("journal")),
      logFileMode: of("filemode").at(-1),
      persistentJournal: of("persistent").length > 0,
      files: filesIn(sections, "file"),
      folders: of("folder"),
      aideDatabase:
        aide === undefined ? undefined : { bytes: Number(aide.split(" ")[0]), modified: Number(aide.split(" ")[1]) },
      appArmor: of("apparmor")[0],
      appArmorLoose: { complaining: of("complaining"), unconfined: of("unconfined") },
      selinux: of("selinux")[0],
      container: of("container").length > 0,
      apt: Object.fromEntries(
        of("apt").flatMap((text) => {
          const match = /^(\S+) "(.*)";$/u.exec(text);
          return match ? [[match[1] as string, match[2] as string] as const] : [];
        }),
      ),
      rebootNeeded: of("reboot").length > 0,
    });
  },
});

const pairs = (lines: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    lines.flatMap((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()] as const];
    }),
  );

const unitsIn = (lines: readonly string[]): ReadonlyMap<string, Unit> => {
  const found = new Map<string, Unit>();
  for (const block of lines.join("\n").split(/\n\n+/u)) {
    const fields = pairs(block.split("\n"));
    const name = fields.Id;
    if (name === undefined || fields.LoadState === "not-found") continue;
    const last = Number((fields.LastTriggerUSec ?? "").replace(/^@/u, ""));
    found.set(name, {
      name,
      active: fields.ActiveState ?? "",
      enabled: fields.UnitFileState ?? "",
      lastRun: last > 0 ? last : undefined,
    });
  }
  return found;
};
