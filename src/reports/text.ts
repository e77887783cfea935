import { few } from "../core/few.ts";
import { byUrgency } from "../core/inspect.ts";
import { score } from "../core/score.ts";
import { counted } from "../core/wizard/words.ts";
import type { Change } from "../model/change.ts";
import type { Refusal } from "../model/control.ts";
import type { DocumentBody } from "../model/documents.ts";
import { categories, categoryTitles, type Finding } from "../model/finding.ts";
import type { Plan } from "../model/plan.ts";
import type { Rights } from "../model/session.ts";
import type { PictureLine } from "../model/step.ts";
import { type Paint, resultMarks } from "./paint.ts";
import { singleLines } from "./printable.ts";
import { fullAnswerHint } from "./rights.ts";

export type TextStyle = { readonly paint: Paint; readonly unicode: boolean };

const mark = ({ result }: Pick<Finding, "result">, { paint, unicode }: TextStyle): string => {
  const { glyph, ascii, word, style } = resultMarks[result];
  return paint(style, `${unicode ? glyph : ascii} ${word.padEnd(8)}`);
};

type Inspected = {
  readonly host: Plan["host"];
  readonly findings: readonly Finding[];
  readonly rights: Rights;
  readonly durationMs: number;
  /** What steps found, by their titles. */
  readonly pictures?: readonly { readonly title: string; readonly lines: readonly PictureLine[] }[];
};

/** Findings for people: what needs doing first, then what is well, then how to learn more. */
export const inspectionText = (inspected: Inspected, style: TextStyle): string => {
  const { host, findings, rights, durationMs, pictures = [] } = singleLines(inspected);
  const { paint } = style;
  const lines = [
    `${paint("bold", host.name)}   ${host.release}   score ${score(findings)}/100   inspected in ${(durationMs / 1000).toFixed(1)} s, nothing changed`,
  ];
  if (!rights.root) lines.push(paint("yellow", `Not the full answer: ${rights.reason}. ${fullAnswerHint(rights)}`));
  for (const { title, lines: shown } of pictures) {
    if (shown.length === 0) continue;
    lines.push("", paint("bold", title));
    for (const { label, text } of shown)
      lines.push(label === "" ? `  ${text}` : `    ${paint("dim", label.padEnd(labelWidth(shown)))}  ${text}`);
  }
  for (const category of categories) {
    const here = byUrgency(findings.filter((finding) => finding.category === category));
    if (here.length === 0) continue;
    lines.push("", paint("bold", categoryTitles[category]));
    for (const finding of here) {
      const detail = finding.detail === "" ? "" : paint("dim", `  (${finding.detail})`);
      lines.push(
        `  ${mark(finding, style)} ${finding.severity.padEnd(8)} ${finding.title}${detail}  ${paint("dim", finding.controlId)}`,
      );
    }
  }
  const counts = (["fail", "error", "unknown", "pass", "notapplicable", "waived"] as const)
    .filter(
      (result) => (result !== "error" && result !== "waived") || findings.some((finding) => finding.result === result),
    )
    .map((result) => `${findings.filter((finding) => finding.result === result).length} ${resultMarks[result].word}`)
    .join(", ");
  lines.push(
    "",
    `${counts}.  Why and how: drawbridge explain CONTROL.  What would change: drawbridge plan --recommended`,
  );
  return `${lines.join("\n")}\n`;
};

const labelWidth = (lines: readonly PictureLine[]): number => Math.max(...lines.map(({ label }) => label.length));

const changeSign = (change: Change): string => {
  switch (change.kind) {
    case "file":
      return change.before === null ? "+" : "~";
    case "absent":
    case "removal":
      return "-";
    case "user":
      return change.create ? "+" : "~";
    case "group":
      return change.exists ? "~" : "+";
    case "package":
    case "directory":
      return "+";
    case "symlink":
      return change.before === null ? "+" : "~";
    default:
      return "~";
  }
};

/** What a change touches, in a few words. */
export const changeTarget = (change: Change): string => {
  switch (change.kind) {
    case "file":
    case "absent":
    case "directory":
    case "symlink":
    case "permissions":
      return change.path;
    case "package":
    case "removal":
      return `package ${change.names.join(", ")}`;
    case "group":
      return `group ${change.name}`;
    case "user":
      return `user ${change.name}`;
    case "unit":
      return `${change.unit} ${change.action}`;
    case "command":
      return change.argv.join(" ");
  }
};

/** What nobody could see is not taken for done. */
export const nothingToDo = (host: string, findings: readonly Pick<Finding, "result">[]): string => {
  const unknown = findings.filter(({ result }) => result === "unknown").length;
  return unknown === 0
    ? `${host}: nothing to do`
    : `${host}: nothing to do in what could be seen; ${counted(unknown, "control")} could not be judged`;
};

/** `findings`: those that are waived are named, because their changes are missing. */
export const planText = (
  made: Plan,
  refused: readonly Refusal[],
  { paint }: TextStyle,
  findings: readonly Finding[] = [],
): string => {
  const { plan, refusals } = singleLines({ plan: made, refusals: refused });
  const waived = singleLines(findings.filter(({ waiver }) => waiver !== undefined)).map(
    ({ controlId, waiver }) => `Waived until ${waiver?.until} by ${waiver?.owner}: ${controlId} (${waiver?.reason})`,
  );
  if (plan.changes.length === 0)
    return `${[nothingToDo(plan.host.name, findings), ...waived.map((line) => paint("dim", line))].join("\n")}\n`;
  const count = `${plan.changes.length} ${plan.changes.length === 1 ? "change" : "changes"}`;
  const lines = [`${paint("bold", plan.host.name)}   plan ${plan.id}   ${count}, nothing changed yet`, ""];
  for (const change of plan.changes) {
    const risk =
      change.risk === "none" ? "" : paint(change.risk === "lockout" ? "red" : "yellow", `  ! ${change.risk}`);
    lines.push(`  ${changeSign(change)} ${change.title}  ${paint("dim", changeTarget(change))}${risk}`);
  }
  if (plan.health.length > 0) {
    const listed = few(
      plan.health.map(({ what }) => what),
      6,
    );
    lines.push("", paint("dim", `Must answer afterwards as before, or everything goes back: ${listed}`));
  }
  if (waived.length > 0) lines.push("", ...waived.map((line) => paint("dim", line)));
  for (const { reason, remedy } of refusals)
    lines.push("", paint("red", `Refused: ${reason}`), `  To make it safe: ${remedy}`);
  return `${lines.join("\n")}\n`;
};

export const questionsText = (
  asked: DocumentBody<"questions">["questions"],
  { paint }: Pick<TextStyle, "paint">,
): string => {
  const lines = singleLines(asked).flatMap(({ id, title, why, current, default: value }) => [
    `${paint("bold", id)} = ${JSON.stringify(value)}${current === undefined ? "" : paint("dim", `   (now: ${current})`)}`,
    `  ${title}`,
    paint("dim", `  ${why}`),
  ]);
  return lines.length === 0 ? "there is nothing to ask\n" : `${lines.join("\n")}\n`;
};
