import { steps as allSteps } from "../../steps/index.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { categoryTitles } from "../model/finding.ts";
import { guidelineMap } from "../reports/coverage.ts";
import { documentText } from "../reports/json.ts";
import { selectSteps } from "./choices.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";

export const run = async (options: OptionsOf<"list">, streams: Streams): Promise<ExitCode> => {
  const steps = selectSteps(allSteps, options);
  if (options.format === "json") {
    const controls = steps.flatMap((step) =>
      step.controls.map(({ id, guideline, title, severity, references }) => ({
        id,
        guideline: [...guideline],
        category: step.category,
        step: step.id,
        title,
        severity,
        references: [...references],
      })),
    );
    const guidelines = guidelineMap(steps).map((row) => ({ ...row, controls: [...row.controls] }));
    deliver(documentText("list", { controls, guidelines }), undefined, streams);
    return exitCodes.fine;
  }
  const { paint } = textStyle(streams);
  const lines = steps
    .filter(({ controls }) => controls.length > 0)
    .flatMap((step) => [
      paint("bold", `${categoryTitles[step.category]} › ${step.title}`),
      ...step.controls.map(
        ({ id, guideline, severity, title }) =>
          `  ${id.padEnd(34)} ${guideline.join(" ").padEnd(12)} ${severity.padEnd(8)} ${title}`,
      ),
    ]);
  const map = guidelineMap(steps).filter(({ controls }) => controls.length > 0);
  lines.push(
    paint("bold", "Guidelines, and the controls that answer them"),
    ...map.map(({ id, title, controls }) => `  ${id}  ${title}\n         ${controls.join(" ")}`),
  );
  deliver(`${lines.join("\n")}\n`, undefined, streams);
  return exitCodes.fine;
};
