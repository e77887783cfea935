import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { ownProfile, policy } from "../../../src/probes/policy.ts";
import { accountDefaults, defaultOf } from "./composer.ts";
import { loginProfile, umaskIn } from "./profile.ts";
import { umask } from "./questions.ts";

const strict = (found: string | undefined, wanted: string): boolean => {
  if (found === undefined || !/^[0-7]{3,4}$/u.test(found)) return false;
  const needed = Number.parseInt(wanted, 8);
  return (Number.parseInt(found, 8) & needed) === needed;
};

/** umask(2), login.defs(5); CIS Debian 12 5.4.3.3. */
export const defaultUmask = control({
  id: "accounts-umask",
  guideline: ["OS-10"],
  title: "New files are closed to strangers",
  failing: "New files can be read by every account",
  severity: "low",
  risk: "none",
  rationale:
    "A file is born with the rights that the umask leaves. With the usual 022 every export, key and dump can be read by every account until somebody remembers to close it.",
  references: [
    { source: "CIS Debian 12", id: "5.4.3.3" },
    { source: "CIS Debian 13", id: "5.4.3.3" },
    { source: "CIS Ubuntu 22.04", id: "5.4.3.3" },
    { source: "CIS Ubuntu 24.04", id: "5.4.3.3" },
    { source: "CIS RHEL 9", id: "5.4.3.3" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-412035" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-300030" },
    { source: "STIG RHEL 9", id: "RHEL-09-412065" },
    { source: "STIG RHEL 9", id: "RHEL-09-412070" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "Lynis", id: "AUTH-9328" },
    { source: "man", id: "umask(2)" },
  ],
  needs: { policy },
  applies: (facts) => facts.policy.files.has("/etc/login.defs") || "there is no /etc/login.defs",
  inspect: ({ policy: seen }, answers) => {
    const wanted = answers.get(umask);
    const places = [
      ["/etc/login.defs", defaultOf(seen, "/etc/login.defs", "UMASK")],
      [ownProfile, umaskIn(seen.files.get(ownProfile)?.content)],
      ...["/etc/bash.bashrc", "/etc/bashrc"].flatMap((path) =>
        seen.files.has(path) ? [[path, umaskIn(seen.files.get(path)?.content)]] : [],
      ),
    ] as const;
    const evidence = places.map(([path, found]) => ({ asked: `umask in ${path}`, answered: found ?? "not set" }));
    const bad = places.filter(([, found]) => !strict(found, wanted));
    return bad.length === 0
      ? pass(evidence)
      : fail(bad.map(([path, found]) => `${path}: ${found ?? "not set"}`).join("; "), evidence);
  },
  plan: (_, answers) => [
    fragment(accountDefaults, { file: "/etc/login.defs", key: "UMASK", value: answers.get(umask) }),
    fragment(loginProfile, { kind: "umask", value: answers.get(umask) }),
  ],
  breaks: () => [
    "files that people share by their default rights are closed to others: use a group, or setfacl on the folder",
  ],
});
