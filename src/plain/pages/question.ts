import { choicesOf, type QuestionState, questionState } from "../../core/wizard/assess.ts";
import type { Item, WizardState } from "../../core/wizard/state.ts";
import { describeValue, isSameValue, oneLine } from "../../core/wizard/words.ts";
import type { AnyQuestion, Choice } from "../../model/question.ts";
import type { Line } from "../lines.ts";
import { type Hint, line, type Page, type Prompt, page } from "../page.ts";
import { fact, numbered } from "../page-words.ts";
import { findingLines } from "./findings.ts";

export const hints = {
  multiselect: {
    id: "multiselect",
    text: "Type several numbers with spaces between them; none stands for none of them.",
  },
  list: {
    id: "list",
    text: "Type one entry per line and end with an empty line: they replace what is there. A first line of + keeps what is there and adds to it; none stands for an empty list.",
  },
  text: { id: "text", text: "Type as many lines as you need and end with a line that holds a single dot." },
  letter: { id: "letter", text: "To answer with what would otherwise be a letter like b, put = before it: =b." },
} as const;

export const questionPage = (state: WizardState, question: AnyQuestion, item: Item, place: string): Page => {
  const asked = questionState(state, question);
  const choices = choicesOf(state, question);
  const isOther = asked.given && !isSameValue(asked.value, asked.proposed);
  return page(
    `question ${question.id}`,
    [
      "",
      `${place}, ${question.label}. ${oneLine(question.title)}`,
      ...(asked.current === "" ? [] : fact("Now", asked.current)),
      ...(question.kind === "secret" ? [] : fact("Proposed", valueWords(question, asked.proposed))),
      ...(isOther ? fact(question.kind === "secret" ? "Given" : "Chosen", valueWords(question, asked.value)) : []),
      ...findingLines(state, item),
      ...fact("Why", oneLine(question.why)),
      ...(asked.problem === "" ? [] : [`  Still wrong: ${oneLine(asked.problem)}`]),
      ...choiceLines(question, choices, asked),
    ],
    questionPrompt(question, choices, asked),
    { hints: questionHints(question, choices) },
  );
};

const valueWords = (question: AnyQuestion, value: unknown): string =>
  typeof value === "string" && value.includes("\n") && question.kind !== "secret"
    ? value
    : describeValue(question, value);

export const questionHints = (question: AnyQuestion, choices: readonly Choice[]): readonly Hint[] => {
  if (choices.length > 0) return question.kind === "multiselect" ? [hints.multiselect] : [];
  if (question.kind === "secret") return [];
  if (question.kind === "list") return [hints.list];
  return question.multiline === true ? [hints.text] : [hints.letter];
};

export const isChosen = (question: AnyQuestion, choice: Choice, value: unknown): boolean =>
  question.kind === "confirm"
    ? value === (choice.value === "yes")
    : Array.isArray(value)
      ? value.includes(choice.value)
      : value === choice.value;

const choiceLines = (question: AnyQuestion, choices: readonly Choice[], asked: QuestionState): readonly Line[] => {
  if (question.kind === "secret")
    return [numbered(0, "Type it now; it is not shown, not logged and not written down.")];
  return choices.map((choice, index) => {
    const box = question.kind === "multiselect" ? (isChosen(question, choice, asked.value) ? "[x] " : "[ ] ") : "";
    const standing =
      question.kind === "multiselect"
        ? ""
        : isChosen(question, choice, asked.value)
          ? asked.given
            ? " (chosen)"
            : " (proposed)"
          : "";
    const about =
      choice.disabled !== undefined
        ? `: not possible: ${oneLine(choice.disabled)}`
        : choice.hint
          ? `: ${oneLine(choice.hint)}`
          : "";
    return numbered(index, `${box}${oneLine(choice.label)}${standing}${about}`);
  });
};

/** Longer answers are named by what they are, not read out a second time. */
const longestEcho = 40;

const questionPrompt = (question: AnyQuestion, choices: readonly Choice[], asked: QuestionState): Prompt => {
  const words = describeValue(question, asked.value);
  const known = asked.given && !isSameValue(asked.value, asked.proposed) ? "what is chosen" : "what is proposed";
  const taken = words.length > longestEcho || words === "none" || question.multiline === true ? known : words;
  const isWanting = asked.problem !== "";
  if (question.kind === "secret") return line(isWanting ? "1 to type it:" : "1 to type it, or Enter to go on:");
  if (choices.length > 0) {
    const numbers = choices.flatMap((choice, index) => (isChosen(question, choice, asked.value) ? [index + 1] : []));
    const many = question.kind === "multiselect" ? "Numbers" : "Number";
    if (isWanting) return line(`${many}:`);
    return line(
      `${many}, or Enter for ${numbers.length > 0 && numbers.length <= 8 ? numbers.join(" ") : question.kind === "multiselect" ? "none" : taken}:`,
    );
  }
  if (question.kind === "list") {
    return { kind: "list", message: isWanting ? "First entry:" : `First entry, or Enter for ${taken}:` };
  }
  if (question.multiline === true) return { kind: "text", message: `First line, or Enter for ${taken}:` };
  return line(isWanting ? "Your answer:" : `Your answer, or Enter for ${taken}:`);
};
