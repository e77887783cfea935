import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { type FileState, type PathState, pathStates } from "./accounts.ts";
import { filesIn, restsOf, sectionsIn, showFiles } from "./sections.ts";

export type LogFile = Exclude<PathState, { kind: "missing" }>;

export type NetworkLogs = {
  /** Log files of nginx and haproxy that are there, rotated ones left out. */
  readonly files: readonly LogFile[];
  /** Files of logrotate(8) that speak of them, by path. */
  readonly rotations: ReadonlyMap<string, NonNullable<FileState>>;
  readonly logrotate: boolean;
  /** Files of rsyslog in which haproxy is told its own log: "/var/log/haproxy.log". */
  readonly haproxyLog: string | undefined;
};

export const ownProxyRotation = "/etc/logrotate.d/drawbridge-proxies";

/** Where nginx and haproxy write, who reads it, and for how long it is kept. logrotate(8). */
export const networkLogs = probe<NetworkLogs>({
  id: "network-logs",
  asks: "stat /var/log/nginx/* /var/log/haproxy*; cat /etc/logrotate.d/*",
  script: `${showFiles}
set --
for file in /var/log/nginx/*.log /var/log/haproxy*.log /var/log/haproxy/*.log; do [ -f "$file" ] && [ ! -L "$file" ] && set -- "$@" "$file"; done
[ $# -eq 0 ] || { echo '@log'; stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$@"; }
[ -x /usr/sbin/logrotate ] && echo '@logrotate'
set --
for file in /etc/logrotate.d/*; do [ -f "$file" ] && [ ! -L "$file" ] && set -- "$@" "$file"; done
if [ $# -gt 0 ]; then
  speaking=$(grep -lE 'nginx|haproxy' -- "$@" 2>/dev/null)
  set -f
  IFS='
'
  # shellcheck disable=SC2086
  show file $speaking
  unset IFS
  set +f
fi
set --
for file in /etc/rsyslog.conf /etc/rsyslog.d/*.conf; do [ -f "$file" ] && set -- "$@" "$file"; done
[ $# -eq 0 ] || sed -n 's|^[^#]*\\(/var/log/haproxy[A-Za-z0-9./_-]*\\).*|@haproxy \\1|p' -- "$@"
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    return known({
      files: sections.filter(({ name }) => name === "log").flatMap(({ lines }) => pathStates(lines)),
      rotations: filesIn(sections, "file"),
      logrotate: sections.some(({ name }) => name === "logrotate"),
      haproxyLog: restsOf(sections, "haproxy")[0],
    });
  },
});

/** A stanza of logrotate's: what it names, and for how many days it keeps that. */
export type Rotation = {
  readonly patterns: readonly string[];
  /** Days between two rotations; undefined where only the size decides. */
  readonly period: number | undefined;
  /** How many old files stay; undefined where nothing is said. */
  readonly count: number | undefined;
  /** Offsets of the number in `rotate NUMBER`. */
  readonly place: { readonly start: number; readonly end: number } | undefined;
};

const periods = { hourly: 1 / 24, daily: 1, weekly: 7, monthly: 30, yearly: 365 } as const;

/** logrotate.conf(5): patterns, a brace, directives one a line, a brace. Scripts inside are skipped. */
export const readRotations = (text: string): readonly Rotation[] => {
  const found: Rotation[] = [];
  let patterns: string[] = [];
  let inside: { period?: number; count?: number; place?: Rotation["place"] } | undefined;
  let script = false;
  let at = 0;
  for (const line of text.split("\n")) {
    const start = at;
    at += line.length + 1;
    const words = line.replace(/#.*$/u, "").trim();
    if (script) {
      script = words !== "endscript";
      continue;
    }
    if (inside === undefined) {
      patterns.push(...(words.match(/"[^"]+"|[^\s{]+/gu) ?? []).map((word) => word.replaceAll('"', "")));
      if (words.includes("{")) inside = {};
      continue;
    }
    if (words.startsWith("}")) {
      const { period, count, place } = inside;
      found.push({ patterns: patterns.filter((pattern) => pattern.startsWith("/")), period, count, place });
      patterns = [];
      inside = undefined;
      continue;
    }
    if (/^(?:prerotate|postrotate|firstaction|lastaction|preremove)\b/u.test(words)) script = true;
    if (Object.hasOwn(periods, words)) inside.period = periods[words as keyof typeof periods];
    const rotate = /^(\s*rotate\s+)(\d+)/u.exec(line);
    if (rotate !== null) {
      const from = start + (rotate[1] as string).length;
      inside.count = Number(rotate[2]);
      inside.place = { start: from, end: from + (rotate[2] as string).length };
    }
  }
  return found;
};

/** Days that a stanza keeps at least; undefined where that cannot be said. */
export const daysOf = ({ period, count }: Rotation): number | undefined =>
  period === undefined || count === undefined ? undefined : Math.floor(period * count);
