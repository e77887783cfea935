import { findQuestion } from "../../core/wizard/assess.ts";
import { proposedPath } from "../../core/wizard/files.ts";
import { available, isHidden } from "../../core/wizard/intents.ts";
import { searchHits } from "../../core/wizard/search.ts";
import { fileKinds } from "../../core/wizard/state.ts";
import { equivalentCommands, itemRow } from "../../core/wizard/views.ts";
import { duration, oneLine } from "../../core/wizard/words.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import { blank, bold, cut, dim, type Line, pad, span, windowStart } from "../lines.ts";
import { cursorSpan, draftLines, markSpan, paragraph } from "../parts.ts";
import { keyText } from "../theme.ts";
import { drawExplain } from "./explain.ts";

/** What covers a screen; undefined for overlays that a screen draws itself. */
export const drawOverlay = (drawing: Drawing): Screenful | undefined => {
  switch (drawing.state.overlay?.name) {
    case "explain":
      return drawExplain(drawing);
    case "search":
      return drawSearch(drawing);
    case "keys":
      return drawKeys(drawing);
    case "command":
      return drawCommand(drawing);
    case "edit":
      return drawEdit(drawing);
    case "reason":
      return drawReason(drawing);
    case "sudo":
      return drawSudo(drawing);
    case "save":
      return drawSave(drawing);
    case "path":
      return drawPath(drawing);
    default:
      return undefined;
  }
};

const problemLines = (problem: string, columns: number): readonly Line[] =>
  problem === "" ? [] : [blank, ...paragraph(oneLine(problem), columns, (text) => span(text, "fail"))];

const drawSearch = ({ state, theme, columns, height }: Drawing): Screenful => {
  const { overlay } = state;
  if (overlay?.name !== "search") return { lines: [] };
  const hits = searchHits(state, overlay.draft.text);
  const room = Math.max(height - 3, 1);
  const first = windowStart(hits.length, overlay.cursor, room);
  const rows = hits.slice(first, first + room).map((hit, index): Line => {
    const here = first + index === overlay.cursor;
    const { mark } = itemRow(state, hit.item);
    const id = pad(cut(hit.id, 26, theme.ellipsis), 28);
    const room = columns - 36 - Math.min(hit.where.length, 20);
    const text = pad(cut(oneLine(hit.text), room, theme.ellipsis), room);
    return [
      cursorSpan(theme, here),
      markSpan(theme, mark),
      span(" "),
      here ? bold(text) : span(text),
      span(" "),
      dim(id),
      dim(cut(hit.where, 20, theme.ellipsis)),
    ];
  });
  return {
    where: [bold("Search")],
    aside: [dim(`${hits.length} found`)],
    lines: [
      ...draftLines(theme, overlay.draft, columns, 1, false, " / "),
      blank,
      ...(rows.length === 0
        ? [[span("   "), dim("Nothing is called that. Ids, titles and questions are searched.")] as Line]
        : rows),
    ],
  };
};

const drawKeys = ({ state, theme, columns, height }: Drawing): Screenful => {
  const commands = available({ ...state, overlay: null }).filter(({ keys }) => keys.length > 0);
  const rows = commands.map(
    ({ keys, label }): Line => [
      span("   "),
      bold(pad(keys.map((key) => keyText(theme, key)).join(" "), 14)),
      span(label),
    ],
  );
  const columnsOfRows = columns >= 100 ? 3 : 2;
  const perColumn = Math.ceil(rows.length / columnsOfRows);
  const cell = Math.floor(columns / columnsOfRows);
  const lines = Array.from(
    { length: Math.min(perColumn, height - 3) },
    (_, row): Line =>
      Array.from({ length: columnsOfRows }, (_, column) => rows[column * perColumn + row] ?? blank).flatMap((line) => {
        const text = line.reduce((sum, part) => sum + part.text.length, 0);
        return [...line, span(" ".repeat(Math.max(cell - text, 1)))];
      }),
  );
  return {
    where: [bold("Keys")],
    aside: [],
    lines: [...paragraph("What works on the screen behind this one:", columns, dim), blank, ...lines],
  };
};

const drawCommand = ({ state, columns }: Drawing): Screenful => ({
  where: [bold("The same without the wizard")],
  aside: [],
  lines: [
    blank,
    ...equivalentCommands({ ...state, overlay: null }).flatMap((command) => [
      ...paragraph(command, columns, (text) => bold(text), 3),
      blank,
    ]),
    ...paragraph("inspect and plan change nothing. apply asks for the host's name, or for --yes.", columns, dim),
  ],
});

const drawEdit = (drawing: Drawing): Screenful => {
  const { state, theme, columns, height } = drawing;
  const { overlay } = state;
  if (overlay?.name !== "edit") return { lines: [] };
  const question = findQuestion(state.setting.steps, overlay.question);
  if (question === undefined) return { lines: [] };
  const isList = question.kind === "list";
  const hint = isHidden(state)
    ? "What you type is not shown, not written down and not logged."
    : isList
      ? "One entry per line; pasting several lines is fine. Enter on an empty line takes the list."
      : overlay.draft.lines === "many"
        ? "As many lines as it needs. Ctrl-D takes the text."
        : "";
  const head: Line[] = [
    ...paragraph(oneLine(question.title), columns, (text) => bold(text)),
    ...(hint === "" ? [] : paragraph(hint, columns, dim)),
    blank,
  ];
  const problem = problemLines(overlay.problem, columns);
  const why = [blank, ...paragraph(oneLine(question.why), columns, dim)];
  const room = Math.max(height - head.length - problem.length - (overlay.draft.lines === "many" ? 0 : why.length), 1);
  const text = draftLines(
    theme,
    overlay.draft,
    columns,
    room,
    isHidden(state),
    overlay.draft.lines === "many" ? ` ${theme.pane} ` : ` ${theme.cursor} `,
  );
  return { where: [bold(question.label)], lines: [...head, ...text, ...problem, ...why].slice(0, height) };
};

const drawReason = ({ state, theme, columns }: Drawing): Screenful => {
  const { overlay } = state;
  if (overlay?.name !== "reason") return { lines: [] };
  return {
    where: [bold("Leave out")],
    lines: [
      blank,
      ...paragraph(`Leave out: ${oneLine(overlay.title)}`, columns, (text) => bold(text)),
      ...(overlay.controls.length > 1
        ? paragraph(`This leaves out ${overlay.controls.length} controls: ${overlay.controls.join(", ")}`, columns, dim)
        : []),
      blank,
      ...paragraph("Why? The reason is kept with the answers and stands in every report.", columns),
      ...draftLines(theme, overlay.draft, columns, 1, false, ` ${theme.cursor} `),
      ...problemLines(overlay.problem, columns),
    ],
  };
};

const drawSudo = ({ state, theme, columns, beat }: Drawing): Screenful => {
  const { overlay, machine, now } = state;
  if (overlay?.name !== "sudo") return { lines: [] };
  const unseen = state.assessment.findings.filter(({ result }) => result === "unknown").length;
  const reason = machine?.rights.root === false ? machine.rights.reason : "";
  return {
    where: [bold("Root rights")],
    lines: [
      blank,
      ...paragraph(
        `${unseen} of ${state.assessment.findings.length} controls could not be seen: ${oneLine(reason)}`,
        columns,
        (text) => bold(text),
      ),
      ...paragraph(
        "sudo's password gives the full answer. It is handed over on standard input, kept in memory until you leave, and never written anywhere. Inspection still changes nothing.",
        columns,
        dim,
      ),
      blank,
      ...(overlay.checking
        ? [
            [
              span(" "),
              span(theme.spinner[beat % theme.spinner.length] as string, "accent"),
              span(" sudo is thinking "),
              dim(duration(now - (state.waiting?.since ?? now))),
            ] as Line,
          ]
        : draftLines(theme, overlay.draft, columns, 1, true, ` sudo password ${theme.cursor} `)),
      ...problemLines(overlay.problem, columns),
    ],
  };
};

const saveTexts = {
  plan: ["The plan", "exactly these changes, while the machine is as it is now"],
  answers: ["The answers", "for other hosts: plan, apply or rollout with --answers FILE"],
  files: ["The files", "every file as it would be written, to look at or install"],
} as const;

const drawSave = ({ state, theme, columns }: Drawing): Screenful => {
  const { overlay } = state;
  if (overlay?.name !== "save") return { lines: [] };
  return {
    where: [bold("Save")],
    lines: [
      blank,
      ...fileKinds.map((kind, index): Line => {
        const here = index === overlay.cursor;
        const [title, about] = saveTexts[kind];
        return [
          cursorSpan(theme, here),
          (here ? bold : span)(pad(title, 14)),
          dim(cut(about, columns - 20, theme.ellipsis)),
        ];
      }),
    ],
  };
};

const drawPath = ({ state, theme, columns }: Drawing): Screenful => {
  const { overlay } = state;
  if (overlay?.name !== "path") return { lines: [] };
  const [title, about] = saveTexts[overlay.what];
  return {
    where: [bold("Save")],
    lines: [
      blank,
      ...paragraph(`${title}: ${about}`, columns, (text) => bold(text)),
      ...paragraph(`Where to? (proposed: ${proposedPath(state, overlay.what)})`, columns, dim),
      blank,
      ...draftLines(theme, overlay.draft, columns, 1, false, ` ${theme.cursor} `),
      ...problemLines(overlay.problem, columns),
    ],
  };
};
