import { choicesOf, findControl, findQuestion, type QuestionState, questionState } from "../../core/wizard/assess.ts";
import { currentItem } from "../../core/wizard/cursor.ts";
import { breaksOfItem, explain, riskWords } from "../../core/wizard/explain.ts";
import { changeDetails, reviewRows } from "../../core/wizard/review.ts";
import { controlsOf, itemsOf, stepsIn } from "../../core/wizard/route.ts";
import type { Item, WizardState } from "../../core/wizard/state.ts";
import { itemRow, stepPicture } from "../../core/wizard/views.ts";
import { describeValue, isSameValue, markOf, oneLine, waiverWords } from "../../core/wizard/words.ts";
import { categoryTitles } from "../../model/finding.ts";
import type { AnyQuestion } from "../../model/question.ts";
import type { Step } from "../../model/step.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import {
  beside,
  blank,
  bold,
  cut,
  cutMiddle,
  dim,
  fill,
  type Line,
  pad,
  type Span,
  span,
  windowStart,
  wrap,
} from "../lines.ts";
import { cursorSpan, markSpan, paragraph, scoreAside } from "../parts.ts";
import { explanationLines } from "./explain.ts";

/** Columns from which list, question and explanation stand side by side. */
export const threePanesFrom = 120;

export const drawStep = (drawing: Drawing): Screenful => {
  const { state, theme, columns, height } = drawing;
  const { screen, setting, assessment } = state;
  const item = currentItem(state);
  const step = screen.name === "step" ? setting.steps.find(({ id }) => id === screen.step) : undefined;
  if (step === undefined || screen.name !== "step") return { lines: [] };
  const peers = stepsIn(setting.steps, step.category);
  const frameOf = {
    where: [
      ...(columns >= 100 ? [dim(`${categoryTitles[step.category]} › `)] : []),
      bold(step.title),
      dim(`  ${peers.indexOf(step) + 1}/${peers.length}`),
    ],
    aside:
      state.mode === "templates"
        ? [dim("no machine is touched")]
        : scoreAside(assessment.scoreNow, assessment.scoreThen),
  };
  if (item === undefined)
    return { ...frameOf, lines: [blank, [span(" "), dim("There is nothing to decide in this step.")]] };
  if (columns < threePanesFrom) {
    const pane = screen.pane === "list" ? listPane(drawing, item, columns) : questionPane(drawing, item, columns);
    const lines = [...pane, ...picturePane(drawing, step, columns)];
    return { ...frameOf, lines: lines.slice(0, height) };
  }
  const list = Math.min(Math.floor(columns * 0.29), 46);
  const explanation = Math.floor((columns - list - 2) * 0.49);
  const question = columns - list - explanation - 2;
  return {
    ...frameOf,
    lines: beside(
      [
        { lines: listPane(drawing, item, list), columns: list },
        {
          lines: [...questionPane(drawing, item, question), ...picturePane(drawing, step, question)].slice(0, height),
          columns: question,
        },
        {
          lines: explanationLines(explain(state, item), theme, explanation - 1).slice(0, height),
          columns: explanation,
        },
      ],
      dim(theme.pane),
      height,
    ),
  };
};

/** What the step found: below whatever is shown of it. */
const picturePane = ({ state }: Drawing, step: Step, columns: number): readonly Line[] => {
  const lines = stepPicture(state, step);
  if (lines.length === 0) return [];
  const width = Math.min(Math.max(...lines.map(({ label }) => label.length)), 24);
  return lines.flatMap(({ label, text }): readonly Line[] =>
    label === ""
      ? [blank, [span(" "), bold(text)]]
      : wrap(text, columns - width - 5).map((row, index) => [
          span("   "),
          dim(pad(index === 0 ? label : "", width)),
          span(` ${row}`),
        ]),
  );
};

const listPane = ({ state, theme, height }: Drawing, current: Item, columns: number): readonly Line[] => {
  const { screen, setting } = state;
  if (screen.name !== "step") return [];
  const step = setting.steps.find(({ id }) => id === screen.step);
  if (step === undefined) return [];
  const items = itemsOf(state, step);
  const cursor = items.findIndex(({ id }) => id === current.id);
  // One row is the blank between questions and controls.
  const first = windowStart(items.length, cursor, height - 1);
  const shown = items.slice(first, first + height - 1);
  const isFocused = screen.pane === "list";
  return shown.flatMap((item, index): readonly Line[] => {
    const { label, mark, outlook, open } = itemRow(state, item);
    const here = item.id === current.id;
    const isQuestion = item.kind === "question";
    const room = columns - 6;
    const labelRoom = isQuestion ? Math.min(20, Math.floor(room * 0.5)) : room - (columns >= 70 ? 20 : 0);
    const text = pad(cut(oneLine(label), labelRoom, theme.ellipsis), labelRoom);
    const look: Partial<Span> = here ? { bold: true } : open ? {} : { dim: true };
    const showsOutlook = isQuestion || columns >= 70;
    const row: Line = [
      here && !isFocused ? span(` ${theme.cursor} `, "dim") : cursorSpan(theme, here),
      ...(isQuestion ? [] : [markSpan(theme, mark), span(" ")]),
      span(text, "plain", look),
      ...(isQuestion ? [span(" "), markSpan(theme, mark)] : []),
      ...(showsOutlook
        ? [span(" "), span(cut(outlook, Math.max(room - labelRoom - 2, 0), theme.ellipsis), open ? "plain" : "dim")]
        : []),
    ];
    const isFirstControl = item.kind === "control" && shown[index - 1]?.kind === "question";
    return isFirstControl ? [blank, row] : [row];
  });
};

const questionPane = (drawing: Drawing, item: Item, columns: number): readonly Line[] => {
  const question = item.kind === "question" ? findQuestion(drawing.state.setting.steps, item.id) : undefined;
  return question === undefined ? controlPane(drawing, item, columns) : askPane(drawing, question, item, columns);
};

const fact = (label: string, text: string, columns: number, look: (row: string) => Span = (row) => span(row)): Line[] =>
  wrap(text, columns - 14).map((row, index) => [
    span(" "),
    dim(pad(index === 0 ? label : "", 10)),
    span(" "),
    look(row),
  ]);

const askPane = (drawing: Drawing, question: AnyQuestion, item: Item, columns: number): readonly Line[] => {
  const { state, height } = drawing;
  const asked = questionState(state, question);
  const head: Line[] = [
    ...paragraph(oneLine(question.title), columns, (text) => bold(text)),
    blank,
    ...(asked.current === "" || state.machine === null ? [] : fact("Now", asked.current, columns)),
    ...(isMultiline(asked.proposed) || question.kind === "secret"
      ? []
      : fact("Proposed", describeValue(question, asked.proposed), columns)),
    ...(asked.given && !isSameValue(asked.value, asked.proposed) && !isMultiline(asked.value)
      ? fact("Chosen", describeValue(question, asked.value), columns, (text) => bold(text, "accent"))
      : []),
  ];
  const why = paragraph(oneLine(question.why), columns, dim);
  const effects = effectLines(state, item, drawing, columns);
  const problem =
    asked.problem === "" ? [] : [blank, ...paragraph(oneLine(asked.problem), columns, (text) => span(text, "fail"))];
  const bodyRoom = Math.max(height - head.length - problem.length - 1, 3);
  const body = valueLines(drawing, question, asked, columns, bodyRoom);
  const rest = height - head.length - body.length - problem.length - 1;
  const wide = drawing.columns >= threePanesFrom;
  const breaks = wide ? [] : breakLines(state, item, columns);
  const below = [
    ...(wide ? [] : [blank, ...why]),
    ...(effects.length + breaks.length > 0 ? [blank, ...effects, ...breaks] : []),
  ];
  return [...head, ...(body.length > 0 ? [blank, ...body] : []), ...problem, ...below.slice(0, Math.max(rest, 0))];
};

const isMultiline = (value: unknown): boolean => typeof value === "string" && value.includes("\n");

/** Choices with the cursor, or the text as it stands. */
const valueLines = (
  { state, theme }: Drawing,
  question: AnyQuestion,
  asked: QuestionState,
  columns: number,
  room: number,
): readonly Line[] => {
  const { screen } = state;
  const choices = choicesOf(state, question);
  if (choices.length > 0 && screen.name === "step") {
    const chosen = new Set(
      question.kind === "confirm"
        ? [asked.value === true ? "yes" : "no"]
        : Array.isArray(asked.value)
          ? asked.value
          : [asked.value],
    );
    const factOf = ({ disabled, hint }: (typeof choices)[number]): string => oneLine(disabled ?? hint ?? "");
    const labelsWithFacts = choices.filter((choice) => factOf(choice) !== "").map(({ label }) => label.length);
    // What is chosen between must be readable; facts about it may be cut.
    const widest = Math.min(Math.max(0, ...labelsWithFacts), Math.max(Math.floor(columns / 2), columns - 30));
    const height = Math.min(room, choices.length);
    const first = windowStart(choices.length, screen.choice, height);
    const isFocused = screen.pane === "question";
    return choices.slice(first, first + height).map((choice, index): Line => {
      const here = isFocused && first + index === screen.choice;
      const isOn = chosen.has(choice.value);
      const box =
        question.kind === "multiselect" ? (isOn ? theme.on : theme.off) : isOn ? theme.chosen : theme.unchosen;
      const fact = factOf(choice);
      const label =
        fact === ""
          ? cut(oneLine(choice.label), columns - 7, theme.ellipsis)
          : pad(cut(oneLine(choice.label), widest, theme.ellipsis), widest);
      return [
        cursorSpan(theme, here),
        span(box, isOn ? "accent" : "dim"),
        span(" "),
        choice.disabled === undefined ? (here ? bold(label) : span(label)) : dim(label),
        dim(fact === "" ? "" : `   ${cut(fact, Math.max(columns - widest - 11, 1), theme.ellipsis)}`),
      ];
    });
  }
  if (question.kind === "list" && Array.isArray(asked.value)) {
    const entries = asked.value.map((entry) => oneLine(String(entry)));
    const shown = entries.slice(0, Math.max(room - 1, 1));
    return [
      ...shown.map((entry): Line => [span("   - "), span(cutMiddle(entry, columns - 7, theme.ellipsis))]),
      ...(entries.length > shown.length ? [[span("     "), dim(`and ${entries.length - shown.length} more`)]] : []),
      ...(entries.length === 0 ? [[span("   "), dim("none yet: space opens the list, or paste")]] : []),
    ];
  }
  if (isMultiline(asked.value)) {
    return String(asked.value)
      .replace(/\n$/u, "")
      .split("\n")
      .slice(0, Math.max(room - 2, 1))
      .map((row): Line => [span("   "), dim(theme.pane), span(` ${cut(oneLine(row), columns - 7, theme.ellipsis)}`)]);
  }
  return [];
};

/** What the choice would do: which findings it mends, what it would change, what may break. */
const effectLines = (state: WizardState, item: Item, { theme }: Drawing, columns: number): readonly Line[] => {
  const controls = controlsOf(state, item);
  const findings = controls
    .map((id) => state.assessment.byControl.get(id))
    .filter((finding) => finding !== undefined && finding.result !== "notapplicable");
  return findings.map((finding): Line => {
    if (finding === undefined) return blank;
    const out = state.excluded[finding.controlId];
    const outlook =
      out !== undefined && finding.result === "waived"
        ? `left out: ${out}`
        : (waiverWords(finding) ?? (state.assessment.fixed.has(finding.controlId) ? "mended by this" : ""));
    const room = columns - 5 - (outlook === "" ? 0 : outlook.length + 3);
    return fill(
      [
        span(" "),
        markSpan(theme, markOf(finding)),
        span(` ${cut(oneLine(finding.title), room, theme.ellipsis)}`),
        ...(outlook === "" ? [] : [span("   "), span(outlook, finding.result === "waived" ? "dim" : "pass")]),
      ],
      columns,
      theme.ellipsis,
    );
  });
};

/** How many things that may break are told beside the question; `e` tells all. */
const breaksShown = 2;

const breakLines = (state: WizardState, item: Item, columns: number): readonly Line[] => {
  const breaks = breaksOfItem(state, item);
  const more = breaks.length - breaksShown;
  return breaks
    .slice(0, breaksShown)
    .flatMap((text, index) =>
      paragraph(
        `Could break: ${oneLine(text)}${more > 0 && index === breaksShown - 1 ? ` (and ${more} more: e)` : ""}`,
        columns,
        (row) => span(row, "warn"),
      ),
    );
};

const controlPane = (drawing: Drawing, item: Item, columns: number): readonly Line[] => {
  const { state, theme } = drawing;
  const control = findControl(state.setting.steps, item.id);
  const finding = state.assessment.byControl.get(item.id);
  if (control === undefined || finding === undefined) return [];
  const rows = reviewRows(state).filter(
    (row) => row.kind === "change" && row.change.kind !== "directory" && row.change.because.includes(item.id),
  );
  const out = state.excluded[item.id];
  const wide = drawing.columns >= threePanesFrom;
  const isAmiss = ["fail", "unknown", "error", "waived"].includes(finding.result);
  return [
    ...paragraph(oneLine(finding.title), columns, (text) => bold(text)),
    [
      span(" "),
      markSpan(theme, markOf(finding)),
      span(` ${finding.result}`),
      dim(` · ${control.severity}${isAmiss ? riskWords[control.risk] : ""}`),
    ],
    blank,
    ...(finding.detail === "" ? [] : fact(out === undefined ? "Now" : "Left out", oneLine(finding.detail), columns)),
    ...fact("Wanted", control.title, columns),
    blank,
    ...(rows.length > 0
      ? [
          [span(" "), dim("Would change")] as Line,
          ...rows.flatMap((row): readonly Line[] =>
            row.kind === "change"
              ? [
                  [span(`   ${row.sign} `), span(cut(row.subject, columns - 8, theme.ellipsis))],
                  ...changeDetails(row.change)
                    .slice(0, 1)
                    .map((detail): Line => [span("     "), dim(cut(detail, columns - 7, theme.ellipsis))]),
                ]
              : [],
          ),
        ]
      : isAmiss && out === undefined
        ? paragraph("No change is proposed for this: e says what was seen and why.", columns, dim)
        : []),
    ...(wide ? [] : [...breakLines(state, item, columns), blank, ...paragraph(control.rationale, columns, dim)]),
  ];
};
