import { control } from "../../../src/model/control.ts";
import { type Files, files } from "../../../src/probes/files.ts";
import { judgePermissions, proposePermissions, type Wanted } from "./permissions.ts";

const wanted = ({ homes }: Files): readonly Wanted[] =>
  homes.flatMap(({ user, folder, dotFiles }) => [
    { path: folder, atMost: 0o750, ...(folder.path.startsWith("/home/") || user === "root" ? { owner: user } : {}) },
    // Files that hold names and passwords are nobody else's at all.
    ...dotFiles.map((path) => ({
      path,
      atMost: /\/\.(?:netrc|pgpass|my\.cnf|rhosts|bash_history)$/u.test(path.path) ? 0o600 : 0o740,
      owner: user,
    })),
  ]);

/** CIS Debian 12 7.2.9, 7.2.10. */
export const homeDirectories = control({
  id: "files-home-directories",
  guideline: ["OS-11"],
  title: "Homes are closed to strangers",
  failing: "Homes can be read by every account",
  severity: "medium",
  risk: "none",
  rationale:
    "Homes hold histories, tokens and half-finished exports, and start-up files that run as their owner. A broken service should not be able to read them, let alone write.",
  references: [
    { source: "CIS Debian 12", id: "7.2.9" },
    { source: "CIS Debian 12", id: "7.2.10" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "Lynis", id: "HOME-9304" },
  ],
  needs: { files },
  applies: (facts) => facts.files.homes.length > 0 || "no account here has a home and a shell",
  inspect: (facts) => judgePermissions(wanted(facts.files)),
  plan: (facts) => proposePermissions(wanted(facts.files), (path) => `${path}: not for strangers`),
  breaks: (facts) =>
    facts.files.homes.some(({ folder }) => (Number.parseInt(folder.mode, 8) & 0o007) !== 0)
      ? ["a service that reads files out of somebody's home (web pages in public_html) no longer reaches them"]
      : [],
});
