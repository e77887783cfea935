import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import type { FileState } from "./accounts.ts";
import { filesIn, restsOf, sectionsIn, showFiles } from "./sections.ts";

export const backupSettings = "/etc/drawbridge/backups";
export const backupState = "/var/lib/drawbridge-backup";
export const backupProgram = "/usr/local/lib/drawbridge/backup";
export const backupPassword = `${backupSettings}/password`;
export const backupUnits = ["drawbridge-backup", "drawbridge-restore-drill"] as const;

/** How a run ended, in its own words: templates/backups/backup writes it. Times are seconds since 1970. */
export type BackupRun = {
  readonly result: "ok" | "failed" | "running";
  readonly began: number | undefined;
  readonly ended: number | undefined;
  /** End of the last run that ended well, this one or an earlier one. */
  readonly good: number | undefined;
  readonly snapshot: string;
  readonly reason: string;
  readonly note: string;
};

export type BackupService = {
  /** ActiveState of the service: "activating" while it works. */
  readonly active: string;
  /** Result of systemd.service(5): "success", "exit-code", "timeout", "resources". */
  readonly result: string;
  /** Seconds since 1970 at which its process ended last. */
  readonly exited: number | undefined;
  /** It was told to start, and waits for its turn. */
  readonly queued: boolean;
  /** ActiveState of its timer. */
  readonly timer: string;
  /** Target of the link that starts the timer with the machine. */
  readonly want: string | undefined;
  /** undefined before the first run. */
  readonly run: BackupRun | undefined;
};

export type Backups = {
  /** restic is installed. */
  readonly restic: boolean;
  /** Seconds since 1970 on the machine's clock. */
  readonly now: number;
  readonly save: BackupService;
  readonly drill: BackupService;
  /** Our settings, program and units, by path; never the password. */
  readonly files: ReadonlyMap<string, NonNullable<FileState>>;
  /** Folders that are there, ours and those that usually hold something worth saving. */
  readonly folders: readonly string[];
  /** Mode and owner of the password file that is made here; undefined when there is none. */
  readonly password: { readonly mode: string; readonly owner: string } | undefined;
  /** Database servers that run, by unit without ".service": "postgresql@15-main", "mariadb". */
  readonly databases: readonly string[];
  /** Other programs for backups that are installed, by command. */
  readonly others: readonly string[];
};

export const backupFiles = [
  backupProgram,
  ...["repository", "paths", "exclude", "keep", "databases"].map((name) => `${backupSettings}/${name}`),
  ...backupUnits.flatMap((unit) => ["service", "timer"].map((kind) => `/etc/systemd/system/${unit}.${kind}`)),
];

const folders = [
  "/usr/local/lib/drawbridge",
  backupSettings,
  backupState,
  "/etc",
  "/etc/drawbridge",
  "/root",
  "/home",
  "/srv",
  "/opt",
  "/usr/local",
  "/var/spool/cron",
  "/var/www",
];

/** What saves this machine, and how that went last. restic(1), systemd.timer(5). */
export const backups = probe<Backups>({
  id: "backups",
  asks: `systemctl show ${backupUnits.join(" ")}; cat ${backupState}/save ${backupState}/drill`,
  script: `${showFiles}
command -v restic >/dev/null && echo "@restic"
printf '@now %s\\n' "$(date +%s)"
# An empty line ends what is said of a unit. Patterns match what is loaded, and nothing else need be known of databases.
systemctl show --timestamp=unix -p Id -p ActiveState -p Result -p ExecMainExitTimestamp -p Job ${backupUnits.map((unit) => `${unit}.service ${unit}.timer`).join(" ")} 'postgresql*.service' 'mariadb*.service' 'mysql*.service' 2>/dev/null | awk '
  function told() {
    kind = id; sub(/.*[.]/, "", kind); name = id; sub(/[.][a-z]*$/, "", name)
    if (name ~ /^drawbridge-/) for (field in value) print "@" kind " " name " " field "=" value[field]
    else if (value["ActiveState"] == "active") print "@database " name
    id = ""; split("", value)
  }
  $0 == "" { told(); next }
  { at = index($0, "="); if (substr($0, 1, at) == "Id=") id = substr($0, at + 1); else value[substr($0, 1, at - 1)] = substr($0, at + 1) }
  END { if (id != "") told() }'
for unit in ${backupUnits.join(" ")}; do
  link=/etc/systemd/system/timers.target.wants/$unit.timer
  [ -L "$link" ] && printf '@want %s %s\\n' "$unit" "$(readlink "$link")"
done
for run in save drill; do
  [ -f ${backupState}/$run ] && [ ! -L ${backupState}/$run ] && head -n 10 ${backupState}/$run | cut -c 1-600 | sed "s/^/@run $run /"
done
for folder in ${folders.join(" ")}; do [ -d "$folder" ] && [ ! -L "$folder" ] && printf '@folder %s\\n' "$folder"; done
[ -f ${backupPassword} ] && stat -c '@password %a %U' ${backupPassword}
set --
for file in ${backupFiles.join(" ")}; do [ -f "$file" ] && [ ! -L "$file" ] && set -- "$@" "$file"; done
show file "$@"
for program in borg borgmatic kopia duplicity bacula-fd bareos-fd rsnapshot amdump veeamconfig; do command -v "$program" >/dev/null && printf '@other %s\\n' "$program"; done
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    const of = (name: string) => restsOf(sections, name);
    const [password] = of("password");
    const service = (unit: string, run: string): BackupService => {
      const property = (name: string, key: string) =>
        of(name)
          .find((text) => text.startsWith(`${unit} ${key}=`))
          ?.slice(unit.length + key.length + 2) ?? "";
      return {
        active: property("service", "ActiveState"),
        result: property("service", "Result"),
        exited: seconds(property("service", "ExecMainExitTimestamp").slice(1)),
        queued: Number(property("service", "Job")) > 0,
        timer: property("timer", "ActiveState"),
        want: of("want")
          .find((text) => text.startsWith(`${unit} `))
          ?.slice(unit.length + 1),
        run: runIn(of("run").flatMap((text) => (text.startsWith(`${run} `) ? [text.slice(run.length + 1)] : []))),
      };
    };
    return known({
      restic: of("restic").length > 0,
      now: Number(of("now")[0] ?? 0),
      save: service("drawbridge-backup", "save"),
      drill: service("drawbridge-restore-drill", "drill"),
      files: filesIn(sections, "file"),
      folders: of("folder"),
      password:
        password === undefined
          ? undefined
          : { mode: (password.split(" ")[0] ?? "").padStart(4, "0"), owner: password.split(" ")[1] ?? "" },
      databases: databasesIn(of("database")),
      others: of("other"),
    });
  },
});

const seconds = (text: string): number | undefined => Number(text) || undefined;

const runIn = (lines: readonly string[]): BackupRun | undefined => {
  const fields = new Map(
    lines.map((line) => {
      const at = line.indexOf(" ");
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const result = fields.get("result");
  if (result !== "ok" && result !== "failed" && result !== "running") return undefined;
  return {
    result,
    began: seconds(fields.get("began") ?? ""),
    ended: seconds(fields.get("ended") ?? ""),
    good: seconds(fields.get("good") ?? ""),
    snapshot: fields.get("snapshot") ?? "",
    reason: fields.get("reason") ?? "",
    note: fields.get("note") ?? "",
  };
};

/** Debian's postgresql.service only starts the clusters, which are units of their own. */
const databasesIn = (units: readonly string[]): readonly string[] => {
  const clusters = units.filter((unit) => /^postgresql@[A-Za-z0-9.]+-[A-Za-z0-9._-]+$/u.test(unit));
  const single = units.filter((unit) => unit === "mariadb" || (unit === "mysql" && !units.includes("mariadb")));
  const plain = units.includes("postgresql") && clusters.length === 0 ? ["postgresql"] : [];
  return [...clusters, ...plain, ...single].toSorted();
};
