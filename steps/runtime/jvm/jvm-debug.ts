import { control, fragment } from "../../../src/model/control.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { maskCommandLine } from "../../../src/workload/secrecy.ts";
import { removalObstacle, unitAdditions, unitEnvironment } from "../unit.ts";
import { appliesToServed, optionTexts, type Served, served, verdictOn } from "./served.ts";

/** The Java debug wire protocol in all its spellings (JPDA, "Connection and Invocation Details"). */
const isDebugOption = (text: string): boolean =>
  /^-(?:agentlib:jdwp|agentpath:.*jdwp|Xrunjdwp|Xdebug|Xnoagent|debug$)/u.test(text);

/** Variables with which `bal` starts a program for a debugger. */
const debugVariables = ["BAL_JAVA_DEBUG", "BAL_DEBUG_OPTS"];

const debugOptions = ({ integration }: Served): readonly string[] => [
  ...new Set(optionTexts(integration).filter(isDebugOption)),
];

const variablesOf = ({ integration, unit }: Served): readonly string[] =>
  debugVariables.filter(
    (name) =>
      integration.environment.some((variable) => variable.name === name && variable.value !== "") ||
      unitEnvironment(unit).has(name),
  );

const problemOf = (each: Served): string | undefined => {
  const options = debugOptions(each);
  const found = [...options.map((option) => maskCommandLine([option]).join(" ")), ...variablesOf(each)];
  if (found.length === 0) return undefined;
  const obstacle = options.map((option) => removalObstacle(each.unit, option)).find((reason) => reason !== undefined);
  return `a debugger can attach: ${found.join(", ")}${obstacle === undefined ? "" : ` (${obstacle})`}`;
};

/** A debugger runs any code inside the program, without a password. CWE-489; CWE-1191. */
export const jvmDebug = control({
  id: "jvm-debug",
  guideline: ["RT-13"],
  title: "No debugger can attach to an integration over the network",
  failing: "A debugger can attach to an integration and run code in it",
  severity: "critical",
  risk: "restart",
  rationale:
    "The debug port asks for no password and runs whatever it is sent inside the program, with its keys and its database. It is a way in, not a leak.",
  references: [
    { source: "NIST 800-53", id: "CM-7" },
    { source: "man", id: "java(1)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) => verdictOn(served(facts, answers), problemOf),
  plan: (facts, answers) =>
    served(facts, answers)
      .filter((each) => problemOf(each) !== undefined)
      .map((each) =>
        fragment(unitAdditions, {
          unit: each.unit.name,
          removeJvmOptions: debugOptions(each).filter((option) => removalObstacle(each.unit, option) === undefined),
          removeEnvironment: variablesOf(each),
        }),
      ),
  breaks: (facts, answers) =>
    served(facts, answers).flatMap((each) =>
      problemOf(each) === undefined ? [] : [`nobody can debug ${each.integration.id} on this machine any more`],
    ),
});
