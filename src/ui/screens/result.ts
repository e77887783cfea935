import { summary } from "../../core/wizard/views.ts";
import { markOf, oneLine } from "../../core/wizard/words.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import { blank, bold, cut, dim, type Line, span } from "../lines.ts";
import { markSpan, paragraph, scoreLine } from "../parts.ts";

export const drawResult = ({ state, theme, columns, height }: Drawing): Screenful => {
  const { run, overlay } = state;
  if (run === null) return { lines: [] };
  const kept = run.outcome?.state === "confirmed";
  const [first = "", ...rest] = summary(state);
  const open = run.findingsAfter.filter(
    ({ result }) => result === "fail" || result === "unknown" || result === "error",
  );
  const lines: Line[] = [
    ...paragraph(first, columns, (text) => bold(text, kept ? "pass" : "warn")),
    ...(run.scoreAfter === null ? [] : [scoreLine(theme, run.scoreAfter, run.scoreAfter, columns)]),
    blank,
    ...rest.flatMap((text): Line[] => [[span(" "), span(cut(text, columns - 2, theme.ellipsis))]]),
    ...(overlay?.name === "undo"
      ? [
          blank,
          ...paragraph("Put everything back as it was before? y does it, Esc keeps the changes.", columns, (text) =>
            bold(text, "warn"),
          ),
        ]
      : []),
    ...(open.length === 0
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
