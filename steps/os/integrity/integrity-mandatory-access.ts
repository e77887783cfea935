import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { daemons } from "../../../src/probes/daemons.ts";

/** apparmor(7), selinux(8); CIS Debian 12 1.3.1.x. What is off in the kernel needs a boot parameter: found, not changed. */
export const mandatoryAccess = control({
  id: "integrity-mandatory-access",
  guideline: ["OS-13"],
  title: "The kernel keeps programs to their own files",
  failing: "The kernel does not keep programs to their own files",
  severity: "medium",
  risk: "none",
  rationale:
    "AppArmor and SELinux hold a program to what it is known to need, even when it runs as root. Both come with the distribution, and are only ever off because somebody switched them off.",
  references: [
    { source: "CIS Debian 12", id: "1.3.1.1" },
    { source: "CIS Debian 13", id: "1.3.1.1" },
    { source: "CIS Ubuntu 22.04", id: "1.3.1.1" },
    { source: "CIS Ubuntu 24.04", id: "1.3.1.1" },
    { source: "CIS RHEL 9", id: "1.3.1.5" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-431010" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100500" },
    { source: "STIG RHEL 9", id: "RHEL-09-431010" },
    { source: "NIST 800-53", id: "AC-3" },
    { source: "NIST 800-53", id: "AC-3(3)(a)" },
    { source: "NIST 800-53", id: "AU-9" },
    { source: "NIST 800-53", id: "SC-7(21)" },
    { source: "CIS Debian 12", id: "1.3.1.2" },
    { source: "Lynis", id: "MACF-6208" },
    { source: "man", id: "apparmor(7)" },
  ],
  needs: { daemons },
  applies: (facts) => !facts.daemons.container || "in a container this is the host's to decide",
  inspect: ({ daemons: seen }) => {
    const evidence = [
      { asked: "/sys/module/apparmor/parameters/enabled", answered: seen.appArmor ?? "no AppArmor in this kernel" },
      { asked: "getenforce", answered: seen.selinux ?? "no SELinux here" },
    ];
    if (seen.selinux === "Enforcing") return pass(evidence);
    if (seen.appArmor === "Y")
      return seen.packages.includes("apparmor") || seen.units.has("apparmor.service")
        ? pass(evidence)
        : fail("AppArmor is on, and no profiles are installed", evidence);
    if (seen.selinux !== undefined)
      return fail(
        `SELinux is ${seen.selinux}: try setenforce 1, look at ausearch -m avc, then SELINUX=enforcing in /etc/selinux/config`,
        evidence,
      );
    return fail("neither is on: add apparmor=1 security=apparmor to the kernel's command line and reboot", evidence);
  },
  plan: ({ daemons: seen }) =>
    seen.appArmor === "Y" && !seen.packages.includes("apparmor")
      ? [
          change({
            kind: "package",
            phase: "packages",
            risk: "none",
            title: "Install AppArmor's profiles",
            names: ["apparmor"],
          }),
        ]
      : [],
});
