import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { legacySoftware, needlessServices } from "../../../src/probes/legacy-software.ts";
import { masked } from "./questions.ts";

/** systemctl(1) mask; CIS Debian 12 2.1.x. */
export const needlessServicesOff = control({
  id: "software-services",
  guideline: ["OS-02"],
  title: "Services without a purpose do not run",
  failing: "Services that were called pointless can still run",
  severity: "low",
  risk: "none",
  rationale:
    "A service that nobody needs still listens, still has holes, and still gets no attention. Masked, it is not started by anything, a dependency or an upgrade included.",
  references: [
    { source: "CIS Debian 12", id: "2.1.2" },
    { source: "CIS Debian 13", id: "2.1.3" },
    { source: "CIS Ubuntu 22.04", id: "2.1.2" },
    { source: "CIS Ubuntu 24.04", id: "2.1.2" },
    { source: "NIST 800-53", id: "CM-7" },
    { source: "man", id: "systemctl(1)" },
  ],
  needs: { software: legacySoftware },
  applies: ({ software }, answers) =>
    software.services.some(({ active }) => active) ||
    answers.get(masked).length > 0 ||
    "none of the services that servers do without runs here",
  inspect: ({ software }, answers) => {
    const chosen = software.services.filter(({ unit }) => answers.get(masked).some((name) => name === unit));
    const open = chosen.filter(({ active, state }) => active || state !== "masked");
    return passWhen(
      open.length === 0,
      [
        {
          asked: `systemctl show ${Object.keys(needlessServices).join(" ")}`,
          answered: software.services
            .map(({ unit, active, state }) => `${unit}: ${active ? "active" : "inactive"}, ${state}`)
            .join("\n"),
        },
      ],
      open.map(({ unit }) => unit).join(", "),
    );
  },
  plan: ({ software }, answers) =>
    software.services
      .filter(({ unit }) => answers.get(masked).some((name) => name === unit))
      .flatMap(({ unit, state }) => [
        ...(state === "masked"
          ? []
          : [
              change({
                kind: "symlink",
                phase: "services",
                risk: "none",
                title: `${unit}: nothing may start it`,
                path: `/etc/systemd/system/${unit}`,
                target: "/dev/null",
                before: null,
              }),
            ]),
        change({ kind: "unit", phase: "services", risk: "none", title: `${unit}: stop it`, unit, action: "inactive" }),
      ]),
  breaks: ({ software }, answers) =>
    software.services
      .filter(({ unit, active }) => active && answers.get(masked).some((name) => name === unit))
      .map(({ unit }) => `${unit} stops: nothing ${needlessServices[unit as keyof typeof needlessServices]} any more`),
});
