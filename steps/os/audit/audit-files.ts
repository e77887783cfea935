import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Auditd, auditd } from "../../../src/probes/auditd.ts";

type Found = Auditd["paths"][number];

/** What each may have at most, and whose it is: CIS Debian 12 6.2.4.1 to 6.2.4.10. */
const allowed = ({ path, kind }: Found): number =>
  path.startsWith("/var/log/audit") || path.startsWith("/etc/audit") ? (kind === "directory" ? 0o750 : 0o640) : 0o755;

const groups = new Set(["root", "adm"]);

const problem = (found: Found): string | undefined => {
  const excess = Number.parseInt(found.mode, 8) & ~allowed(found);
  if (excess !== 0) return `${found.path} has mode ${found.mode}`;
  if (found.owner !== "root") return `${found.path} belongs to ${found.owner}`;
  return groups.has(found.group) ? undefined : `${found.path} belongs to group ${found.group}`;
};

/** auditd.conf(5) log_group. */
export const files = control({
  id: "audit-files",
  guideline: ["OS-07"],
  title: "The audit trail, its rules and its tools are root's alone",
  failing: "Others can read or change the audit trail, its rules or its tools",
  severity: "medium",
  risk: "none",
  rationale:
    "A trail that others can change proves nothing, and one that they can read tells them what is watched and what is not.",
  references: [
    { source: "CIS Debian 12", id: "6.2.4.1" },
    { source: "CIS Ubuntu 22.04", id: "6.3.4.1" },
    { source: "CIS Ubuntu 24.04", id: "6.2.4.1" },
    { source: "CIS RHEL 9", id: "6.3.4.1" },
    { source: "NIST 800-53", id: "AU-9" },
  ],
  needs: { seen: auditd },
  applies: ({ seen }) => seen.installed || "auditd is not installed",
  inspect: ({ seen }) => {
    const problems = seen.paths.map(problem).filter((text) => text !== undefined);
    const evidence = [
      {
        asked: "stat of /var/log/audit, /etc/audit and the tools",
        answered: problems.join("\n") || `${seen.paths.length} files and folders, all closed`,
      },
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ seen }) =>
    seen.paths
      .filter((found) => problem(found) !== undefined)
      .map((found) =>
        change({
          kind: "permissions",
          phase: "files",
          risk: "none",
          title: `Close ${found.path}`,
          path: found.path,
          before: { mode: found.mode, owner: found.owner, group: found.group },
          after: {
            mode: (Number.parseInt(found.mode, 8) & allowed(found)).toString(8).padStart(4, "0"),
            owner: "root",
            group: groups.has(found.group) ? found.group : "root",
          },
        }),
      ),
});
