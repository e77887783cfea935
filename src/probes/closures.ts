import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { type FileState, type PathState, pathStates } from "./accounts.ts";
import { filesIn, restsOf, sectionsIn } from "./sections.ts";

type Found = Exclude<PathState, { kind: "missing" }>;

/** What closes things again and again: at every boot, after the network is up, at every login. */
export type Closures = {
  /** Regular files of `closureFiles` that are there. */
  readonly files: ReadonlyMap<string, NonNullable<FileState>>;
  /** Copies of account databases and records of logins that are there. */
  readonly records: readonly Found[];
  /** UnitFileState of the unit that sets the kernel's settings once more when the network is up; empty: there is none. */
  readonly reapplied: string;
  readonly folders: readonly string[];
};

export const recordsFile = "/etc/tmpfiles.d/00-drawbridge.conf";
export const reapplyUnit = "sysctl-reapply-network.service";
export const reapplyFile = `/etc/systemd/system/${reapplyUnit}`;
export const reapplyWanted = `/etc/systemd/system/multi-user.target.wants/${reapplyUnit}`;
/** Debian's own: pam(7) of Debian 13 lifts the hard limit for everybody in it. */
export const debianLimits = "/etc/security/limits.d/10-coredump-debian.conf";

/** With the mode that each is wanted with, and whose it is; undefined: any group, where no bit is left for it. */
export const records: Readonly<Record<string, { readonly mode: string; readonly group: string | undefined }>> = {
  "/etc/shadow-": { mode: "0000", group: undefined },
  "/etc/gshadow-": { mode: "0000", group: "root" },
  "/var/log/wtmp": { mode: "0640", group: "utmp" },
  "/var/log/btmp": { mode: "0600", group: "utmp" },
  "/var/log/lastlog": { mode: "0640", group: "utmp" },
  "/var/log/faillog": { mode: "0640", group: "root" },
};

/** tmpfiles.d(5), systemd.unit(5), limits.conf(5). */
export const closures = probe<Closures>({
  id: "closures",
  asks: `stat of login records; ${recordsFile}; systemctl is-enabled ${reapplyUnit}`,
  script: `for file in ${[recordsFile, reapplyFile, debianLimits].join(" ")}; do
  if [ -f "$file" ] && [ ! -L "$file" ]; then
    printf '@file %s\\n' "$file"
    stat -c '%F|%a|%U|%G|%u|%g|%n' "$file"
    { head -c 65536 "$file"; echo .; } | sed 's/^/|/'
  fi
done
echo @records
for file in ${Object.keys(records).join(" ")}; do [ ! -L "$file" ] && stat -c '%F|%a|%U|%G|%u|%g|%n' "$file" 2>/dev/null; done
[ ! -L ${reapplyWanted} ] || echo "@reapplied enabled"
for folder in /etc/tmpfiles.d /etc/systemd/system/multi-user.target.wants; do [ -d "$folder" ] && printf '@folder %s\\n' "$folder"; done
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    return known({
      files: filesIn(sections, "file"),
      records: sections
        .filter(({ name }) => name === "records")
        .flatMap(({ lines }) => pathStates(lines))
        .filter((state): state is Found => state.kind === "file"),
      reapplied: restsOf(sections, "reapplied")[0] ?? "",
      folders: restsOf(sections, "folder"),
    });
  },
});
