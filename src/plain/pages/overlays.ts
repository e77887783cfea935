import { findQuestion } from "../../core/wizard/assess.ts";
import { explain } from "../../core/wizard/explain.ts";
import { proposedPath } from "../../core/wizard/files.ts";
import { searchHits } from "../../core/wizard/search.ts";
import { fileKinds, type Overlay, type WizardState } from "../../core/wizard/state.ts";
import { equivalentCommands } from "../../core/wizard/views.ts";
import { counted, oneLine } from "../../core/wizard/words.ts";
import { letters } from "../commands.ts";
import { folded, type Line, verbatim } from "../lines.ts";
import { line, type Page, page } from "../page.ts";
import { markWords, numbered, problemLines, sentence } from "../page-words.ts";
import { questionHints } from "./question.ts";

const saveTexts = {
  plan: "The plan: exactly these changes, while the machine is as it is now",
  answers: "The answers: for other hosts: plan, apply or rollout with --answers FILE",
  files: "The files: every file as it would be written, to look at or to install by hand",
} as const;

/** How many finds of a search are read out. */
export const hitsShown = 12;

export const overlayPage = (state: WizardState, overlay: Overlay): Page => {
  switch (overlay.name) {
    case "explain": {
      const { title, sections } = explain(state, overlay.item);
      return page(
        "explain",
        [
          "",
          sentence(`About: ${oneLine(title)}`),
          ...sections.flatMap(({ heading, mark, lines }) => [
            `${mark === undefined ? "" : `${markWords[mark]}: `}${heading}`,
            ...lines.map((text) => (heading === "Evidence" ? folded(`  ${text}`) : `  ${oneLine(text)}`)),
          ]),
        ],
        null,
        { passing: true },
      );
    }
    case "keys":
      return page("keys", helpLines(state), null, { passing: true });
    case "command":
      return page(
        "command",
        [
          "",
          "The same without the wizard:",
          ...equivalentCommands({ ...state, overlay: null }).map((text) => verbatim(`  ${text}`)),
        ],
        null,
        { passing: true },
      );
    case "edit":
      return editPage(state, overlay);
    case "search": {
      const hits = searchHits(state, overlay.draft.text);
      const rows = hits
        .slice(0, hitsShown)
        .map(({ text, where, id }, index) => numbered(index, `${oneLine(text)}, ${where}, ${id}`));
      const found =
        overlay.draft.text === ""
          ? `${counted(hits.length, "thing")} to find`
          : `${hits.length} found for ${oneLine(overlay.draft.text)}`;
      return page(
        `search ${overlay.draft.text}`,
        ["", hits.length > rows.length ? `${found}; the best ${rows.length}:` : `${found}.`, ...rows],
        line("Number, or other words to search for, or Enter to go back:"),
      );
    }
    case "reason":
      return page(
        `reason ${overlay.controls.join(" ")}`,
        [
          "",
          `Leave out: ${oneLine(overlay.title)}`,
          ...(overlay.controls.length > 1
            ? [`This leaves out ${overlay.controls.length} controls: ${overlay.controls.join(", ")}`]
            : []),
        ],
        line("Why? It stands in every report. Enter alone goes back:"),
        { problem: problemLines(overlay.problem) },
      );
    case "sudo": {
      const unseen = state.assessment.findings.filter(({ result }) => result === "unknown").length;
      const reason = state.machine?.rights.root === false ? state.machine.rights.reason : "";
      return overlay.checking
        ? page("sudo asked", [], null)
        : page(
            "sudo",
            [],
            { kind: "hidden", message: "sudo password, or Enter to go on without:" },
            {
              section: {
                key: "sudo",
                lines: [
                  "",
                  `${unseen} of ${state.assessment.findings.length} controls could not be seen: ${sentence(oneLine(reason))}`,
                  "sudo's password gives the full answer. It is handed over on standard input, kept in memory until you leave, and never written anywhere. Inspection still changes nothing.",
                ],
              },
              problem: problemLines(overlay.problem),
            },
          );
    }
    case "host":
      return page(
        "host",
        ["", `Now is the moment. The name of this host is ${oneLine(state.machine?.host.name ?? "")}.`],
        line("Type the host's name to apply; Enter alone goes back, nothing changed:"),
        { problem: problemLines(overlay.problem) },
      );
    case "save":
      return page(
        "save",
        ["", "What is to be saved?", ...fileKinds.map((kind, index) => numbered(index, saveTexts[kind]))],
        line(`Number, or Enter for ${overlay.cursor + 1}, or b to go back:`),
      );
    case "path":
      return page(
        `path ${overlay.what}`,
        ["", saveTexts[overlay.what]],
        line(`Where to? Enter for ${proposedPath(state, overlay.what)}, or b to go back:`),
        { problem: problemLines(overlay.problem) },
      );
    case "undo":
      return page("undo", ["", "Put everything back as it was before?"], line("y does it, Enter keeps the changes:"));
  }
};

const editPage = (state: WizardState, overlay: Extract<Overlay, { name: "edit" }>): Page => {
  const question = findQuestion(state.setting.steps, overlay.question);
  if (question === undefined) return page("edit", [], null);
  const key = `edit ${question.id}`;
  const problem = problemLines(overlay.problem);
  if (question.kind === "secret") {
    return page(key, [], { kind: "hiddenTwice", message: `${question.label}, or Enter to go back:` }, { problem });
  }
  const more = { problem, hints: questionHints(question, []) };
  if (question.kind === "list")
    return page(key, [], { kind: "list", message: "First entry, or Enter to go back:" }, more);
  if (question.multiline === true)
    return page(key, [], { kind: "text", message: "First line, or Enter to go back:" }, more);
  return page(key, [], line("Your answer, or Enter to go back:"), more);
};

/** What works on the screen behind. */
const helpLines = (state: WizardState): readonly Line[] => {
  const behind = { ...state, overlay: null };
  return [
    "",
    "What can be typed here:",
    "  Enter: take what is proposed or chosen, or what the question says",
    ...letters(behind).map(({ letter, label }) =>
      letter === "/" ? "  / and words: search ids, titles and questions" : `  ${letter}: ${label}`,
    ),
    "  Ctrl-C: leave at once",
  ];
};
