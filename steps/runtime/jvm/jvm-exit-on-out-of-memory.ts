import { control, fragment } from "../../../src/model/control.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { lastOf } from "../../../src/systemd/unit-file.ts";
import { unitAdditions, unitLines } from "../unit.ts";
import { appliesToServed, optionTexts, type Served, served, verdictOn } from "./served.ts";

const ends = ({ integration }: Served): boolean =>
  ["ExitOnOutOfMemoryError", "CrashOnOutOfMemoryError"].some((flag) =>
    optionTexts(integration)
      .findLast((text) => /^-XX:[+-]/u.test(text) && text.slice(5) === flag)
      ?.startsWith("-XX:+"),
  );

const restarts = ({ unit }: Served): boolean => {
  const restart = lastOf(unitLines(unit), "Restart");
  return restart !== undefined && restart !== "" && restart !== "no" && restart !== "on-success";
};

const problemOf = (each: Served): string | undefined => {
  if (!ends(each)) return "goes on half dead when its memory is used up";
  return restarts(each) ? undefined : "ends when its memory is used up, and nothing starts it again";
};

/** java(1) -XX:+ExitOnOutOfMemoryError; systemd.service(5) Restart=. */
export const jvmExitOnOutOfMemory = control({
  id: "jvm-exit-on-out-of-memory",
  guideline: ["RT-13"],
  title: "An integration without memory ends and is started again",
  failing: "An integration without memory goes on half dead",
  severity: "low",
  risk: "restart",
  rationale:
    "After an OutOfMemoryError some threads are gone and others work on with half their state: requests hang, and what is written may be wrong. Ending at once and starting again is the honest failure.",
  references: [
    { source: "NIST 800-53", id: "SC-24" },
    { source: "man", id: "java(1)" },
    { source: "man", id: "systemd.service(5)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) => verdictOn(served(facts, answers), problemOf),
  plan: (facts, answers) =>
    served(facts, answers).map((each) =>
      fragment(unitAdditions, {
        unit: each.unit.name,
        ...(ends(each) ? {} : { jvmOptions: ["-XX:+ExitOnOutOfMemoryError"] }),
        ...(restarts(each)
          ? {}
          : { directives: [{ section: "Service" as const, name: "Restart", value: "on-failure" }] }),
      }),
    ),
});
