import { categoryFound, categoryIntros, railText, stepRows } from "../../core/wizard/views.ts";
import { counted } from "../../core/wizard/words.ts";
import { categoryTitles } from "../../model/finding.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import { blank, bold, dim, type Line, pad, sides, span, windowStart } from "../lines.ts";
import { countSpans, cursorSpan, markSpan, paragraph, scoreAside } from "../parts.ts";

export const drawCategory = ({ state, theme, columns, height }: Drawing): Screenful => {
  const { screen, assessment } = state;
  if (screen.name !== "category") return { lines: [] };
  const { category, cursor } = screen;
  const isTemplates = state.mode === "templates";
  const steps = stepRows(state, category);
  const head: Line[] = [
    [span(" "), dim(railText(state))],
    blank,
    ...paragraph(categoryIntros[category], columns, (text) => bold(text)),
    ...paragraph(categoryFound(state, category), columns),
    blank,
  ];
  const tail: Line[] = [
    blank,
    ...(steps[cursor] === undefined ? [] : paragraph(steps[cursor].step.intro, columns, dim)),
  ];
  const room = Math.max(height - head.length - tail.length, 3);
  const first = windowStart(steps.length, cursor, room);
  const rows = steps.slice(first, first + room).map(({ step, mark, counts, open, decided }, index): Line => {
    const here = first + index === cursor;
    const outlook =
      open > 0
        ? `${counted(open, "decision")} to make`
        : decided
          ? "settled"
          : isTemplates
            ? ""
            : "in order, passed over";
    return sides(
      [
        cursorSpan(theme, here),
        ...(isTemplates ? [] : [markSpan(theme, mark), span("  ")]),
        (here ? bold : span)(pad(step.title, 28)),
        ...(isTemplates ? [] : countSpans(theme, counts)),
      ],
      [open > 0 ? span(outlook, "accent") : dim(outlook), span(" ")],
      columns,
    );
  });
  return {
    where: [bold(categoryTitles[category])],
    ...(isTemplates ? {} : { aside: scoreAside(assessment.scoreNow, assessment.scoreThen) }),
    lines: [...head, ...rows, ...tail],
  };
};
