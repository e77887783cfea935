import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import type { FileState } from "./accounts.ts";

export const auditProgram = "/usr/local/lib/drawbridge/integration-audit";
export const auditList = "/etc/drawbridge-audit.list";
export const auditService = "/etc/systemd/system/drawbridge-audit.service";
export const auditTimer = "/etc/systemd/system/drawbridge-audit.timer";
export const auditWant = "/etc/systemd/system/timers.target.wants/drawbridge-audit.timer";
export const auditState = "/var/lib/drawbridge-audit";

export type Audit = {
  /** ActiveState of the timer. */
  readonly timer: string;
  /** Seconds since 1970 of its last run; undefined before the first. */
  readonly lastRun: number | undefined;
  /** "success", "exit-code", … of the last run. */
  readonly result: string;
  /** What the last run found: "changed content of /opt/…". Paths, never what is in them. */
  readonly changes: readonly string[];
  readonly files: ReadonlyMap<string, FileState>;
  /** Target of the link that starts the timer with the machine. */
  readonly want: string | undefined;
  /** Whether its folders are there: that of programs, and its own. */
  readonly folders: readonly string[];
};

const files = [auditProgram, auditList, auditService, auditTimer];

/** The daily look at what changed around the integrations: whether it is there, and what it found last. */
export const audit = probe<Audit>({
  id: "audit",
  asks: `systemctl show drawbridge-audit.timer drawbridge-audit.service; cat ${auditState}/report`,
  script: `unit=timer
# An empty line stands between the two.
systemctl show --timestamp=unix -p ActiveState -p Result -p ExecMainExitTimestamp drawbridge-audit.timer drawbridge-audit.service 2>/dev/null | while IFS= read -r line; do
  if [ -n "$line" ]; then printf '@%s %s\\n' "$unit" "$line"; else unit=service; fi
done
[ -f ${auditState}/report ] && [ ! -L ${auditState}/report ] && head -n 50 ${auditState}/report | sed 's/^/@change /'
[ -L ${auditWant} ] && printf '@want %s\\n' "$(readlink ${auditWant})"
for folder in /usr/local/lib/drawbridge ${auditState}; do [ -d "$folder" ] && printf '@folder %s\\n' "$folder"; done
for file in ${files.join(" ")}; do
  if [ -f "$file" ] && [ ! -L "$file" ]; then stat -c '@file %a %U %G %n' "$file"; { cat -- "$file"; echo .; } | sed 's/^/|/'; fi
done
exit 0`,
  parse: ({ stdout }) => {
    const lines = stdout.split("\n");
    const after = (beginning: string) =>
      lines.find((line) => line.startsWith(beginning))?.slice(beginning.length) ?? "";
    const found = new Map<string, FileState>();
    for (const [index, line] of lines.entries()) {
      const match = /^@file (\d+) (\S+) (\S+) (.*)$/u.exec(line);
      if (match === null) continue;
      const end = lines.findIndex((other, at) => at > index && !other.startsWith("|"));
      const framed = lines.slice(index + 1, end < 0 ? undefined : end).map((text) => text.slice(1));
      found.set(match[4] as string, {
        content: `${framed.slice(0, -1).join("\n")}${framed.length > 1 ? "\n" : ""}${(framed.at(-1) ?? ".").slice(0, -1)}`,
        mode: (match[1] as string).padStart(4, "0"),
        owner: match[2] as string,
        group: match[3] as string,
      });
    }
    return known({
      timer: after("@timer ActiveState="),
      lastRun: Number(/^@(\d+)/u.exec(after("@service ExecMainExitTimestamp="))?.[1]) || undefined,
      result: after("@service Result="),
      changes: lines
        .filter((line) => line.startsWith("@change "))
        .map((line) => line.slice("@change ".length).replaceAll("\t", " ")),
      files: found,
      want: after("@want ") || undefined,
      folders: lines.filter((line) => line.startsWith("@folder ")).map((line) => line.slice("@folder ".length)),
    });
  },
});
