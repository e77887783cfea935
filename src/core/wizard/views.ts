/** What the screens say, free of how it is drawn: both renderers take their words from here. */

import { type Category, categories, categoryTitles, type Finding } from "../../model/finding.ts";
import type { PictureLine, Step } from "../../model/step.ts";
import { few } from "../few.ts";
import { namesIn, pictureOf } from "../pictures.ts";
import { findControl, findQuestion, questionState } from "./assess.ts";
import { saveProgress } from "./progress.ts";
import { reviewCounts, reviewRows } from "./review.ts";
import { controlsOf, isOpen, itemsOf, progressOf, questionsOf, stepsIn, type Urgent } from "./route.ts";
import type { Item, Run, WizardState } from "./state.ts";
import {
  type Counts,
  counted,
  countMarks,
  describeValue,
  gravest,
  type Mark,
  markOf,
  oneLine,
  printable,
  shellWord,
  waiverWords,
} from "./words.ts";

/** The words of the title line: where we are, and that nothing has changed yet. */
export const headline = (
  state: WizardState,
): { readonly host: string; readonly release: string; readonly promise: string } => {
  const { machine, setting, mode, run } = state;
  if (mode === "templates") return { host: "templates", release: "", promise: "no machine is touched" };
  const promise =
    setting.target === null
      ? "templates only: no machine is touched"
      : run === null || run.outcome?.state === "refused"
        ? "read-only: nothing has changed"
        : "";
  return {
    host: oneLine(machine?.host.name ?? setting.target?.label ?? "no machine"),
    release: shortRelease(oneLine(machine?.host.release ?? "")),
    promise,
  };
};

/** "Debian GNU/Linux 12 (bookworm)" is called Debian 12. */
const shortRelease = (release: string): string => release.replace(" GNU/Linux", "").replace(/ \([^)]*\)$/u, "");

/** Why a part of the machine could not be seen, and how it can be; empty with root rights. */
export const blindness = ({ machine, assessment }: WizardState): string => {
  if (machine === null || machine.rights.root) return "";
  const unseen = assessment.findings.filter(({ result }) => result === "unknown").length;
  const remedy = machine.rights.passwordHelps ? "i inspects again and asks for sudo's password" : "start it as root";
  return `${counted(unseen, "control")} could not be seen (${oneLine(machine.rights.reason)}): ${remedy}.`;
};

/** The noun of a category in paths and the rail: "OS", "Network". */
export const shortTitles: Readonly<Record<Category, string>> = {
  runtime: "Runtime",
  os: "OS",
  network: "Network",
  configuration: "Configuration",
};

/** What each category protects, in one sentence. */
export const categoryIntros: Readonly<Record<Category, string>> = {
  runtime: "What an integration shows to its callers, and what it keeps: listeners, certificates, secrets.",
  os: "Who gets onto this machine, what they may do there, and what runs as whom.",
  network: "What answers from outside, and to whom.",
  configuration: "What the configuration files say that they should not.",
};

export type CategoryRow = {
  readonly category: Category;
  readonly title: string;
  readonly counts: Counts;
  /** Findings worth naming, or how far the questions are answered. */
  readonly about: string;
  readonly done: number;
  readonly total: number;
};

export const categoryRows = (state: WizardState): readonly CategoryRow[] =>
  categories.map((category) => {
    const findings = state.assessment.findings.filter((finding) => finding.category === category);
    const { done, total } = progressOf(state, category);
    return {
      category,
      title: categoryTitles[category],
      counts: countMarks(findings),
      about: total === 0 ? "nothing to look at yet" : aboutCategory(state, category, done, total),
      done,
      total,
    };
  });

/** The names of what was found, else how far the questions are answered. */
const aboutCategory = (state: WizardState, category: Category, done: number, total: number): string => {
  const steps = stepsIn(state.setting.steps, category);
  const names = state.machine === null ? [] : namesIn(state.machine.facts, steps).map(oneLine);
  if (names.length === 0) return `${done} of ${counted(total, "step")} settled`;
  return few(names, 2);
};

/** What a step found, safe to print. */
export const stepPicture = (state: WizardState, step: Step): readonly PictureLine[] =>
  state.machine === null
    ? []
    : pictureOf(state.machine.facts, step).map(({ label, text }) => ({ label: oneLine(label), text: oneLine(text) }));

/** "Runtime 2/7 · OS 0/9": where one is in the walk. */
export const railText = (state: WizardState): string =>
  categories
    .map((category) => ({ category, ...progressOf(state, category) }))
    .filter(({ total }) => total > 0)
    .map(({ category, done, total }) => `${shortTitles[category]} ${done}/${total}`)
    .join(" · ");

/** What was found in a category, as a sentence. */
export const categoryFound = (state: WizardState, category: Category): string => {
  if (state.mode === "templates") return "No machine was asked: every answer starts from a safe proposal.";
  const counts = countMarks(state.assessment.findings.filter((finding) => finding.category === category));
  const amiss = [
    ...(counts.fail > 0 ? [`${counted(counts.fail, "thing")} to mend soon`] : []),
    ...(counts.warn > 0 ? [`${counts.warn} less urgent`] : []),
    ...(counts.unknown > 0 ? [`${counts.unknown} could not be seen`] : []),
  ];
  const fine = `${counts.pass} ${counts.pass === 1 ? "is" : "are"} in order`;
  return amiss.length === 0
    ? `Everything that could be seen is in order (${counts.pass}).`
    : `Found ${amiss.join(", ")}; ${fine}.`;
};

export type StepRow = {
  readonly step: Step;
  readonly mark: Mark;
  readonly counts: Counts;
  /** Items that still want a decision. */
  readonly open: number;
  readonly decided: boolean;
};

export const stepRows = (state: WizardState, category: Category): readonly StepRow[] =>
  stepsIn(state.setting.steps, category).map((step) => {
    const findings = state.assessment.findings.filter((finding) => finding.step === step.id);
    const items = itemsOf(state, step);
    return {
      step,
      mark: gravest(findings.map(markOf)),
      counts: countMarks(findings),
      open: items.filter((item) => isOpen(state, item)).length,
      decided: items.some(({ id }) => state.decided.has(id)),
    };
  });

export type ItemRow = {
  readonly item: Item;
  readonly label: string;
  readonly mark: Mark;
  /** What will be: "→ no", "keep 22", "left out". */
  readonly outlook: string;
  readonly open: boolean;
};

export const itemRow = (state: WizardState, item: Item): ItemRow => {
  const findings = controlsOf(state, item)
    .map((id) => state.assessment.byControl.get(id))
    .filter((finding) => finding !== undefined);
  const open = isOpen(state, item);
  if (item.kind === "question") {
    const question = findQuestion(state.setting.steps, item.id);
    if (question === undefined) return { item, label: item.id, mark: "none", outlook: "", open };
    const { value, problem } = questionState(state, question);
    const mark = problem !== "" ? "unknown" : gravest(findings.map(markOf));
    const said = describeValue(question, value);
    const outlook =
      problem !== ""
        ? "needs an answer"
        : mark === "waived"
          ? "left out"
          : mark === "pass"
            ? `keep ${said}`
            : `→ ${said}`;
    return { item, label: question.label, mark, outlook, open };
  }
  const [finding] = findings;
  const control = findControl(state.setting.steps, item.id);
  const mark = finding === undefined ? "none" : markOf(finding);
  const outlooks: Readonly<Record<Mark, string>> = {
    fail: "stays open",
    warn: "stays open",
    unknown: "could not be seen",
    pass: "in order",
    none: "does not apply",
    waived: "left out",
  };
  const waived = finding === undefined ? undefined : waiverWords(finding);
  const outlook = waived ?? (state.assessment.fixed.has(item.id) ? "→ mended" : outlooks[mark]);
  return { item, label: finding?.title ?? control?.title ?? item.id, mark, outlook, open };
};

/** The hub's "First things first", in words. */
export const urgentRow = (
  state: WizardState,
  { item, finding }: Urgent,
): { readonly mark: Mark; readonly word: string; readonly title: string; readonly where: string } => {
  const step = state.setting.steps.find(({ id }) => id === item.step);
  const where = step === undefined ? "" : `${shortTitles[step.category]} › ${step.title}`;
  if (finding === undefined) {
    const title = findQuestion(state.setting.steps, item.id)?.title ?? item.id;
    return { mark: "unknown", word: "answer", title: oneLine(title), where };
  }
  const isFailing = finding.result === "fail";
  return {
    mark: markOf(finding),
    word: isFailing ? finding.severity : finding.result,
    title: oneLine(isFailing ? finding.title : `${finding.title}: ${finding.detail}`),
    where,
  };
};

/** "14 changes · 1 can lock out · 2 restarts" */
export const reviewLine = (state: WizardState): string => {
  if (state.mode === "templates") return "choose where the files go";
  if (state.assessment.conflict !== "") return "there is no plan: see why";
  const changes = state.assessment.plan?.changes.length ?? 0;
  if (changes === 0) return blindness(state) === "" ? "nothing to change" : "nothing to change as far as can be seen";
  const counts = reviewCounts(reviewRows(state));
  return [
    counted(changes, "change"),
    ...(counts.lockout > 0 ? [`${counts.lockout} can lock out`] : []),
    ...(counts.restarts > 0 ? [counted(counts.restarts, "restart")] : []),
    ...(counts.reboots > 0 ? [counted(counts.reboots, "reboot")] : []),
    ...(state.assessment.refusals.length > 0 ? [`${state.assessment.refusals.length} refused`] : []),
  ].join(" · ");
};

/** The command that does the same without the wizard, one per line. */
export const equivalentCommands = (state: WizardState): readonly string[] => {
  const { setting, screen } = state;
  const words = (...parts: readonly string[]): string => oneLine(["drawbridge", ...parts].map(shellWord).join(" "));
  const target = setting.targetOptions;
  const given = Object.entries(state.answers).flatMap(([id, value]) => ["--set", `${id}=${settingText(value)}`]);
  if (state.mode === "templates" || (screen.name === "entry" && setting.target === null)) {
    return [words("generate", "./drawbridge-templates", ...given)];
  }
  const answersFile = `${(state.machine?.host.name ?? "host").replace(/[^A-Za-z0-9.-]+/gu, "-")}.answers.json`;
  switch (screen.name) {
    case "entry":
    case "inspecting":
    case "hub":
      return [words("inspect", ...target), words("plan", ...target, "--recommended")];
    case "category":
      return [words("inspect", ...target, "--category", screen.category)];
    case "step": {
      const step = setting.steps.find(({ id }) => id === screen.step);
      const asked = new Set(questionsOf(state, screen.step).map(({ id }) => id as string));
      const here = Object.entries(state.answers)
        .filter(([id]) => asked.has(id))
        .flatMap(([id, value]) => ["--set", `${id}=${settingText(value)}`]);
      const category = step === undefined ? [] : ["--category", step.category];
      return [
        words("plan", ...target, ...category, ...(here.length === 0 ? ["--recommended"] : here)),
        ...(step?.controls[0] === undefined ? [] : [words("explain", step.controls[0].id, ...target)]),
      ];
    }
    case "review":
      return [words("plan", ...target, "--answers", answersFile), words("apply", ...target, "--answers", answersFile)];
    case "applying":
      return [words("status", ...targetNow(state)), ...(state.run?.confirmCommand ? [state.run.confirmCommand] : [])];
    case "result":
      return state.run?.transactionId
        ? [words("status", ...targetNow(state)), words("undo", state.run.transactionId, ...targetNow(state))]
        : [words("status", ...target)];
  }
};

/** Once changes are in place the target may be reached in another way. */
const targetNow = (state: WizardState): readonly string[] =>
  state.run === null || state.run.outcome?.state === "reverted"
    ? state.setting.targetOptions
    : targetAfter(state, state.run);

const settingText = (value: unknown): string =>
  typeof value === "string" ? value : Array.isArray(value) ? value.join(",") : JSON.stringify(value);

/** What was written in few words: names, or how many and where. */
export const writtenText = (names: readonly string[]): string => {
  const [first = ""] = names;
  if (names.length <= 2) return oneLine(names.join(", "));
  const parts = first.split("/");
  const shared = parts.findIndex((part, depth) => names.some((name) => name.split("/")[depth] !== part));
  const folder = parts.slice(0, shared === -1 ? -1 : shared).join("/");
  return oneLine(`${counted(names.length, "file")} below ${folder === "" ? "/" : folder}`);
};

/** A line of the summary: a sentence, or a command with what it is good for. */
export type SummaryLine = { readonly label: string; readonly text: string };

const sentence = (text: string): SummaryLine => ({ label: "", text });

/** Reasons come as half sentences: "nft said no". */
const fullSentence = (reason = ""): string =>
  reason === ""
    ? ""
    : oneLine(`${reason.charAt(0).toUpperCase()}${reason.slice(1)}${/[.!?]$/u.test(reason) ? "" : "."}`);

/** What was done, when all is over: first what was kept before the last transaction. */
export const summaryLines = (state: WizardState): readonly SummaryLine[] => [
  ...state.earlier.flatMap((run) => [
    sentence(`${oneLine(run.plan.host.name)}: ${counted(run.plan.changes.length, "change")} kept before.`),
    ...undoLines(state, run),
  ]),
  ...lastLines(state),
];

const lastLines = (state: WizardState): readonly SummaryLine[] => {
  const { run, machine } = state;
  const files = fileLines(state);
  if (run === null) {
    const host = machine === null ? "" : `${oneLine(machine.host.name)}: `;
    const resumes = state.setting.resumes === true && saveProgress(state) !== undefined;
    return [
      sentence(`${host}nothing was changed.`),
      ...files,
      ...(resumes ? [sentence("Your answers are kept: start the wizard again to go on where you stopped.")] : []),
    ];
  }
  const host = oneLine(run.plan.host.name);
  switch (run.outcome?.state) {
    case undefined:
    case "pending":
      return [...interruptedLines(state, run), ...files];
    case "refused":
      return [sentence(`${host}: refused, nothing was changed. ${fullSentence(run.outcome?.reason)}`), ...files];
    case "reverted":
      return [
        sentence(`${host}: everything is as it was before. ${fullSentence(run.outcome?.reason)}`.trimEnd()),
        ...files,
      ];
    case "failed":
      return [
        sentence(`${host}: this did not end well. ${fullSentence(run.outcome?.reason)}`),
        { label: "See how it stands:", text: statusCommand(state, run) },
        ...(run.transactionId === "" ? [] : undoLines(state, run)),
        ...files,
      ];
    case "confirmed": {
      const verified = run.scoreAfter === null ? "" : ", verified by a second inspection";
      return [
        sentence(`${host}: ${counted(run.plan.changes.length, "change")} kept${verified}.`),
        ...scoreLines(run),
        ...(run.proof === "" ? [] : [{ label: "Proof:", text: run.proof }]),
        ...loginLines(state, run),
        ...undoLines(state, run),
        ...files,
      ];
    }
  }
};

/** Columns of the labels that commands stand behind. */
const labelColumns = 22;

/** The text that stays in the scrollback. */
export const summary = (state: WizardState): readonly string[] =>
  summaryLines(state).map(({ label, text }) => oneLine(label === "" ? text : label.padEnd(labelColumns) + text));

const fileLines = ({ written }: WizardState): readonly SummaryLine[] => {
  const answers = written.find(({ what }) => what === "answers");
  return [
    ...written.map(({ name }) => ({ label: "Written:", text: name })),
    ...(answers === undefined
      ? []
      : [{ label: "Same on other hosts:", text: `drawbridge apply --answers ${shellWord(answers.name)} --host ...` }]),
  ];
};

const scoreLines = (run: Run): readonly SummaryLine[] => {
  if (run.scoreAfter === null) return [];
  const open = run.findingsAfter.filter(
    ({ result }) => result === "fail" || result === "unknown" || result === "error",
  );
  const waived = run.findingsAfter.filter(({ result }) => result === "waived").length;
  const left = `Still open: ${open.length}${waived === 0 ? "" : ` (and ${waived} left out)`}`;
  return [sentence(`Score ${run.scoreBefore} → ${run.scoreAfter}.  ${left}`)];
};

/** The options that name the target as it is reached once the run's changes are in place. */
const targetAfter = ({ setting }: WizardState, { plan }: Run): readonly string[] => {
  const { access } = plan;
  return setting.targetOptions.map((word, index, words) => {
    if (access === null || words[index - 1] !== "--host") return word;
    const at = access.stays ? word.replace(/^[^@]*@/u, "") : `${hostOfLabel(word)}:${access.port}`;
    return `${access.administrator}@${at}`;
  });
};

const commandLine = (words: readonly string[]): string => words.map(shellWord).join(" ");

const sudoFor = ({ setting }: WizardState): readonly string[] => (setting.target?.kind === "local" ? ["sudo"] : []);

const statusCommand = (state: WizardState, run: Run): string =>
  commandLine([...sudoFor(state), "drawbridge", "status", ...targetAfter(state, run)]);

const undoLines = (state: WizardState, run: Run): readonly SummaryLine[] => [
  {
    label: "Undo everything:",
    text: commandLine([...sudoFor(state), "drawbridge", "undo", run.transactionId, ...targetAfter(state, run)]),
  },
  {
    label: "Without drawbridge:",
    text: `sudo sh /var/lib/drawbridge/transactions/${run.transactionId}/undo`,
  },
];

const loginLines = ({ setting, machine }: WizardState, run: Run): readonly SummaryLine[] => {
  const { access } = run.plan;
  if (access === null || machine === null) return [];
  const remote = setting.target?.kind === "ssh";
  // From here the way in may lead through a port of somebody else's, which is not known: nothing is new about it.
  if (remote && access.stays) return [];
  const name = remote ? hostOfLabel(setting.target.label) : machine.host.name;
  return [{ label: "Log in from now on:", text: `ssh -p ${access.port} ${access.administrator}@${oneLine(name)}` }];
};

/** "op@app01:22022" names app01; "[2001:db8::1]:22022" names [2001:db8::1]. */
const hostOfLabel = (label: string): string => label.replace(/^[^@]*@/u, "").replace(/^(\[[^\]]*\]|[^:]*):\d+$/u, "$1");

/** The wizard ends while a transaction waits: what happens now, and how to decide otherwise. */
const interruptedLines = (state: WizardState, run: Run): readonly SummaryLine[] => {
  const host = oneLine(run.plan.host.name);
  const seconds = run.revertsAt === null ? null : Math.max(Math.round((run.revertsAt - state.now) / 1000), 0);
  return [
    sentence(
      seconds === null
        ? `${host}: left while changes were being made: they go on, or go back, without this terminal.`
        : `${host}: the changes go back in ${counted(seconds, "second")} unless a new login confirms them.`,
    ),
    ...(run.confirmCommand === "" ? [] : [{ label: "To keep them:", text: run.confirmCommand }]),
    { label: "See how it stands:", text: statusCommand(state, run) },
  ];
};

/** Words of a finding as they stand in evidence, safe to print. */
export const findingDetail = (finding: Finding): string => printable(finding.detail);
