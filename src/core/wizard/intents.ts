import { categories } from "../../model/finding.ts";
import type { Intent } from "./actions.ts";
import { choicesOf } from "./assess.ts";
import { blockers } from "./blockers.ts";
import { currentItem, currentQuestion, page } from "./cursor.ts";
import { entryRows } from "./entry.ts";
import { reviewRows } from "./review.ts";
import { itemsOf, leavable, urgentItems } from "./route.ts";
import type { WizardState } from "./state.ts";

/** Keys by name; a single character stands for itself. */
export type Key =
  | "up"
  | "down"
  | "left"
  | "right"
  | "enter"
  | "escape"
  | "space"
  | "tab"
  | "backspace"
  | "delete"
  | "pageup"
  | "pagedown"
  | "home"
  | "end"
  | `ctrl-${string}`
  | (string & {});

/** Something the operator may do now. Renderers offer exactly these: as keys, or as a menu. */
export type Command = {
  readonly keys: readonly Key[];
  /** What the key line shows instead of the first key: the arrows of a pair. */
  readonly shows?: readonly Key[];
  /** A word or two for the key line: "accept", "back to hub". */
  readonly label: string;
  readonly intent: Intent;
  /** Works, but is not worth a place in the key line (vi's keys, paging, the second half of a pair). */
  readonly quiet?: true;
};

const command = (keys: readonly Key[], label: string, intent: Intent): Command => ({ keys, label, intent });
const quiet = (keys: readonly Key[], label: string, intent: Intent): Command => ({ keys, label, intent, quiet: true });

const vertical = (label: string, letters = true): readonly Command[] => [
  { ...command(letters ? ["down", "j"] : ["down"], label, { type: "move", by: 1 }), shows: ["up", "down"] },
  quiet(letters ? ["up", "k"] : ["up"], "up", { type: "move", by: -1 }),
  quiet(["pageup"], "a page up", { type: "move", by: -page }),
  quiet(["pagedown"], "a page down", { type: "move", by: page }),
  quiet(["home"], "first", { type: "move", by: -1_000_000 }),
  quiet(["end"], "last", { type: "move", by: 1_000_000 }),
];

const interrupt = quiet(["ctrl-c"], "quit at once", { type: "interrupt" });
const help: readonly Command[] = [
  command(["c"], "command", { type: "command" }),
  command(["?"], "keys", { type: "keys" }),
];
const quit = command(["q"], "quit", { type: "quit" });
const wayBack = (label: string): Command => command(["escape"], label, { type: "back" });

/** Whether characters go into an editor instead of being keys. */
export const isTyping = ({ overlay }: WizardState): boolean => overlay !== null && "draft" in overlay;

/** Whether what is typed must not be seen. */
export const isHidden = (state: WizardState): boolean =>
  state.overlay?.name === "sudo" ||
  (state.overlay?.name === "edit" && currentOverlayQuestion(state)?.kind === "secret");

const currentOverlayQuestion = ({ overlay, setting }: WizardState) =>
  overlay?.name === "edit"
    ? setting.steps.flatMap((step) => step.questions).find(({ id }) => id === overlay.question)
    : undefined;

/** All that can be done now, in the order of the key line. Every entry has an effect; what would do nothing is not listed. */
export const available = (state: WizardState): readonly Command[] => {
  if (state.exitCode !== null) return [];
  return [...(state.overlay === null ? onScreen(state) : onOverlay(state)), interrupt];
};

const editing: readonly Command[] = [
  quiet(["backspace"], "erase", { type: "edited", how: "eraseBefore" }),
  quiet(["delete"], "erase forward", { type: "edited", how: "eraseAfter" }),
  quiet(["ctrl-w"], "erase a word", { type: "edited", how: "eraseWord" }),
  quiet(["ctrl-u"], "erase the line", { type: "edited", how: "eraseLine" }),
  quiet(["left"], "left", { type: "edited", how: "left" }),
  quiet(["right"], "right", { type: "edited", how: "right" }),
  quiet(["home", "ctrl-a"], "start of the line", { type: "edited", how: "start" }),
  quiet(["end", "ctrl-e"], "end of the line", { type: "edited", how: "end" }),
];

const onOverlay = (state: WizardState): readonly Command[] => {
  const { overlay } = state;
  switch (overlay?.name) {
    case undefined:
      return [];
    case "explain":
      return [...vertical("scroll"), quiet(["e"], "close", { type: "explain" }), wayBack("back")];
    case "keys":
    case "command":
      return [wayBack("back"), quiet(["enter", overlay.name === "keys" ? "?" : "c", "q"], "back", { type: "back" })];
    case "search":
      return [
        ...vertical("choose", false),
        command(["enter"], "go there", { type: "enter" }),
        wayBack("back"),
        ...editing,
      ];
    case "save":
      return [...vertical("choose"), command(["enter"], "save", { type: "enter" }), wayBack("back")];
    case "undo":
      return [command(["y"], "undo everything", { type: "undo" }), wayBack("keep it")];
    case "sudo":
      return overlay.checking
        ? []
        : [command(["enter"], "give it to sudo", { type: "enter" }), wayBack("go on without"), ...editing];
    case "host":
      return [command(["enter"], "apply", { type: "enter" }), wayBack("back, nothing changed"), ...editing];
    case "reason":
      return [command(["enter"], "leave out", { type: "enter" }), wayBack("back"), ...editing];
    case "path":
      return [command(["enter"], "write", { type: "enter" }), wayBack("back"), ...editing];
    case "edit":
      return overlay.draft.lines === "one"
        ? [command(["enter"], "take it", { type: "enter" }), wayBack("back"), ...editing]
        : [
            command(["enter"], "new line", { type: "enter" }),
            command(["ctrl-d"], "take it", { type: "submit" }),
            command(["ctrl-g"], "your editor", { type: "openEditor" }),
            wayBack("back"),
            quiet(["up"], "up", { type: "edited", how: "up" }),
            quiet(["down"], "down", { type: "edited", how: "down" }),
            ...editing,
          ];
  }
};

const onScreen = (state: WizardState): readonly Command[] => {
  const { screen } = state;
  switch (screen.name) {
    case "entry":
      return [
        ...vertical("move"),
        command(["enter"], "open", { type: "enter" }),
        ...entryRows(state).map(({ start, title }, index) =>
          quiet([String(index + 1)], title.toLowerCase(), { type: "start", mode: start }),
        ),
        ...help,
        quit,
      ];
    case "inspecting":
      return [
        ...(state.waiting === null ? [command(["enter"], "try again", { type: "enter" })] : []),
        wayBack("back"),
        quit,
      ];
    case "hub":
      return onHub(state);
    case "category":
      return [
        ...vertical("step"),
        command(["enter"], screen.passing ? "go on" : "open", { type: "enter" }),
        ...(state.machine === null ? [] : [quiet(["i"], "inspect again", { type: "inspectAgain" })]),
        ...explainAndSearch(true),
        command(["r"], "review", { type: "review" }),
        ...help,
        wayBack("hub"),
      ];
    case "step":
      return onStep(state);
    case "review":
      return onReview(state);
    case "applying":
      return onApplying(state);
    case "result":
      return [
        command(["enter", "q"], "leave", { type: "quit" }),
        ...(state.run?.outcome?.state === "confirmed" ? [command(["u"], "undo", { type: "undo" })] : []),
        ...help,
        wayBack("hub"),
      ];
  }
};

const explainAndSearch = (explains: boolean): readonly Command[] => [
  command(["/"], "search", { type: "search" }),
  ...(explains ? [command(["e"], "explain", { type: "explain" })] : []),
];

const onHub = (state: WizardState): readonly Command[] => [
  ...vertical("move"),
  command(["enter"], "open", { type: "enter" }),
  ...(state.mode === "templates" && state.place === null ? [] : [quiet(["w"], "walk on", { type: "resumeWalk" })]),
  ...explainAndSearch(urgentItems(state).length > 0),
  command(["r"], "review", { type: "review" }),
  ...(state.machine === null ? [] : [quiet(["i"], "inspect again", { type: "inspectAgain" })]),
  ...categories.map((_, index) => quiet([String(index + 1)], `category ${index + 1}`, { type: "openCategory", index })),
  quiet([String(categories.length + 1)], "review", { type: "review" }),
  ...help,
  quit,
  quiet(["escape"], "entry menu", { type: "back" }),
];

const onStep = (state: WizardState): readonly Command[] => {
  const { screen } = state;
  if (screen.name !== "step") return [];
  const step = state.setting.steps.find(({ id }) => id === screen.step);
  const item = currentItem(state);
  const question = currentQuestion(state);
  const choices = question === undefined ? [] : choicesOf(state, question);
  const inChoices = screen.pane === "question" && choices.length > 0;
  const controls = item === undefined ? [] : leavable(state, item);
  const out = controls.length > 0 && controls.every((id) => id in state.excluded);
  const items = step === undefined ? [] : itemsOf(state, step);
  return [
    ...vertical(inChoices ? "choice" : "question"),
    command(["enter"], screen.pane === "list" ? "open" : "accept", { type: "enter" }),
    ...(question === undefined || screen.pane === "list"
      ? []
      : [
          command(["space"], choices.length === 0 ? "change" : question.kind === "multiselect" ? "toggle" : "choose", {
            type: "toggle",
          }),
        ]),
    ...(items.length > 1
      ? [
          command(["tab"], screen.pane === "list" ? "question" : "list", {
            type: "pane",
            pane: screen.pane === "list" ? "question" : "list",
          }),
          quiet(["left"], "list", { type: "pane", pane: "list" }),
          quiet(["right"], "question", { type: "pane", pane: "question" }),
        ]
      : []),
    command(["a"], "accept all proposed", { type: "acceptAll" }),
    ...(controls.length === 0 ? [] : [command(["x"], out ? "take back in" : "leave out", { type: "leaveOut" })]),
    ...(out || controls.length === 0 ? [] : [command(["s"], "skip", { type: "skip" })]),
    ...(question !== undefined && (question.id in state.answers || state.drafts.has(question.id))
      ? [command(["p"], "as proposed", { type: "propose", question: question.id })]
      : []),
    ...explainAndSearch(true),
    quiet(["backspace"], "the one before", { type: "previous" }),
    quiet(["r"], "review", { type: "review" }),
    ...help,
    wayBack("hub"),
  ];
};

const onReview = (state: WizardState): readonly Command[] => {
  const { screen } = state;
  if (screen.name !== "review") return [];
  const row = reviewRows(state)[screen.cursor];
  if (state.mode === "templates") {
    return [
      ...vertical("scroll"),
      command(["enter", "w"], "write files", { type: "writeFiles" }),
      command(["s"], "save", { type: "save" }),
      ...help,
      wayBack("hub"),
    ];
  }
  return [
    ...(row === undefined
      ? []
      : [
          ...vertical("move"),
          command(["tab"], screen.expanded.includes(row.key) ? "fold" : "expand", { type: "expand" }),
          quiet(["space"], "expand", { type: "expand" }),
          ...(screen.expanded.length > 0
            ? [command(["d"], screen.words ? "line diff" : "word diff", { type: "words" })]
            : []),
          command(["x"], row.kind === "excluded" ? "take back in" : "leave out", { type: "leaveOut" }),
          command(["e"], "explain", { type: "explain" }),
        ]),
    command(["s"], "save", { type: "save" }),
    ...(state.assessment.plan === null ? [] : [command(["w"], "write files", { type: "writeFiles" })]),
    ...(blockers(state).length === 0 ? [command(["enter"], "apply", { type: "enter" })] : []),
    quiet(["/"], "search", { type: "search" }),
    ...help,
    wayBack("hub"),
  ];
};

const onApplying = (state: WizardState): readonly Command[] => {
  const { run, screen } = state;
  if (run === null || screen.name !== "applying") return [];
  return [
    ...(run.phase === "pending"
      ? [
          command(["enter"], state.setting.target?.kind === "local" ? "look again" : "keep these changes", {
            type: "enter",
          }),
          command(["u"], "undo now", { type: "undo" }),
        ]
      : []),
    command(["l"], screen.log ? "steps" : "log", { type: "log" }),
    command(["c"], "command", { type: "command" }),
  ];
};
