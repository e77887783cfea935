import { control, fragment } from "../../../src/model/control.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { appliesToServed, type Served, served, verdictOn } from "../jvm/served.ts";
import { isStale, unitAdditions } from "../unit.ts";

const problemOf = ({ unit }: Served): string | undefined => {
  const umask = unit.properties.UMask ?? "0022";
  if ((Number.parseInt(umask, 8) & 0o027) !== 0o027) return `new files are open to others (UMask=${umask})`;
  return isStale(unit) ? "files of before the next start are open to others" : undefined;
};

/** systemd.exec(5) UMask=; a program's own log files get their mode from it. */
export const logUmask = control({
  id: "log-umask",
  guideline: ["RT-12", "RT-14"],
  title: "What an integration writes is not open to other accounts",
  failing: "Other accounts can read what an integration writes",
  severity: "medium",
  risk: "restart",
  rationale:
    "A program creates its logs and data with the mode that its service gives it. systemd's default lets every account of the machine read them.",
  references: [
    { source: "NIST 800-53", id: "AU-9" },
    { source: "man", id: "systemd.exec(5)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) =>
    verdictOn(served(facts, answers), problemOf, ({ unit }) => ({
      asked: `systemctl show -p UMask ${unit.name}`,
      answered: `UMask=${unit.properties.UMask ?? "0022"}`,
    })),
  plan: (facts, answers) =>
    served(facts, answers)
      .filter((each) => problemOf(each) !== undefined)
      .map(({ unit }) =>
        fragment(unitAdditions, {
          unit: unit.name,
          directives: [{ section: "Service", name: "UMask", value: "0077" }],
        }),
      ),
});
