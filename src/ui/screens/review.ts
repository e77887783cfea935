import type { DiffLine } from "../../core/diff.ts";
import { findQuestion } from "../../core/wizard/assess.ts";
import { blockers } from "../../core/wizard/blockers.ts";
import { answersInForce } from "../../core/wizard/files.ts";
import { changeDetails, changeDiff, type ReviewRow, reviewCounts, reviewRows } from "../../core/wizard/review.ts";
import { counted, describeValue, oneLine, printable } from "../../core/wizard/words.ts";
import { needsConfirmation } from "../../model/change.ts";
import type { Drawing, Screenful } from "../frame.tsx";
import {
  blank,
  bold,
  cut,
  cutMiddle,
  dim,
  fill,
  type Line,
  lineWidth,
  pad,
  padStart,
  type Span,
  span,
  windowStart,
} from "../lines.ts";
import { cursorSpan, draftLines, paragraph } from "../parts.ts";
import type { Theme, Tone } from "../theme.ts";

export const drawReview = (drawing: Drawing): Screenful => {
  const { state, height } = drawing;
  const { screen, assessment, overlay } = state;
  if (screen.name !== "review") return { lines: [] };
  if (state.mode === "templates") return drawTemplates(drawing);
  const rows = reviewRows(state);
  const counts = reviewCounts(rows);
  const head: Line[] = [
    [
      span(" "),
      span(`+ ${counts.create} create`, "pass"),
      span(`  ~ ${counts.change} change`, "warn"),
      span(`  - ${counts.remove} remove`, counts.remove > 0 ? "fail" : "plain"),
      counts.lockout > 0 ? bold(`   ! ${counts.lockout} can lock out`, "warn") : dim("   none can lock out"),
      dim(`   ${counted(counts.restarts, "restart")}   ${counted(counts.reboots, "reboot")}`),
    ],
    blank,
  ];
  const foot = overlay?.name === "host" ? hostPrompt(drawing) : verdict(drawing);
  const room = Math.max(height - head.length - foot.length - 1, 3);
  return {
    where: [bold("Review")],
    aside:
      assessment.plan === null
        ? []
        : [dim("plan "), bold(assessment.plan.id), dim(state.savedPlan === assessment.plan.id ? "  saved" : "")],
    lines: [...head, ...changeList(drawing, rows, room), blank, ...foot],
  };
};

/** The rows that fill, the one at the cursor and its content among them. Only what is seen is compared and drawn. */
const changeList = (drawing: Drawing, rows: readonly ReviewRow[], room: number): readonly Line[] => {
  const { state, theme, columns } = drawing;
  const { screen } = state;
  if (screen.name !== "review") return [];
  if (rows.length === 0) return [[span(" "), dim("Nothing to change: all that is chosen is in place.")]];
  const lines: Line[] = [];
  let cursorAt = 0;
  let cursorRows = 0;
  // Rows further away than the window is high cannot be seen, whatever is expanded.
  const from = Math.max(screen.cursor - room, 0);
  for (const [index, row] of rows.slice(from, screen.cursor + room + 1).entries()) {
    const here = from + index === screen.cursor;
    if (here) cursorAt = lines.length;
    const firstExcluded = row.kind === "excluded" && rows[from + index - 1]?.kind !== "excluded";
    if (firstExcluded) {
      lines.push([span(" "), dim("Left out")]);
      if (here) cursorAt = lines.length;
    }
    lines.push(rowLine(row, here, theme, columns));
    if (screen.expanded.includes(row.key)) {
      const content = contentLines(row, screen.words, theme, columns);
      lines.push(...content);
      if (here) cursorRows = content.length;
    }
  }
  // Content that is longer than the window is read page by page.
  const isLong = cursorRows >= room;
  const start = isLong
    ? cursorAt + Math.min(screen.scroll, cursorRows + 1 - room)
    : windowStart(lines.length, cursorAt, room, cursorRows);
  const visible = lines.slice(start, start + room);
  const hidden = isLong ? cursorAt + cursorRows + 1 - start - room : 0;
  return hidden > 0
    ? [...visible.slice(0, room - 1), [dim(`       ${theme.pane} ${counted(hidden + 1, "more line")}: page down`)]]
    : visible;
};

const signTone: Readonly<Record<string, Tone>> = { "+": "pass", "~": "warn", "-": "fail" };

const rowLine = (row: ReviewRow, here: boolean, theme: Theme, columns: number): Line => {
  if (row.kind === "excluded") {
    return fill(
      [
        cursorSpan(theme, here),
        dim(theme.marks.waived),
        span(" "),
        here ? bold(row.title) : dim(row.title),
        dim(`  (${oneLine(row.reason)})`),
      ],
      columns,
      theme.ellipsis,
    );
  }
  const { change, sign, subject, where, cost } = row;
  const diff = changeDiff(change, false);
  const size =
    diff === null
      ? ""
      : [diff.added > 0 ? `+${diff.added}` : "", diff.removed > 0 ? `-${diff.removed}` : ""].filter(Boolean).join(" ");
  const whereRoom = columns >= 100 ? 24 : columns >= 76 ? 16 : 0;
  const right = `${pad(cut(where, Math.max(whereRoom - 2, 0), ""), whereRoom)}${pad(cost, 8)}${padStart(size, 8)} `;
  const room = columns - 7 - right.length - 1;
  const name = pad(cutMiddle(oneLine(subject), room, theme.ellipsis), room);
  return [
    cursorSpan(theme, here),
    change.risk === "lockout" || change.risk === "reboot" ? bold("! ", "warn") : span("  "),
    span(`${sign} `, signTone[sign]),
    here ? bold(name) : span(name),
    span(" "),
    dim(right),
  ];
};

const contentLines = (row: ReviewRow, words: boolean, theme: Theme, columns: number): readonly Line[] => {
  const bar = dim(`       ${theme.pane} `);
  const room = columns - 10;
  if (row.kind === "excluded") return [[bar, dim(cut(row.control, room, theme.ellipsis))]];
  const because = `because of ${row.change.because.join(", ")}`;
  const diff = changeDiff(row.change, words);
  return [
    [bar, dim(cut(because, room, theme.ellipsis))],
    ...changeDetails(row.change).map((detail): Line => [bar, dim(cut(oneLine(detail), room, theme.ellipsis))]),
    ...(diff?.lines ?? []).map((line): Line => [dim(`       ${theme.pane}`), ...diffSpans(line, room, theme)]),
  ];
};

/** How git marks words that differ where there is no colour: git-diff(1), --word-diff=plain. */
const wordMarks = { added: ["{+", "+}"], removed: ["[-", "-]"], same: ["", ""] } as const;

const diffSpans = (line: DiffLine, room: number, theme: Theme): Line => {
  if (line.kind === "gap") return [dim(`  ${counted(line.lines, "unchanged line")}`)];
  const tone: Tone = line.kind === "added" ? "pass" : line.kind === "removed" ? "fail" : "dim";
  const sign = line.kind === "added" ? "+" : line.kind === "removed" ? "-" : " ";
  const [open, close] = theme.styled ? wordMarks.same : wordMarks[line.kind];
  const spans: Span[] = line.segments.map(({ text, changed }) => {
    const shown = printable(text).replaceAll("\n", " ");
    return changed ? span(`${open}${shown}${close}`, tone, { bold: true, underline: true }) : span(shown, tone);
  });
  const whole: Line = [span(`${sign} `, tone), ...spans];
  return lineWidth(whole) > room ? fill(whole, room, theme.ellipsis) : whole;
};

/** What stands in the way, or what happens next. */
const verdict = ({ state, theme, columns }: Drawing): readonly Line[] => {
  const found = blockers(state);
  const { plan } = state.assessment;
  if (plan?.changes.length === 0) return [];
  if (found.length > 0) {
    const shown = found.slice(0, 3);
    return [
      ...shown.flatMap(({ reason, remedy }): readonly Line[] => [
        ...paragraph(`${theme.marks.fail} ${oneLine(reason)}`, columns, (text) => span(text, "warn")),
        ...paragraph(oneLine(remedy), columns, dim, 3),
      ]),
      ...(found.length > shown.length ? [[span("   "), dim(`and ${found.length - shown.length} more`)] as Line] : []),
    ];
  }
  const locks = plan !== null && needsConfirmation(plan.changes);
  const within = counted(Math.round(state.setting.confirmWithin / 60), "minute");
  return paragraph(
    locks
      ? `A revert is armed first: if you do not log in again within ${within}, all of it goes back. Enter asks for the host's name.`
      : "Originals are kept first; undo puts them back byte for byte. Enter asks for the host's name.",
    columns,
  );
};

const hostPrompt = ({ state, theme, columns }: Drawing): readonly Line[] => {
  const { overlay, machine } = state;
  if (overlay?.name !== "host") return [];
  return [
    [span(" "), span("Type the host name to apply:  "), dim(oneLine(machine?.host.name ?? ""))],
    ...draftLines(theme, overlay.draft, columns, 1, false, ` ${theme.cursor} `),
    ...(overlay.problem === "" ? [] : paragraph(overlay.problem, columns, (text) => span(text, "fail"))),
  ];
};

const drawTemplates = ({ state, theme, columns, height }: Drawing): Screenful => {
  const answers = Object.entries(answersInForce(state));
  const room = Math.max(height - 2, 1);
  const cursor = state.screen.name === "review" ? state.screen.cursor : 0;
  const first = windowStart(answers.length, cursor, room);
  const rows = answers.slice(first, first + room).map(([id, value], index): Line => {
    const question = findQuestion(state.setting.steps, id);
    const here = first + index === cursor;
    const label = pad(cut(question?.label ?? id, 28, theme.ellipsis), 30);
    const text = question === undefined ? "" : describeValue(question, value);
    return [
      cursorSpan(theme, here),
      here ? bold(label) : span(label),
      span(cut(text, columns - 35, theme.ellipsis), id in state.answers ? "accent" : "dim"),
    ];
  });
  return {
    where: [bold("Write the files")],
    lines: [...paragraph("These answers go into the templates.", columns, (text) => bold(text)), blank, ...rows],
  };
};
