import { control } from "../../../src/model/control.ts";
import { type Files, files } from "../../../src/probes/files.ts";
import { judgePermissions, proposePermissions, type Wanted } from "./permissions.ts";

/** Who is and was logged in: programs of every account read these; the group utmp writes them. */
const records = /\/(?:wtmp|btmp|lastlog|faillog)(?:[.-][^/]*)?$/u;

const wanted = ({ logs }: Files): readonly Wanted[] =>
  logs.map((path) => ({ path, atMost: records.test(path.path) ? 0o664 : 0o640 }));

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
