import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type LogFile, networkLogs } from "../../../src/probes/network-logs.ts";

const closed = (mode: string): string => (Number.parseInt(mode, 8) & 0o640).toString(8).padStart(4, "0");
const open = ({ mode }: LogFile): boolean => (Number.parseInt(mode, 8) & 0o137) !== 0;

/** NIST AU-9; the same as files-logs, for logs that lie where only proxies write. */
export const networkLogsReaders = control({
  id: "network-logs-readers",
  guideline: ["NW-02"],
  title: "The proxies' logs can be read by their readers only",
  failing: "Every account can read the proxies' logs",
  severity: "low",
  risk: "none",
  rationale:
    "Callers' addresses, paths with keys in them, and who works when: other accounts have no business in there. The group keeps its right to read, so that monitoring goes on.",
  references: [
    { source: "NIST 800-53", id: "AU-9" },
    { source: "CIS Debian 12", id: "6.1.4.1" },
  ],
  needs: { logs: networkLogs },
  applies: ({ logs }) => logs.files.length > 0 || "no proxy has written a log here",
  inspect: ({ logs }) => {
    const evidence = [
      {
        asked: "stat /var/log/nginx/*.log /var/log/haproxy*.log",
        answered: logs.files.map(({ path, mode, owner, group }) => `${path} ${mode} ${owner}:${group}`).join("\n"),
      },
    ];
    const wrong = logs.files.filter(open);
    return wrong.length === 0
      ? pass(evidence)
      : fail(wrong.map(({ path, mode }) => `${path} has mode ${mode}`).join("; "), evidence);
  },
  plan: ({ logs }) =>
    logs.files.filter(open).map(({ path, mode, owner, group }) =>
      change({
        kind: "permissions",
        phase: "files",
        risk: "none",
        title: `${path}: not for strangers`,
        path,
        before: { mode, owner, group },
        after: { mode: closed(mode), owner, group },
      }),
    ),
});
