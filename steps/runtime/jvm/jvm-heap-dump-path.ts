import { control, fragment } from "../../../src/model/control.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { unitAdditions } from "../unit.ts";
import { isShared, stateFolder } from "./folders.ts";
import { appliesToServed, lastOption, optionTexts, type Served, served, verdictOn } from "./served.ts";

const dumps = ({ integration }: Served): boolean =>
  optionTexts(integration)
    .findLast((text) => text.endsWith("HeapDumpOnOutOfMemoryError"))
    ?.startsWith("-XX:+") ?? false;

const problemOf = (each: Served): string | undefined => {
  if (!dumps(each)) return undefined;
  const path = lastOption(each.integration, "-XX:HeapDumpPath=")?.split("=")[1];
  if (path === undefined) return `writes heap dumps into ${each.integration.workingDirectory}`;
  if (isShared(path)) return `writes heap dumps into ${path}, which every account shares`;
  return undefined;
};

/** java(1) -XX:HeapDumpPath. */
export const jvmHeapDumpPath = control({
  id: "jvm-heap-dump-path",
  guideline: ["RT-13", "RT-14"],
  title: "Heap dumps go where only the integration can read them",
  failing: "A heap dump would lay every secret of the program open",
  severity: "medium",
  risk: "restart",
  rationale:
    "A heap dump is the program's whole memory: passwords, keys and customers' data in clear text. It belongs into a folder of its own that no other account enters, not beside the program or into a shared folder.",
  references: [
    { source: "NIST 800-53", id: "SC-4" },
    { source: "man", id: "java(1)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) => verdictOn(served(facts, answers), problemOf),
  plan: (facts, answers) =>
    served(facts, answers)
      .filter((each) => problemOf(each) !== undefined)
      .map((each) => {
        const { path, directives } = stateFolder(each, "dumps");
        return fragment(unitAdditions, {
          unit: each.unit.name,
          directives,
          jvmOptions: [`-XX:HeapDumpPath=${path}`],
        });
      }),
});
