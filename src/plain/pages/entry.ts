import { entryRows } from "../../core/wizard/entry.ts";
import type { WizardState } from "../../core/wizard/state.ts";
import { headline } from "../../core/wizard/views.ts";
import { oneLine } from "../../core/wizard/words.ts";
import { line, type Page, page } from "../page.ts";
import { capital, numbered, sentence } from "../page-words.ts";

export const entryPage = (state: WizardState): Page => {
  const { host, promise } = headline(state);
  return page(
    "entry",
    [
      "",
      `Drawbridge, ${sentence(host)} ${sentence(capital(promise))}`,
      "Nothing is changed until you have seen every change and typed the name of the host. Whatever is changed can be put back.",
      "",
      "What is to be done?",
      ...entryRows(state).map(({ title, about }, index) =>
        numbered(index, about === "" ? title : `${title}: ${oneLine(about)}`),
      ),
    ],
    line("Number, or Enter for 1:"),
  );
};

export const inspectingPage = ({ waiting }: WizardState): Page =>
  waiting === null
    ? page(
        "inspecting failed",
        ["", "The inspection did not come to an end. Nothing was changed."],
        line("Enter to try again, b to go back, q to quit:"),
      )
    : page("inspecting", [], null);
