import { control, fragment } from "../../../src/model/control.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { unitAdditions } from "../unit.ts";
import { appliesToServed, optionTexts, type Served, served, verdictOn } from "./served.ts";

const flag = "-XX:+DisableAttachMechanism";

const problemOf = ({ integration }: Served): string | undefined =>
  optionTexts(integration).findLast((text) => text.endsWith("DisableAttachMechanism")) === flag
    ? undefined
    : "any program of its account can load code into it (attach)";

/** java(1) -XX:+DisableAttachMechanism. */
export const jvmAttach = control({
  id: "jvm-attach",
  guideline: ["RT-13"],
  title: "No program can load code into a running integration",
  failing: "Other programs can load code into a running integration",
  severity: "low",
  risk: "restart",
  rationale:
    "The attach mechanism lets any process of the same account load an agent into the JVM and read its memory, keys included. A server needs it only while somebody looks for a fault.",
  references: [
    { source: "NIST 800-53", id: "CM-7" },
    { source: "man", id: "java(1)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) => verdictOn(served(facts, answers), problemOf),
  plan: (facts, answers) =>
    served(facts, answers).map(({ unit }) => fragment(unitAdditions, { unit: unit.name, jvmOptions: [flag] })),
  breaks: (facts, answers) =>
    served(facts, answers).flatMap((each) =>
      problemOf(each) === undefined
        ? []
        : [`jcmd, jstack and profilers no longer reach ${each.integration.id}; SIGQUIT still prints its threads`],
    ),
});
