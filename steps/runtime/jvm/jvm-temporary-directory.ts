import { control, fragment } from "../../../src/model/control.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { unitAdditions } from "../unit.ts";
import { isShared, stateFolder } from "./folders.ts";
import { appliesToServed, lastOption, type Served, served, verdictOn } from "./served.ts";

const problemOf = ({ integration, unit }: Served): string | undefined => {
  const path = lastOption(integration, "-Djava.io.tmpdir=")?.split("=")[1] ?? "/tmp";
  if (!isShared(path) || unit.properties.PrivateTmp === "yes") return undefined;
  return `its temporary files, and code that it unpacks and runs, lie in ${path}, which every account shares`;
};

/** java.io.tmpdir; systemd.exec(5) PrivateTmp=. Netty unpacks its native TLS library there and loads it. */
export const jvmTemporaryDirectory = control({
  id: "jvm-temporary-directory",
  guideline: ["RT-13", "RT-14"],
  title: "Every integration has a temporary folder of its own",
  failing: "An integration shares its temporary files with every account",
  severity: "medium",
  risk: "restart",
  rationale:
    "Uploads, dumps and native libraries pass through the temporary folder. In a shared one other accounts can wait for a name, read what they should not, or stand in the way.",
  references: [
    { source: "NIST 800-53", id: "SC-4" },
    { source: "man", id: "systemd.exec(5)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) => verdictOn(served(facts, answers), problemOf),
  plan: (facts, answers) =>
    served(facts, answers)
      .filter((each) => problemOf(each) !== undefined)
      .map((each) => {
        const { path, directives } = stateFolder(each, "tmp");
        return fragment(unitAdditions, { unit: each.unit.name, directives, jvmOptions: [`-Djava.io.tmpdir=${path}`] });
      }),
});
