import type { Finding, Result, Severity } from "../../model/finding.ts";
import type { Plan } from "../../model/plan.ts";
import type { AnyQuestion } from "../../model/question.ts";

/** Text from a machine cannot steer the terminal: what does not print is shown as its code. Line breaks stay. */
export const printable = (text: string): string =>
  /[^\x20-\x7e\n]/u.test(text)
    ? text.replace(/\t/gu, "  ").replace(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (hidden) => {
        const code = (hidden.codePointAt(0) ?? 0).toString(16);
        return `\\u{${code}}`;
      })
    : text;

export const oneLine = (text: string): string =>
  printable(text)
    .replace(/\s*\n\s*/gu, " ")
    .trim();

/** How an answer reads on a screen; a secret never does. */
export const describeValue = (question: AnyQuestion, value: unknown): string => {
  if (question.kind === "secret") return value === undefined || value === "" ? "not given" : "••••••••";
  const text = wordsOf(question, value);
  return text === "" ? "none" : oneLine(text);
};

const wordsOf = (question: AnyQuestion, value: unknown): string => {
  if (question.describe !== undefined && question.schema.safeParse(value).success) return question.describe(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.join(", ");
  return value === undefined || value === null ? "" : String(value);
};

export const isSameValue = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The text an editor opens with. */
export const editableText = (question: AnyQuestion, value: unknown): string => {
  if (question.kind === "secret") return "";
  if (Array.isArray(value)) return value.length === 0 ? "" : `${value.join("\n")}\n`;
  return value === undefined || value === null ? "" : String(value);
};

/** What typed text means as an answer: lines of a list, a number where the question wants one, else the text itself. */
export const valueFromText = (question: AnyQuestion, text: string): unknown => {
  if (question.kind === "list" || question.kind === "multiselect") {
    return text
      .split("\n")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== "");
  }
  const trimmed = question.kind === "secret" || question.multiline ? text : text.trim();
  const asText = question.schema.safeParse(trimmed);
  if (asText.success) return asText.data;
  const wantsAnotherType = asText.error.issues.some(({ code, path }) => code === "invalid_type" && path.length === 0);
  return wantsAnotherType && trimmed !== "" && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
};

/** The meaning of a finding on the screen: failing is `fail` when urgent, `warn` otherwise. */
export type Mark = "fail" | "warn" | "unknown" | "pass" | "none" | "waived";

export const markOf = ({ result, severity }: { readonly result: Result; readonly severity: Severity }): Mark => {
  switch (result) {
    case "fail":
      return severity === "critical" || severity === "high" ? "fail" : "warn";
    case "unknown":
    case "error":
      return "unknown";
    case "pass":
    case "attested":
      return "pass";
    case "notapplicable":
      return "none";
    case "waived":
      return "waived";
  }
};

/** Of a finding that the machine's own record waives: until when, and who answers for it. */
export const waiverWords = ({ waiver }: Finding): string | undefined =>
  waiver === undefined ? undefined : `waived until ${waiver.until} by ${oneLine(waiver.owner)}`;

const gravity: readonly Mark[] = ["fail", "warn", "unknown", "waived", "pass", "none"];

/** The gravest of several marks; `none` for nothing. */
export const gravest = (marks: readonly Mark[]): Mark =>
  gravity[Math.min(...marks.map((mark) => gravity.indexOf(mark)), gravity.length - 1)] as Mark;

export type Counts = Readonly<Record<"fail" | "warn" | "unknown" | "pass", number>>;

export const countMarks = (findings: readonly Finding[]): Counts => {
  const counts = { fail: 0, warn: 0, unknown: 0, pass: 0 };
  for (const finding of findings) {
    const mark = markOf(finding);
    if (mark in counts) counts[mark as keyof Counts] += 1;
  }
  return counts;
};

/** "1 change", "2 changes". */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Seconds as "0.4 s" below a minute, "2:05" from there. */
export const duration = (milliseconds: number): string => {
  const seconds = Math.max(milliseconds, 0) / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : clock(milliseconds);
};

/** Minutes and seconds: "1:47". */
export const clock = (milliseconds: number): string => {
  const seconds = Math.max(Math.ceil(milliseconds / 1000), 0);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

/** A word of a command line as a shell would have to read it. */
export const shellWord = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** "sshd -t -f @files/check-sshd" is what runs; "sshd -t" is what it means. */
export const withoutStagedFiles = (argv: string): string => argv.replace(/(?: -\w+)? @files\/\S+/gu, "");

/** Who logs in to confirm, and where, as far as that is new: "op on port 22022", "op". */
export const asWhom = ({ administrator, port, stays }: NonNullable<Plan["access"]>): string =>
  stays ? oneLine(administrator) : `${oneLine(administrator)} on port ${port}`;
