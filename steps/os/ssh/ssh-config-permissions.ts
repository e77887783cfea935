import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { type SshdFile, sshd } from "../../../src/probes/sshd.ts";

/** Files of a package below /usr, and what update-crypto-policies generates, keep the modes they come with. */
const isOurs = ({ path, kind }: SshdFile): boolean => kind === "file" && path.startsWith("/etc/ssh/");

const isClosed = ({ mode, owner, group }: SshdFile): boolean =>
  owner === "root" && group === "root" && /^0[0-6]00$/u.test(mode);

/** sshd_config tells an attacker who may log in and how. CIS Debian 12 5.1.1. */
export const configPermissions = control({
  id: "ssh-config-permissions",
  guideline: ["OS-05", "OS-11"],
  title: "Only root can read and change SSH's configuration",
  failing: "Others can read or change SSH's configuration",
  severity: "medium",
  risk: "none",
  rationale:
    "Whoever can change these files can let anyone in at the next reload. Reading them tells who may log in, from where and by which exceptions. sshd reads them as root, so nobody else needs to.",
  references: [
    { source: "CIS Debian 12", id: "5.1.1" },
    { source: "CIS Debian 13", id: "5.1.1" },
    { source: "CIS Ubuntu 22.04", id: "5.1.1" },
    { source: "CIS Ubuntu 24.04", id: "5.1.1" },
    { source: "CIS RHEL 9", id: "5.1.1" },
    { source: "STIG RHEL 9", id: "RHEL-09-255115" },
    { source: "NIST 800-53", id: "AC-17(a)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "Lynis", id: "FILE-7524" },
  ],
  needs: { sshd },
  inspect: ({ sshd }) => {
    const open = sshd.files.filter(isOurs).filter((file) => !isClosed(file));
    return passWhen(
      open.length === 0,
      sshd.files.map(({ path, mode, owner, group }) => ({
        asked: `stat ${path}`,
        answered: `${mode} ${owner}:${group}`,
      })),
      open.map(({ path, mode, owner, group }) => `${path} is ${mode} ${owner}:${group}`).join("; "),
    );
  },
  plan: ({ sshd }) =>
    sshd.files
      .filter(isOurs)
      .filter((file) => !isClosed(file))
      .map(({ path, mode, owner, group }) =>
        change({
          kind: "permissions",
          title: `SSH: only root reads ${path}`,
          risk: "none",
          phase: "ssh",
          path,
          before: { mode, owner, group },
          after: { mode: "0600", owner: "root", group: "root" },
        }),
      ),
});
