import { findControl } from "../../core/wizard/assess.ts";
import { currentItem, currentQuestion } from "../../core/wizard/cursor.ts";
import { reviewRows } from "../../core/wizard/review.ts";
import { itemsOf, stepsIn } from "../../core/wizard/route.ts";
import type { Item, Screen, WizardState } from "../../core/wizard/state.ts";
import { itemRow, stepPicture } from "../../core/wizard/views.ts";
import { markOf, oneLine } from "../../core/wizard/words.ts";
import { categoryTitles } from "../../model/finding.ts";
import { line, type Page, page } from "../page.ts";
import { fact, isAmiss, markWords, numbered, sentence } from "../page-words.ts";
import { questionPage } from "./question.ts";
import { signWords } from "./review.ts";

export const stepPage = (state: WizardState, screen: Extract<Screen, { name: "step" }>): Page => {
  const step = state.setting.steps.find(({ id }) => id === screen.step);
  const item = currentItem(state);
  if (step === undefined) return page(`step ${screen.step}`, [], line("b to go back:"));
  const peers = stepsIn(state.setting.steps, step.category);
  const section = {
    key: `step ${step.id}`,
    lines: [
      "",
      `${categoryTitles[step.category]}, step ${peers.indexOf(step) + 1} of ${peers.length}: ${step.title}`,
      step.intro,
      ...stepPicture(state, step).map(({ label, text }) => (label === "" ? `${text}:` : `  ${label}: ${text}`)),
    ],
  };
  if (item === undefined) {
    return page(`step ${step.id}`, ["There is nothing to decide in this step."], line("h for the hub:"), { section });
  }
  const items = itemsOf(state, step);
  if (screen.pane === "list") {
    const here = items.findIndex(({ id }) => id === item.id);
    const rows = items.map((candidate, index) => {
      const { label, mark, outlook, open } = itemRow(state, candidate);
      const words = outlook.replace(/^→ /u, "will be ");
      return numbered(index, `${oneLine(label)}: ${markWords[mark]}, ${words}${open ? "" : ", settled"}`);
    });
    return page(`list ${step.id}`, ["", "In this step:", ...rows], line(`Number, or Enter for ${here + 1}:`), {
      section,
    });
  }
  const kin = items.filter(({ kind }) => kind === item.kind);
  const place = `${item.kind === "question" ? "Question" : "Check"} ${kin.findIndex(({ id }) => id === item.id) + 1} of ${kin.length}`;
  const question = currentQuestion(state);
  const asked = question === undefined ? controlPage(state, item, place) : questionPage(state, question, item, place);
  return { ...asked, section };
};

const controlPage = (state: WizardState, item: Item, place: string): Page => {
  const control = findControl(state.setting.steps, item.id);
  const finding = state.assessment.byControl.get(item.id);
  const rows = reviewRows(state).filter((row) => row.kind === "change" && row.change.because.includes(item.id));
  const out = state.excluded[item.id];
  return page(
    `control ${item.id}`,
    [
      "",
      `${place}. ${sentence(oneLine(finding?.title ?? control?.title ?? item.id))}`,
      ...(finding === undefined ? [] : [`  Found ${markWords[markOf(finding)]}, ${finding.severity}`]),
      ...(finding === undefined || finding.detail === ""
        ? []
        : fact(out === undefined ? "Now" : "Left out", finding.detail)),
      ...(control === undefined ? [] : [...fact("Wanted", control.title), ...fact("Why", oneLine(control.rationale))]),
      ...(rows.length > 0
        ? [
            "  Would change:",
            ...rows.flatMap((row) =>
              row.kind === "change" ? [`  - ${signWords[row.sign]} ${oneLine(row.subject)}`] : [],
            ),
          ]
        : finding !== undefined && isAmiss(finding) && out === undefined
          ? ["  No change is proposed for this: e says what was seen and why."]
          : []),
    ],
    line(rows.length > 0 && out === undefined ? "Enter to take this, s to leave it out for now:" : "Enter to go on:"),
  );
};
