import { control } from "../../../src/model/control.ts";
import { type Files, files } from "../../../src/probes/files.ts";
import { judgePermissions, proposePermissions, type Wanted } from "./permissions.ts";

/** Owner root; RHEL keeps the shadows at 0000 root:root, Debian at 0640 root:shadow. */
const limits: Readonly<Record<string, readonly [atMost: number, ...groups: string[]]>> = {
  "/etc/passwd": [0o644, "root"],
  "/etc/passwd-": [0o644, "root"],
  "/etc/group": [0o644, "root"],
  "/etc/group-": [0o644, "root"],
  "/etc/shadow": [0o640, "root", "shadow"],
  "/etc/shadow-": [0o640, "root", "shadow"],
  "/etc/gshadow": [0o640, "root", "shadow"],
  "/etc/gshadow-": [0o640, "root", "shadow"],
  "/etc/shells": [0o644, "root"],
  "/etc/security/opasswd": [0o600, "root"],
  "/etc/security/opasswd.old": [0o600, "root"],
  "/etc/issue": [0o644, "root"],
  "/etc/issue.net": [0o644, "root"],
  "/etc/motd": [0o644, "root"],
  "/boot/grub/grub.cfg": [0o600, "root"],
  "/boot/grub2/grub.cfg": [0o600, "root"],
};

const wanted = ({ fixed }: Files): readonly Wanted[] =>
  fixed.flatMap((path) => {
    const limit = limits[path.path];
    if (limit === undefined || path.kind !== "file") return [];
    const [atMost, ...groups] = limit;
    return [{ path, atMost, owner: "root", groups }];
  });

/** passwd(5), shadow(5); CIS Debian 12 7.1.x. */
export const accountDatabases = control({
  id: "files-account-databases",
  guideline: ["OS-11"],
  title: "Account databases belong to root and keep their hashes to themselves",
  failing: "Account databases can be read or changed by others",
  severity: "critical",
  risk: "none",
  rationale:
    "Whoever can write these files is root with one line, and whoever can read the shadows can guess passwords at leisure. Their backups with a dash at the end hold the same.",
  references: [
    { source: "CIS Debian 12", id: "7.1.5" },
    { source: "CIS Debian 12", id: "7.1.1" },
    { source: "CIS Debian 13", id: "7.1.5" },
    { source: "CIS Debian 13", id: "7.1.1" },
    { source: "CIS Ubuntu 22.04", id: "7.1.5" },
    { source: "CIS Ubuntu 22.04", id: "7.1.1" },
    { source: "CIS Ubuntu 24.04", id: "7.1.5" },
    { source: "CIS Ubuntu 24.04", id: "7.1.1" },
    { source: "CIS RHEL 9", id: "7.1.5" },
    { source: "CIS RHEL 9", id: "7.1.1" },
    { source: "STIG RHEL 9", id: "RHEL-09-232270" },
    { source: "STIG RHEL 9", id: "RHEL-09-232075" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "Lynis", id: "FILE-7524" },
    { source: "man", id: "shadow(5)" },
  ],
  needs: { files },
  inspect: (facts) => judgePermissions(wanted(facts.files)),
  plan: (facts) =>
    proposePermissions(wanted(facts.files), (path) => `${path}: root's, readable only where it has to be`),
});
