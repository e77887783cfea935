import type { AnyControl } from "../../model/control.ts";
import { satisfy } from "../needs.ts";
import { factsOf, findControl, findQuestion } from "./assess.ts";
import { controlsOf } from "./route.ts";
import type { Item, WizardState } from "./state.ts";
import { type Mark, markOf, printable } from "./words.ts";

export type Section = { readonly heading: string; readonly mark?: Mark; readonly lines: readonly string[] };
export type Explanation = { readonly title: string; readonly sections: readonly Section[] };

/** Everything there is to say about an item: why, what was seen, what may break here, the way back, the references. */
export const explain = (state: WizardState, item: Item): Explanation => {
  const { steps } = state.setting;
  const question = item.kind === "question" ? findQuestion(steps, item.id) : undefined;
  const controls = controlsOf(state, item)
    .map((id) => findControl(steps, id))
    .filter((control) => control !== undefined);
  const title = question?.title ?? controls[0]?.title ?? item.id;
  return {
    title,
    sections: [
      ...(question === undefined ? [] : [{ heading: "Why", lines: [question.why] }]),
      ...controls.flatMap((control) => explainControl(state, control)),
      ...(controls.length === 0
        ? []
        : [{ heading: "Undo", lines: ["Every original is kept: drawbridge undo puts it back byte for byte."] }]),
    ].filter(({ lines }) => lines.length > 0),
  };
};

const explainControl = (state: WizardState, control: AnyControl): readonly Section[] => {
  const finding = state.assessment.byControl.get(control.id);
  const mark = finding === undefined ? "none" : markOf(finding);
  const evidence = (finding?.evidence ?? []).flatMap(({ asked, answered }) => [
    printable(asked),
    ...printable(answered)
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => `  ${line}`),
  ]);
  const references = [...control.guideline, ...control.references.map(({ source, id }) => `${source} ${id}`)];
  return [
    {
      heading: finding?.title ?? control.title,
      mark,
      lines: [control.rationale],
    },
    { heading: "Found", lines: finding?.detail ? [printable(finding.detail)] : [] },
    { heading: "Evidence", lines: evidence },
    { heading: "Could break", lines: breaksOf(state, control) },
    { heading: "References", lines: [references.join(" · ")] },
    { heading: "Control", lines: [`${control.id} · ${control.severity}${riskWords[control.risk]}`] },
  ];
};

export const riskWords = {
  none: "",
  restart: " · restarts a service",
  lockout: " · can lock out: a revert is armed first",
  reboot: " · needs a reboot",
} as const;

/** What may stop working here if an item is accepted as it stands, each thing once. */
export const breaksOfItem = (state: WizardState, item: Item): readonly string[] => [
  ...new Set(
    controlsOf(state, item)
      .filter((id) => state.assessment.fixed.has(id))
      .map((id) => findControl(state.setting.steps, id))
      .filter((control) => control !== undefined)
      .flatMap((control) => breaksOf(state, control)),
  ),
];

/** What may stop working here if a control's change is made. */
export const breaksOf = (state: WizardState, control: AnyControl): readonly string[] => {
  const needs = satisfy(factsOf(state), control.needs);
  if (needs.state !== "known" || control.breaks === undefined) return [];
  try {
    return control.breaks(needs.facts, state.assessment.reader).map(printable);
  } catch {
    return ["this could not be worked out from what is known"];
  }
};
