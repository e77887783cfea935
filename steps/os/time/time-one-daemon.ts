import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Daemons, daemons } from "../../../src/probes/daemons.ts";
import { machine } from "../../../src/probes/machine.ts";

const names = [
  "systemd-timesyncd.service",
  "chrony.service",
  "chronyd.service",
  "ntp.service",
  "ntpd.service",
  "ntpsec.service",
  "openntpd.service",
] as const;

/** Two names of one unit (chronyd is an alias of chrony on Debian) come under the name that systemd gives. */
const running = ({ units }: Daemons): readonly string[] => [
  ...new Set(names.flatMap((name) => (units.get(name)?.active === "active" ? [units.get(name)?.name ?? name] : []))),
];

/** CIS Debian 12 2.3.1.1, 2.3.3.1. */
export const oneTimeDaemon = control({
  id: "time-one-daemon",
  guideline: ["OS-12"],
  title: "One service keeps the clock right",
  failing: "Nothing keeps the clock right",
  severity: "medium",
  risk: "none",
  rationale:
    "Certificates, tokens, logs and clusters all depend on the same time. Without a service the clock drifts until logins fail; with two they pull against each other.",
  references: [
    { source: "CIS Debian 12", id: "2.3.1.1" },
    { source: "CIS Debian 13", id: "2.3.1.1" },
    { source: "CIS Ubuntu 22.04", id: "2.3.1.1" },
    { source: "CIS Ubuntu 24.04", id: "2.3.1.1" },
    { source: "CIS RHEL 9", id: "2.3.1" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-215015" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-100700" },
    { source: "STIG RHEL 9", id: "RHEL-09-252010" },
    { source: "Lynis", id: "TIME-3104" },
    { source: "NIST 800-53", id: "AU-8(1)(a)" },
    { source: "man", id: "chrony.conf(5)" },
  ],
  needs: { daemons, here: machine },
  inspect: (facts) => {
    const found = running(facts.daemons);
    const evidence = [
      { asked: `systemctl is-active ${names.join(" ")}`, answered: found.join(", ") || "none is active" },
    ];
    if (found.length === 1) return pass(evidence);
    return found.length === 0
      ? fail("no time service runs", evidence)
      : fail(`${found.join(" and ")} run at the same time: keep one`, evidence);
  },
  plan: (facts) => {
    if (running(facts.daemons).length > 0) return [];
    const present = names.find((name) => facts.daemons.units.has(name));
    // timesyncd keeps out of containers by its own condition; a chrony that is there was put there by somebody.
    if (present !== undefined && !(present === "systemd-timesyncd.service" && facts.daemons.container)) {
      return [
        change({
          kind: "command",
          phase: "services",
          risk: "none",
          title: `${present}: from now on and at every boot`,
          argv: ["systemctl", "enable", "--now", present],
          inverse: ["systemctl", "disable", "--now", present],
          touches: ["/etc/systemd/system"],
        }),
      ];
    }
    // Where timesyncd is a package of its own, another time service would push it out.
    if (facts.daemons.packages.includes("systemd-timesyncd")) return [];
    return [
      change({
        kind: "package",
        phase: "packages",
        risk: "none",
        title: "Install chrony",
        names: ["chrony"],
      }),
    ];
  },
});
