import { findQuestion } from "../../core/wizard/assess.ts";
import { blockers } from "../../core/wizard/blockers.ts";
import { answersInForce } from "../../core/wizard/files.ts";
import { changeDetails, changeDiff, type ReviewRow, reviewCounts, reviewRows } from "../../core/wizard/review.ts";
import type { Screen, WizardState } from "../../core/wizard/state.ts";
import { counted, describeValue, oneLine, printable } from "../../core/wizard/words.ts";
import { needsConfirmation } from "../../model/change.ts";
import { folded, type Line, verbatim } from "../lines.ts";
import { line, type Page, page } from "../page.ts";
import { numbered, sentence } from "../page-words.ts";

export const signWords = { "+": "create", "~": "change", "-": "remove" } as const;

export const reviewPage = (state: WizardState, _screen: Extract<Screen, { name: "review" }>): Page => {
  if (state.mode === "templates") return templatesPage(state);
  const rows = reviewRows(state);
  const counts = reviewCounts(rows);
  const { plan } = state.assessment;
  const found = blockers(state);
  return page(
    `review ${plan?.id ?? ""} ${rows.length}`,
    [
      "",
      `Review${plan === null ? "" : ` of plan ${plan.id}`}: ${counts.create} to create, ${counts.change} to change, ${counts.remove} to remove; ${counts.lockout === 0 ? "none" : counts.lockout} can lock out; ${counted(counts.restarts, "restart")}, ${counted(counts.reboots, "reboot")}`,
      ...(rows.length === 0
        ? ["Nothing is chosen that would change this machine."]
        : rows.map((row, index) => numbered(index, rowWords(row)))),
      ...(found.length > 0
        ? [
            "It cannot be applied as it stands:",
            ...found.flatMap(({ reason, remedy }) => [`  - ${sentence(oneLine(reason))} ${sentence(oneLine(remedy))}`]),
          ]
        : [applyWords(state)]),
    ],
    line(
      `${found.length === 0 ? "Enter to apply, or a number" : "Number"} to see a change, x and a number to leave it out:`,
    ),
    { section: { key: "review", lines: [] } },
  );
};

const applyWords = ({ assessment, setting }: WizardState): string =>
  assessment.plan !== null && needsConfirmation(assessment.plan.changes)
    ? `A revert is armed first: if you do not log in again within ${counted(setting.confirmWithin, "second")}, all of it goes back.`
    : "Originals are kept first; undo puts them back byte for byte.";

const rowWords = (row: ReviewRow): string => {
  if (row.kind === "excluded") return `left out: ${row.title} (${oneLine(row.reason)})`;
  const { change, sign, subject, where, cost } = row;
  const diff = changeDiff(change, false);
  const parts = [
    where,
    ...(diff === null
      ? []
      : [
          [diff.added > 0 ? `+${diff.added}` : "", diff.removed > 0 ? `-${diff.removed}` : ""]
            .filter(Boolean)
            .join(" "),
        ]),
    cost,
    change.risk === "lockout" ? "can lock out" : change.risk === "reboot" ? "needs a reboot" : "",
  ].filter((part) => part !== "");
  return `${signWords[sign]} ${oneLine(subject)}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
};

/** All there is to say about one row of the review. */
export const rowLines = (row: ReviewRow, index: number): readonly Line[] => {
  const head = ["", `${index + 1}. ${rowWords(row)}`];
  if (row.kind === "excluded") return [...head, `  ${row.control}`];
  const diff = changeDiff(row.change, false);
  return [
    ...head,
    `  Because of ${row.change.because.join(", ")}`,
    ...changeDetails(row.change).map((detail) => `  ${oneLine(detail)}`),
    ...(diff?.lines ?? []).map((entry) => {
      if (entry.kind === "gap") return verbatim(`    (${counted(entry.lines, "unchanged line")})`);
      const sign = entry.kind === "added" ? "+" : entry.kind === "removed" ? "-" : " ";
      const text = entry.segments.map((segment) => segment.text).join("");
      return folded(`    ${sign} ${printable(text).replaceAll("\n", " ")}`);
    }),
  ];
};

const templatesPage = (state: WizardState): Page =>
  page(
    "templates",
    [
      "",
      "These answers go into the templates. No machine is touched.",
      ...Object.entries(answersInForce(state)).map(([id, value]) => {
        const question = findQuestion(state.setting.steps, id);
        return `  - ${question?.label ?? id}: ${question === undefined ? "" : describeValue(question, value)}`;
      }),
    ],
    line("Enter to write the files, s to save the answers:"),
    { section: { key: "review", lines: [] } },
  );
