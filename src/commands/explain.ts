import { inspectControl, waive } from "../core/inspect.ts";
import { nearest } from "../core/nearest.ts";
import { satisfy } from "../core/needs.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import { categoryTitles } from "../model/finding.ts";
import { resultMarks } from "../reports/paint.ts";
import { messageLine, singleLines } from "../reports/printable.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { sayRights, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { untilInterrupted } from "./with-session.ts";

export const run = (options: OptionsOf<"explain">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async (opened) => {
    const id = options.arguments.control;
    const step = opened.steps.find(({ controls }) => controls.some((control) => control.id === id));
    const control = step?.controls.find((candidate) => candidate.id === id);
    if (step === undefined || control === undefined) {
      const ids = opened.steps.flatMap(({ controls }) => controls.map((candidate) => candidate.id as string));
      throw failure("usage", `there is no control ${id}${nearest(id, ids) || "; drawbridge list shows them"}`);
    }
    const { inspection, reader, choices } = await inspectMachine(opened, options, streams);
    const finding = waive(inspectControl(step, control, inspection.facts, reader), choices.excluded);
    const evidence = finding.evidence.map(({ asked, answered }) =>
      singleLines([asked, ...answered.trimEnd().split("\n")]),
    );
    const needs = satisfy(inspection.facts, control.needs);
    const breaks = needs.state === "known" ? (control.breaks?.(needs.facts, reader) ?? []) : [];
    const { paint } = textStyle(streams);
    const { word, style } = resultMarks[finding.result];
    const section = (title: string, lines: readonly string[]) =>
      lines.length === 0 ? [] : ["", paint("bold", title), ...lines.map((line) => `  ${line}`)];
    streams.output.write(
      `${[
        `${paint("bold", control.title)}   ${paint("dim", `${control.id} · ${categoryTitles[step.category]} › ${step.title} · ${control.guideline.join(", ")}`)}`,
        `${control.severity}, here: ${paint(style, word)}${finding.detail === "" ? "" : ` (${messageLine(finding.detail)})`}`,
        ...section("Why", [control.rationale]),
        ...section(
          "Evidence",
          evidence.flatMap(([asked = "", ...answered]) => [asked, ...answered.map((line) => `  ${line}`)]),
        ),
        ...section(
          "Could break",
          control.risk === "none" && breaks.length === 0 ? [] : [...singleLines(breaks), `risk: ${control.risk}`],
        ),
        ...section("Undo", [
          "drawbridge undo puts back every byte; until a new login confirms, it goes back by itself",
        ]),
        ...section(
          "References",
          control.references.map(({ source, id: reference }) => `${source} ${reference}`),
        ),
      ].join("\n")}\n`,
    );
    sayRights(streams, inspection.rights);
    return exitCodes.fine;
  });
