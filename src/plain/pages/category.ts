import type { Screen, WizardState } from "../../core/wizard/state.ts";
import { categoryFound, categoryIntros, railText, stepRows } from "../../core/wizard/views.ts";
import { counted } from "../../core/wizard/words.ts";
import { categoryTitles } from "../../model/finding.ts";
import { line, type Page, page } from "../page.ts";
import { countWords, numbered } from "../page-words.ts";

export const categoryPage = (state: WizardState, { category, cursor }: Extract<Screen, { name: "category" }>): Page => {
  const isTemplates = state.mode === "templates";
  const rows = stepRows(state, category).map(({ step, counts, open, decided }, index) => {
    const outlook =
      open > 0
        ? `${counted(open, "decision")} to make`
        : decided
          ? "settled"
          : isTemplates
            ? ""
            : "in order, passed over";
    const words = [...(isTemplates ? [] : [countWords(counts)]), ...(outlook === "" ? [] : [outlook])].join("; ");
    return numbered(index, words === "" ? step.title : `${step.title}: ${words}`);
  });
  return page(
    `category ${category}`,
    [
      "",
      `${categoryTitles[category]}. ${categoryIntros[category]}`,
      categoryFound(state, category),
      ...rows,
      `The walk so far: ${railText(state)}`,
    ],
    line(`Number of a step, or Enter for ${cursor + 1}:`),
    { section: { key: `category ${category}`, lines: [] } },
  );
};
