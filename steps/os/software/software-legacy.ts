import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { legacyPackages, legacySoftware } from "../../../src/probes/legacy-software.ts";
import { removed } from "./questions.ts";

/** CIS Debian 12 2.2.x. Programs for making programs are `tools-development`'s matter. */
export const legacySoftwareGone = control({
  id: "software-legacy",
  guideline: ["OS-02"],
  title: "No programs of the past are installed",
  failing: "Programs that speak in clear text are installed",
  severity: "medium",
  risk: "none",
  rationale:
    "Telnet, the r-commands, talk, FTP and NIS send passwords as they are typed or trust an address. Clients tempt people to use them, and services wait for whoever comes. What nothing needs can go, and come back in the same version.",
  references: [
    { source: "CIS Debian 12", id: "2.2.4" },
    { source: "CIS Debian 13", id: "2.2.4" },
    { source: "CIS Ubuntu 22.04", id: "2.2.4" },
    { source: "CIS Ubuntu 24.04", id: "2.2.4" },
    { source: "NIST 800-53", id: "CM-7" },
    { source: "man", id: "dpkg(1)" },
  ],
  needs: { software: legacySoftware },
  applies: ({ software }) => software.manager !== "none" || "neither dpkg nor rpm is here",
  inspect: ({ software }) => {
    const evidence = [
      {
        asked: "dpkg-query -W of packages of the past",
        answered:
          software.packages
            .map(
              ({ name, version, dependents }) =>
                `${name} ${version}${dependents.length === 0 ? "" : ` (needed by ${dependents.join(", ")})`}`,
            )
            .join("\n") || "none of them",
      },
    ];
    return software.packages.length === 0
      ? pass(evidence)
      : fail(software.packages.map(({ name }) => name).join(", "), evidence);
  },
  plan: ({ software }, answers) => {
    // What was removed cannot be put back exactly where rpm rules: there it is only found.
    if (software.manager !== "apt") return [];
    const names = software.packages.map(({ name }) => name).filter((name) => answers.get(removed).includes(name));
    return names.length === 0
      ? []
      : [
          change({
            kind: "removal",
            phase: "packages",
            risk: "none",
            title: `Remove ${names.join(", ")}`,
            names,
          }),
        ];
  },
  breaks: ({ software }, answers) =>
    software.packages
      .filter(({ name }) => answers.get(removed).includes(name))
      .map(
        ({ name }) =>
          `${name} is gone (${legacyPackages[name as keyof typeof legacyPackages] ?? "a program of the past"}): scripts that call it fail`,
      ),
});
