/** Words that several pages use. */
import type { WizardState } from "../core/wizard/state.ts";
import { headline } from "../core/wizard/views.ts";
import { type Counts, countMarks, type Mark, oneLine, printable } from "../core/wizard/words.ts";
import type { Finding } from "../model/finding.ts";
import { folded, type Line } from "./lines.ts";

export const markWords: Readonly<Record<Mark, string>> = {
  fail: "fail",
  warn: "warn",
  unknown: "unknown",
  pass: "pass",
  none: "n/a",
  waived: "waived",
};

export const countWords = (counts: Counts): string => {
  const parts = (["fail", "warn", "unknown", "pass"] as const)
    .filter((mark) => counts[mark] > 0)
    .map((mark) => `${counts[mark]} ${markWords[mark]}`);
  return parts.length === 0 ? "nothing to judge" : parts.join(", ");
};

export const sentence = (text: string): string => (/[.!?:)]$/u.test(text) ? text : `${text}.`);

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const numbered = (index: number, text: string): Line => `  ${index + 1}. ${text}`;

/** A label with its text; text of several lines stands below it as it is. */
export const fact = (label: string, text: string): readonly Line[] =>
  text.includes("\n")
    ? [
        `  ${label}:`,
        ...printable(text)
          .replace(/\n+$/u, "")
          .split("\n")
          .map((row) => folded(`    ${row}`)),
      ]
    : [`  ${label}: ${oneLine(text)}`];

export const problemLines = (problem: string): readonly Line[] =>
  problem === "" ? [] : [`Not taken: ${sentence(oneLine(problem))}`];

export const isAmiss = ({ result }: Finding): boolean => ["fail", "unknown", "error", "waived"].includes(result);

export const scoreWords = ({ assessment }: WizardState): string =>
  assessment.scoreNow === assessment.scoreThen
    ? `Score ${assessment.scoreNow} of 100.`
    : `Score ${assessment.scoreNow} of 100, and ${assessment.scoreThen} with what is chosen.`;

/** What was found, when an inspection has ended. */
export const inspectedWords = (state: WizardState): string => {
  const { host, release } = headline(state);
  const { assessment, machine } = state;
  const seconds = ((machine?.durationMs ?? 0) / 1000).toFixed(1);
  const counts = countWords(countMarks(assessment.findings));
  return `${[host, release].filter((part) => part !== "").join(", ")}: inspected in ${seconds} s, nothing has changed. ${scoreWords(state)} ${sentence(counts)}`;
};
