import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import type { FileState } from "./accounts.ts";

export type LogRotation = {
  readonly installed: boolean;
  /** Something runs it every day: its timer, or cron. */
  readonly scheduled: boolean;
  /** Patterns that its files name, as they are written. */
  readonly patterns: readonly string[];
  /** /etc/logrotate.d/drawbridge-integrations */
  readonly own: FileState;
};

export const ownRotation = "/etc/logrotate.d/drawbridge-integrations";

/** logrotate(8): which files it looks after. */
export const logRotation = probe<LogRotation>({
  id: "log-rotation",
  asks: "cat /etc/logrotate.conf /etc/logrotate.d/*",
  system: "image",
  script: `[ -x "$root/usr/sbin/logrotate" ] && echo '@installed'
{ [ -e "$root/etc/systemd/system/timers.target.wants/logrotate.timer" ] || [ -x "$root/etc/cron.daily/logrotate" ]; } && echo '@scheduled'
set --
for file in "$root/etc/logrotate.conf" "$root"/etc/logrotate.d/*; do [ -f "$file" ] && set -- "$@" "$file"; done
[ $# -eq 0 ] || awk '
  FNR == 1 { bytes = 0 }
  { bytes += length($0) + 1 }
  bytes > 65536 { next }
  {
    sub(/#.*/, "")
    gsub(/[{}]/, "\\n&\\n")
    count = split($0, parts, "\\n")
    for (number = 1; number <= count; number++)
      if (parts[number] ~ /^[ \\t]*["\\/]/) { sub(/^[ \\t]*/, "", parts[number]); print "@pattern " parts[number] }
  }' "$@"
own="$root${ownRotation}"
if [ -f "$own" ] && [ ! -L "$own" ]; then stat -c '@own %a %U %G' "$own"; { cat -- "$own"; echo .; } | sed 's/^/|/'; fi
exit 0`,
  parse: ({ stdout }) => {
    const lines = stdout.split("\n");
    const stat = lines.map((line) => /^@own (\d+) (\S+) (\S+)$/u.exec(line)).find((match) => match !== null);
    const framed = lines.filter((line) => line.startsWith("|")).map((line) => line.slice(1));
    return known({
      installed: lines.includes("@installed"),
      scheduled: lines.includes("@scheduled"),
      patterns: lines.flatMap((line) =>
        line.startsWith("@pattern ")
          ? (line.slice("@pattern ".length).match(/"[^"]+"|\S+/gu) ?? []).map((word) => word.replaceAll('"', ""))
          : [],
      ),
      own:
        stat === undefined
          ? null
          : {
              content: `${framed.slice(0, -1).join("\n")}${framed.length > 1 ? "\n" : ""}${(framed.at(-1) ?? ".").slice(0, -1)}`,
              mode: (stat[1] as string).padStart(4, "0"),
              owner: stat[2] as string,
              group: stat[3] as string,
            },
    });
  },
});

/** Whether a pattern of logrotate's (glob(7), no braces) names a path. */
export const isRotated = (path: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|\\]/gu, "\\$&")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]");
    try {
      return new RegExp(`^${source}$`, "u").test(path);
    } catch {
      return false;
    }
  });
