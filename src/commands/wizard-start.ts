import type { WriteStream } from "node:tty";
import { restoreProgress } from "../core/wizard/progress.ts";
import type { Mode } from "../core/wizard/state.ts";
import { initialState } from "../core/wizard.ts";
import type { Answers } from "../model/plan.ts";
import type { Session } from "../model/session.ts";
import type { Step } from "../model/step.ts";
import { type RunnerParts, runEffects, type WizardCallbacks, type WizardRunner } from "./wizard-effects.ts";

/** What a wizard is opened with; both renderers take it. */
export type WizardOptions = {
  /** null: no machine, templates only. */
  readonly session: Session | null;
  readonly steps: readonly Step[];
  readonly version: string;
  /** Options that name the target on the command line, for the commands the wizard teaches: ["--host", "op@app01"]. */
  readonly targetOptions: readonly string[];
  /** Seconds until the revert fires. */
  readonly confirmWithin: number;
  /** Skips the entry menu. */
  readonly startAt?: Mode | "resume";
  /** What `keepProgress` was given by a wizard that was interrupted. */
  readonly resume?: string;
  readonly initialAnswers?: Answers;
  /** Control ids left out, with the reason. */
  readonly excluded?: Readonly<Record<string, string>>;
  readonly callbacks: WizardCallbacks;
  readonly input: NodeJS.ReadStream;
  readonly output: WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Ends the wizard as Ctrl-C does. */
  readonly signal?: AbortSignal;
};

export type WizardOutcome = {
  readonly exitCode: number;
  /** The text that stays in the scrollback; already printed. */
  readonly summary: readonly string[];
};

/** The flow behind a renderer, at the entry menu. `startAt` is the renderer's to dispatch, once it listens. */
export const startWizard = (options: WizardOptions, more: Pick<RunnerParts, "openEditor"> = {}): WizardRunner => {
  const { session, callbacks, resume } = options;
  const now = () => performance.now();
  return runEffects({
    initial: initialState({
      setting: {
        steps: options.steps,
        version: options.version,
        target: session === null ? null : { label: session.label, kind: session.kind },
        targetOptions: options.targetOptions,
        confirmWithin: options.confirmWithin,
        resumes: callbacks.keepProgress !== undefined,
      },
      ...(options.initialAnswers !== undefined && { answers: options.initialAnswers }),
      ...(options.excluded !== undefined && { excluded: options.excluded }),
      resumable: resume === undefined ? undefined : restoreProgress(resume),
      now: now(),
    }),
    session,
    callbacks,
    now,
    ...more,
  });
};
