import { control, fragment } from "../../../src/model/control.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { unitAdditions } from "../unit.ts";
import { logsFolder } from "./folders.ts";
import { appliesToServed, lastOption, optionTexts, type Served, served, verdictOn } from "./served.ts";

/** Unified logging (JEP 158): an output file that turns over; -Xloggc is its name from before Java 9. */
const isGcLog = (text: string): boolean =>
  (/^-Xlog:[^:]*\bgc\b[^:]*:file=/u.test(text) && !/filecount=0\b/u.test(text)) || text.startsWith("-Xloggc:");

const problemOf = ({ integration }: Served): string | undefined =>
  optionTexts(integration).some(isGcLog)
    ? undefined
    : lastOption(integration, "-Xlog:gc") === undefined
      ? "no log of its garbage collection"
      : "the log of its garbage collection goes to no file that turns over";

/** java(1) -Xlog. */
export const jvmGcLog = control({
  id: "jvm-gc-log",
  guideline: ["RT-13"],
  title: "Every integration logs its garbage collection, in files that turn over",
  failing: "Nothing tells what an integration did with its memory",
  severity: "low",
  risk: "restart",
  rationale:
    "When a program becomes slow or dies for lack of memory, this log tells whether it was a leak, a load or an attack. It costs next to nothing and takes 100 MB at most.",
  references: [
    { source: "NIST 800-53", id: "AU-12" },
    { source: "man", id: "java(1)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) => verdictOn(served(facts, answers), problemOf),
  plan: (facts, answers) =>
    served(facts, answers)
      .filter((each) => problemOf(each) !== undefined)
      .map((each) => {
        const { path, directives } = logsFolder(each);
        return fragment(unitAdditions, {
          unit: each.unit.name,
          directives,
          jvmOptions: [`-Xlog:gc*:file=${path}/gc.log:time,uptime:filecount=5,filesize=20M`],
        });
      }),
});
