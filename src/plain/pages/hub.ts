import { urgentShown } from "../../core/wizard/cursor.ts";
import { urgentItems } from "../../core/wizard/route.ts";
import type { Screen, WizardState } from "../../core/wizard/state.ts";
import { categoryRows, headline, reviewLine, urgentRow } from "../../core/wizard/views.ts";
import { oneLine } from "../../core/wizard/words.ts";
import { categories } from "../../model/finding.ts";
import { letters } from "../commands.ts";
import { line, type Page, page } from "../page.ts";
import { countWords, numbered, scoreWords, sentence } from "../page-words.ts";

export const hubPage = (state: WizardState, { cursor }: Extract<Screen, { name: "hub" }>): Page => {
  const { host, release } = headline(state);
  const { machine } = state;
  const isTemplates = state.mode === "templates";
  const all = urgentItems(state);
  const shown = all.slice(0, urgentShown);
  const rows = categoryRows(state).map(({ title, counts, about, total }, index) =>
    numbered(index, total === 0 || isTemplates ? `${title}: ${about}` : `${title}: ${countWords(counts)}; ${about}`),
  );
  const first = categories.length;
  const urgent = shown.map((item, index) => {
    const { word, title, where } = urgentRow(state, item);
    return numbered(first + 1 + index, `${word === "answer" ? "answer wanted" : word}: ${title}, ${where}`);
  });
  return page(
    "hub",
    [
      "",
      machine === null ? "Overview" : `Overview of ${[host, release].filter((part) => part !== "").join(", ")}`,
      isTemplates ? "Every answer starts from a safe proposal; nothing is asked of any machine." : scoreWords(state),
      ...(machine?.rights.root === false
        ? [`Many answers are unknown: ${sentence(oneLine(machine.rights.reason))}`]
        : []),
      ...rows,
      numbered(first, `${isTemplates ? "Write the files" : "Review and apply"}: ${reviewLine(state)}`),
      ...(urgent.length === 0
        ? isTemplates
          ? []
          : ["Nothing is left to mend."]
        : [
            all.length > shown.length
              ? `First things first, and ${all.length - shown.length} more:`
              : "First things first:",
            ...urgent,
          ]),
    ],
    line(
      `Number, or Enter for ${cursor + 1}${letters(state).some(({ letter }) => letter === "w") ? ", w to walk on" : ""}:`,
    ),
  );
};
