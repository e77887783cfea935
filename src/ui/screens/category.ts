import { blindness, categoryFound, categoryIntros, railText, type StepRow, stepRows } from "../../core/wizard/views.ts";
import { counted } from "../../core/wizard/words.ts";
import { categoryTitles } from "../../model/finding.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import { blank, bold, cut, dim, type Line, pad, sides, span, windowStart } from "../lines.ts";
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
    ...(blindness(state) === "" ? [] : paragraph(blindness(state), columns, (text) => span(text, "unknown"))),
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
    const outlook = outlookOf({ open, decided, mark, isTemplates });
    return sides(
      [
        cursorSpan(theme, here),
        ...(isTemplates ? [] : [markSpan(theme, mark), span("  ")]),
        (here ? bold : span)(pad(cut(step.title, 24, theme.ellipsis), 25)),
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

const outlookOf = ({
  open,
  decided,
  mark,
  isTemplates,
}: Pick<StepRow, "open" | "decided" | "mark"> & { readonly isTemplates: boolean }): string => {
  if (open > 0) return `${counted(open, "decision")} to make`;
  if (decided) return "settled";
  if (isTemplates) return "";
  if (mark === "unknown") return "could not be seen";
  return mark === "none" ? "does not apply" : "in order, passed over";
};
