import { control } from "../../../src/model/control.ts";
import { type Files, files } from "../../../src/probes/files.ts";
import { judgePermissions, proposePermissions, type Wanted } from "./permissions.ts";

/** Who is and was logged in: programs of every account read these; the group utmp writes them. */
const records = /\/(?:wtmp|btmp|lastlog|faillog)(?:[.-][^/]*)?$/u;

/**
 * What lies in a folder that strangers cannot enter needs no more; what a service writes into a folder of its own is that
 * service's to close, and comes and goes with its package.
 */
const wanted = ({ logs }: Files): readonly Wanted[] => {
  const closed = logs.filter(({ kind, mode }) => kind === "directory" && (Number.parseInt(mode, 8) & 0o001) === 0);
  return logs
    .filter(({ kind }) => kind === "file")
    .filter(({ path }) => !closed.some((folder) => path.startsWith(`${folder.path}/`)))
    .filter(({ path, owner }) => owner === "root" || /^\/var\/log\/[^/]+$/u.test(path))
    .map((path) => ({ path, atMost: records.test(path.path) ? 0o664 : 0o640 }));
};

/** CIS Debian 12 6.1.4.1. */
export const logPermissions = control({
  id: "files-logs",
  guideline: ["OS-11", "OS-07"],
  title: "Logs can be read by their readers only",
  failing: "Logs can be read by every account",
  severity: "low",
  risk: "none",
  rationale:
    "Logs tell which software runs, who logs in from where, and now and then a password typed into the wrong field. Accounts that do not administer have no business in them.",
  references: [
    { source: "CIS Debian 12", id: "6.1.4.1" },
    { source: "CIS Debian 13", id: "6.1.3.1" },
    { source: "NIST 800-53", id: "AU-9" },
    { source: "man", id: "logrotate(8)" },
  ],
  needs: { files },
  inspect: (facts) => judgePermissions(wanted(facts.files)),
  plan: (facts) => proposePermissions(wanted(facts.files), (path) => `${path}: not for strangers`),
  breaks: () => ["monitoring that reads log files needs to be in the group adm (or the file's own)"],
});
