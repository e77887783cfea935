import { type Explanation, explain } from "../../core/wizard/explain.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import { blank, bold, dim, type Line, span } from "../lines.ts";
import { markSpan, paragraph } from "../parts.ts";
import type { Theme } from "../theme.ts";

/** An explanation as rows; evidence keeps its own lines. */
export const explanationLines = ({ sections }: Explanation, theme: Theme, columns: number): readonly Line[] =>
  sections.flatMap(({ heading, mark, lines }, index): readonly Line[] => {
    const quiet = heading === "References" || heading === "Control";
    const title: Line =
      mark === undefined ? [span(" "), bold(heading)] : [span(" "), markSpan(theme, mark), span(" "), bold(heading)];
    const text = lines.flatMap((line) =>
      paragraph(
        line,
        columns,
        quiet || heading === "Evidence" ? dim : (row) => span(row, heading === "Could break" ? "warn" : "plain"),
        1,
      ),
    );
    if (quiet) return text;
    const headings =
      mark === undefined
        ? [title]
        : paragraph(heading, columns - 2, (row) => bold(row), 1).map(
            (line, row): Line => (row === 0 ? [span(" "), markSpan(theme, mark), ...line] : [span("  "), ...line]),
          );
    return [...(index === 0 ? [] : [blank]), ...headings, ...text];
  });

export const drawExplain = ({ state, theme, columns, height }: Drawing): Screenful => {
  const { overlay } = state;
  if (overlay?.name !== "explain") return { lines: [] };
  const explanation = explain(state, overlay.item);
  const lines = [
    [span(" "), bold(explanation.title, "accent")],
    blank,
    ...explanationLines(explanation, theme, columns),
  ];
  const first = Math.min(overlay.scroll, Math.max(lines.length - height, 0));
  const more = lines.length - height - first;
  const shown = lines.slice(first, first + height);
  if (more > 0) shown[height - 1] = [span(" "), dim(`${more + 1} more rows below`)];
  return { where: [bold("Explain")], lines: shown };
};
