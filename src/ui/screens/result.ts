import { type SummaryLine, summaryLines } from "../../core/wizard/views.ts";
import { markOf, oneLine } from "../../core/wizard/words.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import { blank, bold, cut, dim, type Line, pad, span, width } from "../lines.ts";
import { markSpan, paragraph, scoreLine } from "../parts.ts";

export const drawResult = ({ state, theme, columns, height }: Drawing): Screenful => {
  const { run, overlay } = state;
  if (run === null) return { lines: [] };
  const kept = run.outcome?.state === "confirmed";
  const [first, ...rest] = summaryLines(state);
  const open = run.findingsAfter.filter(
    ({ result }) => result === "fail" || result === "unknown" || result === "error",
  );
  const lines: Line[] = [
    ...paragraph(first?.text ?? "", columns, (text) => bold(text, kept ? "pass" : "warn")),
    ...(run.scoreAfter === null || !kept ? [] : [scoreLine(theme, run.scoreAfter, run.scoreAfter, columns)]),
    blank,
    ...rest.flatMap((line) => summaryRows(line, columns)),
    ...(overlay?.name === "undo"
      ? [
          blank,
          ...paragraph("Put everything back as it was before? y does it, Esc keeps the changes.", columns, (text) =>
            bold(text, "warn"),
          ),
        ]
      : []),
    ...(open.length === 0 || !kept
      ? []
      : [
          blank,
          [span(" "), dim("Still open")] as Line,
          ...open.map(
            (finding): Line => [
              span("   "),
              markSpan(theme, markOf(finding)),
              span(` ${cut(oneLine(finding.title), columns - 8, theme.ellipsis)}`),
            ],
          ),
        ]),
  ];
  return {
    where: [bold(kept ? "Done" : "How it ended")],
    aside: [dim(run.transactionId)],
    lines: lines.slice(0, height),
  };
};

/** A command is never cut: where it does not fit behind its label it gets rows of its own. */
const summaryRows = ({ label, text }: SummaryLine, columns: number): readonly Line[] => {
  if (label === "") return paragraph(text, columns);
  const fits = labelRoom + width(text) + 2 <= columns;
  return fits
    ? [[span(" "), dim(pad(label, labelRoom)), span(text)]]
    : [[span(" "), dim(label)], ...paragraph(text, columns, (row) => span(row), 3)];
};

const labelRoom = 22;
