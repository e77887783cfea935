import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { daysOf, type NetworkLogs, networkLogs, ownProxyRotation } from "../../../src/probes/network-logs.ts";
import { networkLogsDays } from "./questions.ts";
import { type Stanza, stanzaOf, stanzas, unrotated } from "./written.ts";

/** Rotations that make so many days. */
const countFor = (days: number, period: number): number => Math.max(1, Math.ceil(days / period));

/** Stanzas of the proxies' own logs that keep less than that, or more than twice as much. */
const wrongStanzas = (logs: NetworkLogs, days: number): readonly Stanza[] =>
  [...new Set(logs.files.flatMap(({ path }) => stanzaOf(logs, path) ?? []).map((stanza) => JSON.stringify(stanza)))]
    .map((text) => JSON.parse(text) as Stanza)
    .filter((stanza) => {
      const kept = daysOf(stanza);
      return kept === undefined || kept < days || kept > Math.max(2 * days, days + 31);
    });

const describe = (stanza: Stanza): string => {
  const kept = daysOf(stanza);
  return `${stanza.path} keeps ${kept === undefined ? "what its size allows, whatever its age" : `${kept} days`}`;
};

/** nginx opens its files again at USR1; haproxy's are rsyslog's. */
const ownStanza = (
  paths: readonly string[],
  days: number,
): string => `# Written by drawbridge: logs of proxies that nothing rotated.
${paths.join("\n")}
{
    daily
    rotate ${days}
    missingok
    notifempty
    compress
    delaycompress
    sharedscripts
    postrotate
        [ ! -f /run/nginx.pid ] || kill -USR1 "$(cat /run/nginx.pid)"
        [ ! -x /usr/lib/rsyslog/rsyslog-rotate ] || /usr/lib/rsyslog/rsyslog-rotate
    endscript
}
`;

/** logrotate(8). */
export const networkLogsKept = control({
  id: "network-logs-kept",
  guideline: ["NW-02"],
  title: "The proxies' logs are rotated and kept as long as agreed",
  failing: "The proxies' logs grow without end, or are gone too soon",
  severity: "medium",
  risk: "none",
  rationale:
    "A log that grows fills the disk, and then everything stops. One that goes after a week is missing when a break-in is noticed after three. How long it stays is a decision, also towards the callers whose addresses are in it.",
  references: [
    { source: "NIST 800-53", id: "AU-11" },
    { source: "man", id: "logrotate(8)" },
  ],
  needs: { logs: networkLogs },
  applies: ({ logs }) => logs.files.length > 0 || "no proxy has written a log here",
  inspect: ({ logs }, answers) => {
    const days = answers.get(networkLogsDays);
    const loose = unrotated(logs);
    const evidence = [
      {
        asked: "cat /etc/logrotate.d/*, those of the proxies",
        answered: stanzas(logs).map(describe).join("\n") || "nothing rotates them",
      },
    ];
    const problems = [
      ...(logs.logrotate ? [] : ["logrotate is not installed"]),
      ...loose.map((path) => `${path} is not rotated`),
      ...wrongStanzas(logs, days).map((stanza) => `${describe(stanza)} instead of ${days}`),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ logs }, answers) => {
    const days = answers.get(networkLogsDays);
    const owned = { owner: "root", group: "root" } as const;
    const common = { phase: "files", risk: "none" } as const;
    const before = logs.rotations.get(ownProxyRotation);
    const loose = unrotated(logs);
    const mended = new Map<string, string>();
    // From the end, so that offsets of earlier ones hold.
    for (const { path, place, period } of wrongStanzas(logs, days).toSorted(
      (a, b) => (b.place?.start ?? 0) - (a.place?.start ?? 0),
    )) {
      const text = mended.get(path) ?? logs.rotations.get(path)?.content;
      if (text === undefined || place === undefined || period === undefined) continue;
      mended.set(path, `${text.slice(0, place.start)}${countFor(days, period)}${text.slice(place.end)}`);
    }
    const changes: Change[] = logs.logrotate
      ? []
      : [
          change({
            kind: "package",
            phase: "packages",
            risk: "none",
            title: "Install logrotate",
            names: ["logrotate"],
          }),
        ];
    for (const [path, content] of mended) {
      const file = logs.rotations.get(path);
      if (file === undefined) continue;
      changes.push(
        change({
          ...common,
          kind: "file",
          title: `${path}: keep ${days} days`,
          path,
          before: file,
          after: { ...file, content },
          verify: logs.logrotate ? [["logrotate", "-d", path]] : [],
        }),
      );
    }
    if (loose.length > 0)
      changes.push(
        change({
          ...common,
          kind: "file",
          title: "Rotate the proxies' logs",
          path: ownProxyRotation,
          before: before ?? null,
          after: {
            content: ownStanza(
              [
                ...new Set([
                  ...(before === undefined
                    ? []
                    : stanzas(logs)
                        .filter(({ path }) => path === ownProxyRotation)
                        .flatMap(({ patterns }) => patterns)),
                  ...loose,
                ]),
              ].sort(),
              days,
            ),
            mode: "0644",
            ...owned,
          },
        }),
      );
    return changes;
  },
});
