import { urgentShown } from "../../core/wizard/cursor.ts";
import { urgentItems } from "../../core/wizard/route.ts";
import { blindness, categoryRows, railText, reviewLine, urgentRow } from "../../core/wizard/views.ts";
import { categories } from "../../model/finding.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import { blank, bold, cut, dim, type Line, pad, sides, span } from "../lines.ts";
import { countSpans, cursorSpan, markSpan, paragraph, scoreLine } from "../parts.ts";

export const drawHub = (drawing: Drawing): Screenful => {
  const { state, theme, columns } = drawing;
  const { screen, assessment } = state;
  const cursor = screen.name === "hub" ? screen.cursor : -1;
  const isTemplates = state.mode === "templates";
  const rows = categoryRows(state).map(({ title, counts, about, total }, index): Line => {
    const here = cursor === index;
    const name = pad(title, 25);
    return [
      cursorSpan(theme, here),
      bold(String(index + 1), here ? "accent" : "plain"),
      span("  "),
      total === 0 ? dim(name) : here ? bold(name) : span(name),
      ...(isTemplates || total === 0 ? [] : countSpans(theme, counts)),
      span(isTemplates || total === 0 ? "" : "  "),
      dim(columns < 76 && !isTemplates && total > 0 ? "" : about),
    ];
  });
  const reviewHere = cursor === categories.length;
  return {
    lines: [
      isTemplates
        ? [span(" "), dim("Every answer starts from a safe proposal; nothing is asked of any machine.")]
        : scoreLine(theme, assessment.scoreNow, assessment.scoreThen, columns),
      blank,
      ...rows,
      blank,
      [
        cursorSpan(theme, reviewHere),
        bold(String(categories.length + 1), reviewHere ? "accent" : "plain"),
        span("  "),
        (reviewHere ? bold : span)(pad(isTemplates ? "Write the files" : "Review and apply", 25)),
        assessment.refusals.length > 0 ? span(reviewLine(state), "warn") : span(reviewLine(state)),
      ],
      blank,
      ...firstThings(drawing, cursor),
      blank,
      ...(blindness(state) === ""
        ? []
        : paragraph(`${theme.marks.unknown} ${blindness(state)}`, columns, (text) => span(text, "unknown"))),
      [span(" "), dim("w walks on: "), dim(railText(state))],
    ],
  };
};

const firstThings = ({ state, theme, columns }: Drawing, cursor: number): readonly Line[] => {
  const all = urgentItems(state);
  if (all.length === 0) {
    return state.mode === "templates"
      ? []
      : [[span(" "), span(theme.marks.pass, "pass"), span(" Nothing is left to mend.")]];
  }
  const rows = all.slice(0, urgentShown).map((urgent, index): Line => {
    const here = cursor === categories.length + 1 + index;
    const { mark, word, title, where } = urgentRow(state, urgent);
    const text = cut(title, columns - 18 - where.length - 3, theme.ellipsis);
    return sides(
      [
        cursorSpan(theme, here),
        markSpan(theme, mark),
        span(` ${pad(word, 11)}`, word === "critical" ? "fail" : "plain"),
        here ? bold(text) : span(text),
      ],
      [dim(where), span(" ")],
      columns,
    );
  });
  const more = all.length - rows.length;
  return [[span(" "), bold("First things first"), ...(more > 0 ? [dim(`   and ${more} more`)] : [])], ...rows];
};
