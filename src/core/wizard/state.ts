import type { Refusal } from "../../model/control.ts";
import type { Category, Finding } from "../../model/finding.ts";
import type { Answers, Plan } from "../../model/plan.ts";
import type { AnswerReader, AnyQuestion } from "../../model/question.ts";
import type { ApplyOutcome, Inspection, Secrets, Session } from "../../model/session.ts";
import type { Step } from "../../model/step.ts";
import type { Draft } from "./draft.ts";
import type { Effect } from "./effects.ts";

/** What the operator came for. `templates` needs no machine. */
export type Mode = "setup" | "fix" | "templates";

/** What stays the same for the whole run of the wizard. */
export type Setting = {
  readonly steps: readonly Step[];
  readonly version: string;
  /** null: there is no machine, only templates can be made. */
  readonly target: Pick<Session, "label" | "kind"> | null;
  /** Options that name the target on the command line: ["--host", "op@app01"]. */
  readonly targetOptions: readonly string[];
  /** Seconds until the revert fires. */
  readonly confirmWithin: number;
  /** An interrupted wizard can be gone on with. */
  readonly resumes?: boolean;
};

/** A row of a step: a question, or a control that no question of the step decides. */
export type Item = { readonly kind: "question" | "control"; readonly step: string; readonly id: string };

export type Pane = "list" | "question";

export type Screen =
  | { readonly name: "entry"; readonly cursor: number }
  | { readonly name: "inspecting" }
  | { readonly name: "hub"; readonly cursor: number }
  | {
      readonly name: "category";
      readonly category: Category;
      readonly cursor: number;
      /** The walk came by and nothing is open: Enter passes on. */
      readonly passing: boolean;
    }
  | {
      readonly name: "step";
      readonly step: string;
      /** Id of the item at the cursor: indexes would move when a question stops to apply. */
      readonly item: string;
      readonly pane: Pane;
      /** Index of the choice at the cursor. */
      readonly choice: number;
    }
  | {
      readonly name: "review";
      /** Index into the rows of the review. */
      readonly cursor: number;
      /** Keys of the changes whose content is shown. */
      readonly expanded: readonly string[];
      /** First line of the expanded change that is shown. */
      readonly scroll: number;
      readonly words: boolean;
    }
  | { readonly name: "applying"; readonly log: boolean }
  | { readonly name: "result" };

/** The reason of a control that was skipped: it counts in this run of the wizard and is written down nowhere. */
export const skippedForNow = "skipped for now";

export const fileKinds = ["plan", "answers", "files"] as const;
/** What can be written from the review. */
export type FileKind = (typeof fileKinds)[number];

/** What lies above a screen; Esc takes it away and leaves the screen as it was. */
export type Overlay =
  | { readonly name: "explain"; readonly item: Item; readonly scroll: number }
  | { readonly name: "search"; readonly draft: Draft; readonly cursor: number }
  | { readonly name: "keys" }
  | { readonly name: "command" }
  | { readonly name: "edit"; readonly question: string; readonly draft: Draft; readonly problem: string }
  | {
      readonly name: "reason";
      readonly controls: readonly string[];
      readonly title: string;
      readonly draft: Draft;
      readonly problem: string;
    }
  | { readonly name: "sudo"; readonly draft: Draft; readonly problem: string; readonly checking: boolean }
  | { readonly name: "host"; readonly draft: Draft; readonly problem: string }
  | { readonly name: "save"; readonly cursor: number }
  | { readonly name: "path"; readonly what: FileKind; readonly draft: Draft; readonly problem: string }
  | { readonly name: "undo" };

/** Everything that follows from facts, answers and what was left out. Computed anew whenever one of them changes. */
export type Assessment = {
  readonly reader: AnswerReader;
  /** The questions that apply, by step id. */
  readonly questions: ReadonlyMap<string, readonly AnyQuestion[]>;
  /** What is wrong with the value in force, by question id. */
  readonly problems: ReadonlyMap<string, string>;
  /** Every control's finding in the order of the walk; what was left out is `waived`. */
  readonly findings: readonly Finding[];
  readonly byControl: ReadonlyMap<string, Finding>;
  /** The same findings, most urgent first. */
  readonly byUrgency: readonly Finding[];
  /** Questions of the control's own step that it reads. */
  readonly links: ReadonlyMap<string, readonly string[]>;
  /** null: there is no machine to plan for, or the plan could not be assembled (see `conflict`). */
  readonly plan: Plan | null;
  readonly refusals: readonly Refusal[];
  /** Why there is no plan, in one line; empty otherwise. */
  readonly conflict: string;
  /** Failing controls that the plan would make pass. */
  readonly fixed: ReadonlySet<string>;
  readonly scoreNow: number;
  readonly scoreThen: number;
};

/** One line of the live view of a transaction. */
export type RunLine = {
  readonly key: string;
  readonly text: string;
  readonly state: "waiting" | "running" | "done" | "failed" | "note";
  /** Milliseconds of the runner's clock. */
  readonly begun: number;
  readonly ended: number | null;
};

/** A transaction as the wizard follows it. */
export type Run = {
  readonly plan: Plan;
  readonly scoreBefore: number;
  readonly phase: "applying" | "pending" | "confirming" | "inspecting" | "undoing" | "reverting" | "done";
  readonly begun: number;
  readonly lines: readonly RunLine[];
  readonly log: readonly string[];
  readonly transactionId: string;
  /** Milliseconds that an armed revert waits; null when none was armed. */
  readonly countdown: number | null;
  /** When the revert fires, on the runner's clock; null when none is armed. */
  readonly revertsAt: number | null;
  /** When the machine was last asked how things stand. */
  readonly polledAt: number;
  /** What the operator types in a second login. */
  readonly confirmCommand: string;
  /** Why the last attempt to confirm did not succeed, and what can be done. */
  readonly unconfirmed: {
    readonly reason: string;
    readonly remedy: string;
    /** The operator asked, or the reason is another one than before. */
    readonly isNews: boolean;
  } | null;
  readonly outcome: ApplyOutcome | null;
  /** It was confirmed once, whatever was undone later. */
  readonly kept: boolean;
  /** How it was confirmed. */
  readonly proof: string;
  readonly scoreAfter: number | null;
  readonly findingsAfter: readonly Finding[];
};

export type WizardState = {
  readonly setting: Setting;
  readonly mode: Mode | null;
  readonly screen: Screen;
  readonly overlay: Overlay | null;
  /** What the last inspection found; null before it and without a machine. */
  readonly machine: Inspection | null;
  /** Answers by question id; only what the operator (or an answers file) said, never a secret. */
  readonly answers: Answers;
  /** Values of secret questions. A Map, so that it cannot end in a JSON document by accident. */
  readonly secrets: Secrets;
  /** Values that are not valid yet: kept, so that leaving an editor loses nothing. */
  readonly drafts: ReadonlyMap<string, unknown>;
  /** Control ids left out, with the reason. */
  readonly excluded: Readonly<Record<string, string>>;
  /** Ids of items that were accepted, skipped or left out. */
  readonly decided: ReadonlySet<string>;
  /** Where Enter leads from an item: to the next one in the order of the steps, or to the most urgent one left. */
  readonly route: "walk" | "urgent";
  /** Where the walk stands; null before its first stop. */
  readonly place: { readonly step: string; readonly item: string } | null;
  readonly assessment: Assessment;
  /** What is being waited for, since when; null when nothing is. */
  readonly waiting: { readonly doing: string; readonly since: number } | null;
  /** Milliseconds of the runner's clock at the last tick. */
  readonly now: number;
  /** One line about what just happened; gone with the next key. */
  readonly notice: { readonly tone: "pass" | "warn" | "fail" | "note"; readonly text: string } | null;
  /** The transaction that is under way, or the last one. */
  readonly run: Run | null;
  /** Those before it that were kept. */
  readonly earlier: readonly Run[];
  /** Files written in this run of the wizard, as the callbacks named them. */
  readonly written: readonly { readonly what: FileKind; readonly name: string }[];
  /** Id of the plan that was saved last. */
  readonly savedPlan: string;
  /** Saved progress that waits for the operator's decision to go on with it. */
  readonly resumable: import("./progress.ts").Progress | null;
  /** What the last action asks the runner to do; empty again after the next action. */
  readonly effects: readonly Effect[];
  /** Set when the wizard has ended. */
  readonly exitCode: number | null;
};
