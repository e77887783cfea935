/** What is on the screen, as lines to be read from top to bottom. Pure. */
import { choicesOf, findControl, findQuestion, type QuestionState, questionState } from "../core/wizard/assess.ts";
import { blockers } from "../core/wizard/blockers.ts";
import { entryRows } from "../core/wizard/entry.ts";
import { explain } from "../core/wizard/explain.ts";
import { changeDetails, changeDiff, type ReviewRow, reviewCounts, reviewRows } from "../core/wizard/review.ts";
import { controlsOf, itemsOf, urgentItems, walkOrder } from "../core/wizard/route.ts";
import { searchHits } from "../core/wizard/search.ts";
import { fileKinds, type Item, type Overlay, type Screen, type WizardState } from "../core/wizard/state.ts";
import {
  categoryFound,
  categoryIntros,
  categoryRows,
  equivalentCommands,
  headline,
  itemRow,
  railText,
  reviewLine,
  stepRows,
  summary,
  urgentRow,
} from "../core/wizard/views.ts";
import {
  type Counts,
  counted,
  countMarks,
  describeValue,
  isSameValue,
  type Mark,
  markOf,
  oneLine,
  printable,
} from "../core/wizard/words.ts";
import { answersInForce, currentItem, currentQuestion, proposedPath, urgentShown } from "../core/wizard.ts";
import { categories, categoryTitles, type Finding } from "../model/finding.ts";
import type { AnyQuestion, Choice } from "../model/question.ts";
import { letters } from "./commands.ts";
import { folded, type Line, verbatim } from "./lines.ts";

export type Prompt = {
  readonly message: string;
  /**
   * `line`: one line. `list`: lines up to an empty one. `text`: lines up to one with a single dot. `hidden`: one line that is not shown;
   * `hiddenTwice`: the same, typed again because nobody can see a slip of the finger.
   */
  readonly kind: "line" | "list" | "text" | "hidden" | "hiddenTwice";
};

/** Said once in a run, the first time it is of use. */
export type Hint = { readonly id: string; readonly text: string };

export type Page = {
  /** While it stays the same, the same question stands and is not read out again. */
  readonly key: string;
  /** Said when it differs from the section before: the step one is in. */
  readonly section?: { readonly key: string; readonly lines: readonly Line[] };
  readonly lines: readonly Line[];
  /** What was wrong with the last answer: said each time. */
  readonly problem?: readonly Line[];
  readonly hints: readonly Hint[];
  /** null: nothing can be answered now. */
  readonly prompt: Prompt | null;
  /** It lies above another page, which is not read out again when this one is gone. */
  readonly above?: true;
  /** Only to be read: the wizard goes back to what was there before. */
  readonly passing?: true;
};

const line = (message: string): Prompt => ({ message, kind: "line" });
const page = (key: string, lines: readonly Line[], prompt: Prompt | null, more: Partial<Page> = {}): Page => ({
  key,
  lines,
  prompt,
  hints: [],
  ...more,
});

export const pageOf = (state: WizardState): Page => {
  const { overlay, screen } = state;
  if (state.exitCode !== null) return page("ended", [], null);
  if (overlay !== null) return { ...overlayPage(state, overlay), above: true };
  switch (screen.name) {
    case "entry":
      return entryPage(state);
    case "inspecting":
      return inspectingPage(state);
    case "hub":
      return hubPage(state, screen);
    case "category":
      return categoryPage(state, screen);
    case "step":
      return stepPage(state, screen);
    case "review":
      return reviewPage(state, screen);
    case "applying":
      return applyingPage(state);
    case "result":
      return resultPage(state);
  }
};

// --- words

const markWords: Readonly<Record<Mark, string>> = {
  fail: "fail",
  warn: "warn",
  unknown: "unknown",
  pass: "pass",
  none: "n/a",
  waived: "waived",
};

const countWords = (counts: Counts): string => {
  const parts = (["fail", "warn", "unknown", "pass"] as const)
    .filter((mark) => counts[mark] > 0)
    .map((mark) => `${counts[mark]} ${markWords[mark]}`);
  return parts.length === 0 ? "nothing to judge" : parts.join(", ");
};

const sentence = (text: string): string => (/[.!?:)]$/u.test(text) ? text : `${text}.`);

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const numbered = (index: number, text: string): Line => `  ${index + 1}. ${text}`;

/** A label with its text; text of several lines stands below it as it is. */
const fact = (label: string, text: string): readonly Line[] =>
  text.includes("\n")
    ? [
        `  ${label}:`,
        ...printable(text)
          .replace(/\n+$/u, "")
          .split("\n")
          .map((row) => folded(`    ${row}`)),
      ]
    : [`  ${label}: ${oneLine(text)}`];

const scoreWords = ({ assessment }: WizardState): string =>
  assessment.scoreNow === assessment.scoreThen
    ? `Score ${assessment.scoreNow} of 100.`
    : `Score ${assessment.scoreNow} of 100, and ${assessment.scoreThen} with what is chosen.`;

// --- screens

const entryPage = (state: WizardState): Page => {
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

const inspectingPage = ({ waiting }: WizardState): Page =>
  waiting === null
    ? page(
        "inspecting failed",
        ["", "The inspection did not come to an end. Nothing was changed."],
        line("Enter to try again, b to go back, q to quit:"),
      )
    : page("inspecting", [], null);

const hubPage = (state: WizardState, { cursor }: Extract<Screen, { name: "hub" }>): Page => {
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
      `Overview of ${[host, release].filter((part) => part !== "").join(", ")}`,
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

const categoryPage = (state: WizardState, { category, cursor }: Extract<Screen, { name: "category" }>): Page => {
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

const stepPage = (state: WizardState, screen: Extract<Screen, { name: "step" }>): Page => {
  const step = state.setting.steps.find(({ id }) => id === screen.step);
  const item = currentItem(state);
  if (step === undefined) return page(`step ${screen.step}`, [], line("b to go back:"));
  const peers = walkOrder(state.setting.steps).filter(({ category }) => category === step.category);
  const section = {
    key: `step ${step.id}`,
    lines: [
      "",
      `${categoryTitles[step.category]}, step ${peers.indexOf(step) + 1} of ${peers.length}: ${step.title}`,
      step.intro,
    ],
  };
  if (item === undefined) {
    return page(`step ${step.id}`, ["There is nothing to decide in this step."], line("h for the hub:"), { section });
  }
  const items = itemsOf(state, step);
  if (screen.pane === "list") {
    const here = items.findIndex(({ id }) => id === item.id);
    const rows = items.map((candidate, index) => {
      const { label, mark, outlook, open } = itemRow(state, candidate);
      const words = outlook.replace(/^→ /u, "will be ");
      return numbered(index, `${oneLine(label)}: ${markWords[mark]}, ${words}${open ? "" : ", settled"}`);
    });
    return page(`list ${step.id}`, ["", `In this step:`, ...rows], line(`Number, or Enter for ${here + 1}:`), {
      section,
    });
  }
  const place = `${items.findIndex(({ id }) => id === item.id) + 1} of ${items.length}`;
  const question = currentQuestion(state);
  const asked = question === undefined ? controlPage(state, item, place) : questionPage(state, question, item, place);
  return { ...asked, section };
};

const isAmiss = ({ result }: Finding): boolean => ["fail", "unknown", "error", "waived"].includes(result);

/** What is not in order about an item, and what becomes of it. */
const findingLines = (state: WizardState, item: Item): readonly Line[] =>
  controlsOf(state, item)
    .map((id) => state.assessment.byControl.get(id))
    .filter((finding) => finding !== undefined && isAmiss(finding))
    .flatMap((finding) => {
      if (finding === undefined) return [];
      const out = state.excluded[finding.controlId];
      const outlook =
        finding.result === "waived" && out !== undefined
          ? `; left out: ${oneLine(out)}`
          : state.assessment.fixed.has(finding.controlId)
            ? "; mended by this"
            : "";
      return [`  Found ${markWords[markOf(finding)]}, ${finding.severity}: ${oneLine(finding.title)}${outlook}`];
    });

const hints = {
  multiselect: {
    id: "multiselect",
    text: "Type several numbers with spaces between them; none stands for none of them.",
  },
  list: {
    id: "list",
    text: "Type one entry per line and end with an empty line: they replace what is there. A first line of + keeps what is there and adds to it; none stands for an empty list.",
  },
  text: { id: "text", text: "Type as many lines as you need and end with a line that holds a single dot." },
  letter: { id: "letter", text: "To answer with what would otherwise be a letter like b, put = before it: =b." },
} as const;

const questionPage = (state: WizardState, question: AnyQuestion, item: Item, place: string): Page => {
  const asked = questionState(state, question);
  const choices = choicesOf(state, question);
  const isOther = asked.given && !isSameValue(asked.value, asked.proposed);
  return page(
    `question ${question.id}`,
    [
      "",
      `${place}, ${question.label}. ${oneLine(question.title)}`,
      ...(asked.current === "" ? [] : fact("Now", asked.current)),
      ...(question.kind === "secret" ? [] : fact("Proposed", valueWords(question, asked.proposed))),
      ...(isOther ? fact(question.kind === "secret" ? "Given" : "Chosen", valueWords(question, asked.value)) : []),
      ...findingLines(state, item),
      ...fact("Why", oneLine(question.why)),
      ...(asked.problem === "" ? [] : [`  Still wrong: ${oneLine(asked.problem)}`]),
      ...choiceLines(question, choices, asked),
    ],
    questionPrompt(question, choices, asked),
    { hints: questionHints(question, choices) },
  );
};

const valueWords = (question: AnyQuestion, value: unknown): string =>
  typeof value === "string" && value.includes("\n") && question.kind !== "secret"
    ? value
    : describeValue(question, value);

const questionHints = (question: AnyQuestion, choices: readonly Choice[]): readonly Hint[] => {
  if (choices.length > 0) return question.kind === "multiselect" ? [hints.multiselect] : [];
  if (question.kind === "secret") return [];
  if (question.kind === "list") return [hints.list];
  return question.multiline === true ? [hints.text] : [hints.letter];
};

export const isChosen = (question: AnyQuestion, choice: Choice, value: unknown): boolean =>
  question.kind === "confirm"
    ? value === (choice.value === "yes")
    : Array.isArray(value)
      ? value.includes(choice.value)
      : value === choice.value;

const choiceLines = (question: AnyQuestion, choices: readonly Choice[], asked: QuestionState): readonly Line[] => {
  if (question.kind === "secret")
    return [numbered(0, "Type it now; it is not shown, not logged and not written down.")];
  return choices.map((choice, index) => {
    const box = question.kind === "multiselect" ? (isChosen(question, choice, asked.value) ? "[x] " : "[ ] ") : "";
    const standing =
      question.kind === "multiselect"
        ? ""
        : isChosen(question, choice, asked.value)
          ? asked.given
            ? " (chosen)"
            : " (proposed)"
          : "";
    const about =
      choice.disabled !== undefined
        ? `: not possible: ${oneLine(choice.disabled)}`
        : choice.hint
          ? `: ${oneLine(choice.hint)}`
          : "";
    return numbered(index, `${box}${oneLine(choice.label)}${standing}${about}`);
  });
};

/** Longer answers are named by what they are, not read out a second time. */
const longestEcho = 40;

const questionPrompt = (question: AnyQuestion, choices: readonly Choice[], asked: QuestionState): Prompt => {
  const words = describeValue(question, asked.value);
  const known = asked.given && !isSameValue(asked.value, asked.proposed) ? "what is chosen" : "what is proposed";
  const taken = words.length > longestEcho || words === "none" || question.multiline === true ? known : words;
  const isWanting = asked.problem !== "";
  if (question.kind === "secret") return line(isWanting ? "1 to type it:" : "1 to type it, or Enter to go on:");
  if (choices.length > 0) {
    const numbers = choices.flatMap((choice, index) => (isChosen(question, choice, asked.value) ? [index + 1] : []));
    const many = question.kind === "multiselect" ? "Numbers" : "Number";
    if (isWanting) return line(`${many}:`);
    return line(
      `${many}, or Enter for ${numbers.length > 0 && numbers.length <= 8 ? numbers.join(" ") : question.kind === "multiselect" ? "none" : taken}:`,
    );
  }
  if (question.kind === "list") {
    return { kind: "list", message: isWanting ? "First entry:" : `First entry, or Enter for ${taken}:` };
  }
  if (question.multiline === true) return { kind: "text", message: `First line, or Enter for ${taken}:` };
  return line(isWanting ? "Your answer:" : `Your answer, or Enter for ${taken}:`);
};

const controlPage = (state: WizardState, item: Item, place: string): Page => {
  const control = findControl(state.setting.steps, item.id);
  const finding = state.assessment.byControl.get(item.id);
  const rows = reviewRows(state).filter((row) => row.kind === "change" && row.change.because.includes(item.id));
  const out = state.excluded[item.id];
  return page(
    `control ${item.id}`,
    [
      "",
      `${place}. ${sentence(oneLine(finding?.title ?? control?.title ?? item.id))}`,
      ...(finding === undefined ? [] : [`  Found ${markWords[markOf(finding)]}, ${finding.severity}`]),
      ...(finding === undefined || finding.detail === ""
        ? []
        : fact(out === undefined ? "Now" : "Left out", finding.detail)),
      ...(control === undefined ? [] : [...fact("Wanted", control.title), ...fact("Why", oneLine(control.rationale))]),
      ...(rows.length > 0
        ? [
            "  Would change:",
            ...rows.flatMap((row) =>
              row.kind === "change" ? [`  - ${signWords[row.sign]} ${oneLine(row.subject)}`] : [],
            ),
          ]
        : finding !== undefined && isAmiss(finding) && out === undefined
          ? ["  No change is proposed for this: e says what was seen and why."]
          : []),
    ],
    line("Enter to go on:"),
  );
};

const signWords = { "+": "create", "~": "change", "-": "remove" } as const;

const reviewPage = (state: WizardState, _screen: Extract<Screen, { name: "review" }>): Page => {
  if (state.mode === "templates") return templatesPage(state);
  const rows = reviewRows(state);
  const counts = reviewCounts(rows);
  const { plan } = state.assessment;
  const found = blockers(state);
  return page(
    `review ${plan?.id ?? ""} ${rows.length}`,
    [
      "",
      `Review${plan === null ? "" : ` of plan ${plan.id}`}: ${counts.create} to create, ${counts.change} to change, ${counts.remove} to remove; ${counts.lockout === 0 ? "none" : counts.lockout} can lock out; ${counted(counts.restarts, "restart")}, ${counted(counts.reboots, "reboot")}`,
      ...(rows.length === 0
        ? ["Nothing is chosen that would change this machine."]
        : rows.map((row, index) => numbered(index, rowWords(row)))),
      ...(found.length > 0
        ? [
            "It cannot be applied as it stands:",
            ...found.flatMap(({ reason, remedy }) => [`  - ${sentence(oneLine(reason))} ${sentence(oneLine(remedy))}`]),
          ]
        : [applyWords(state)]),
    ],
    line(
      `${found.length === 0 ? "Enter to apply, or a number" : "Number"} to see a change, x and a number to leave it out:`,
    ),
    { section: { key: "review", lines: [] } },
  );
};

const applyWords = ({ assessment, setting }: WizardState): string =>
  assessment.plan?.changes.some(({ risk }) => risk === "lockout") === true
    ? `A revert is armed first: if you do not log in again within ${counted(setting.confirmWithin, "second")}, all of it goes back.`
    : "Originals are kept first; undo puts them back byte for byte.";

const rowWords = (row: ReviewRow): string => {
  if (row.kind === "excluded") return `left out: ${row.title} (${oneLine(row.reason)})`;
  const { change, sign, subject, where, cost } = row;
  const diff = changeDiff(change, false);
  const parts = [
    where,
    ...(diff === null
      ? []
      : [
          [diff.added > 0 ? `+${diff.added}` : "", diff.removed > 0 ? `-${diff.removed}` : ""]
            .filter(Boolean)
            .join(" "),
        ]),
    cost,
    change.risk === "lockout" ? "can lock out" : change.risk === "reboot" ? "needs a reboot" : "",
  ].filter((part) => part !== "");
  return `${signWords[sign]} ${oneLine(subject)}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
};

/** All there is to say about one row of the review. */
export const rowLines = (row: ReviewRow, index: number): readonly Line[] => {
  const head = ["", `${index + 1}. ${rowWords(row)}`];
  if (row.kind === "excluded") return [...head, `  ${row.control}`];
  const diff = changeDiff(row.change, false);
  return [
    ...head,
    `  Because of ${row.change.because.join(", ")}`,
    ...changeDetails(row.change).map((detail) => `  ${oneLine(detail)}`),
    ...(diff?.lines ?? []).map((entry) => {
      if (entry.kind === "gap") return verbatim(`    (${counted(entry.lines, "unchanged line")})`);
      const sign = entry.kind === "added" ? "+" : entry.kind === "removed" ? "-" : " ";
      const text = entry.segments.map((segment) => segment.text).join("");
      return folded(`    ${sign} ${printable(text).replaceAll("\n", " ")}`);
    }),
  ];
};

const templatesPage = (state: WizardState): Page =>
  page(
    "templates",
    [
      "",
      "These answers go into the templates. No machine is touched.",
      ...Object.entries(answersInForce(state)).map(([id, value]) => {
        const question = findQuestion(state.setting.steps, id);
        return `  - ${question?.label ?? id}: ${question === undefined ? "" : describeValue(question, value)}`;
      }),
    ],
    line("Enter to write the files, s to save the answers:"),
    { section: { key: "review", lines: [] } },
  );

/** Over ssh the wizard can prove by itself that a new login works; at the machine somebody has to log in. */
export const confirmsItself = ({ setting, run }: WizardState): boolean =>
  setting.target?.kind === "ssh" && run !== null && run.plan.access !== null;

const applyingPage = (state: WizardState): Page => {
  const { run } = state;
  if (run === null) return page("applying", [], null);
  if (run.phase !== "pending") return page(`applying ${run.phase}`, [], null);
  const { access } = run.plan;
  const left = (run.revertsAt ?? state.now) - state.now;
  const how =
    access !== null && confirmsItself(state)
      ? `Enter logs in afresh as ${access.administrator} on port ${access.port} and keeps them; or log in yourself and run:`
      : "Log in a second time, as you will from now on, and run there:";
  const enter = confirmsItself(state) ? "Enter to keep these changes" : "Enter to see whether somebody has confirmed";
  return page("pending", [], line(`${enter}, u to undo them now:`), {
    section: {
      key: `pending ${run.transactionId}`,
      lines: [
        "",
        `All changes are in place. In ${counted(Math.max(Math.round(left / 1000), 0), "second")} everything goes back unless it is confirmed.`,
        how,
        verbatim(`  ${run.confirmCommand}`),
      ],
    },
  });
};

const resultPage = (state: WizardState): Page => {
  const isKept = state.run?.outcome?.state === "confirmed";
  const after = isKept ? (state.run?.findingsAfter ?? []) : [];
  const open = after.filter(({ result }) => ["fail", "unknown", "error"].includes(result));
  return page(
    "result",
    [
      "",
      ...summary(state).map(verbatim),
      ...(open.length === 0
        ? []
        : ["Still open:", ...open.map((finding) => `  - ${markWords[markOf(finding)]}: ${oneLine(finding.title)}`)]),
    ],
    line(`Enter to leave${isKept ? ", u to undo everything" : ""}, b for the hub:`),
    { section: { key: "result", lines: [] } },
  );
};

// --- overlays

const saveTexts = {
  plan: "The plan: exactly these changes; refused when the machine has changed by then",
  answers: "The answers: what you chose, for the next host: drawbridge plan --answers FILE",
  files: "The files: every file as it would be written, to look at or to install by hand",
} as const;

const problemLines = (problem: string): readonly Line[] =>
  problem === "" ? [] : [`Not taken: ${sentence(oneLine(problem))}`];

/** How many finds of a search are read out. */
export const hitsShown = 12;

const overlayPage = (state: WizardState, overlay: Overlay): Page => {
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
        ? page("sudo asked", ["sudo is thinking."], null)
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

/** What was found, when an inspection has ended. */
export const inspectedWords = (state: WizardState): string => {
  const { host, release } = headline(state);
  const { assessment, machine } = state;
  const seconds = ((machine?.durationMs ?? 0) / 1000).toFixed(1);
  const counts = countWords(countMarks(assessment.findings));
  return `${[host, release].filter((part) => part !== "").join(", ")}: inspected in ${seconds} s, nothing has changed. ${scoreWords(state)} ${sentence(counts)}`;
};
