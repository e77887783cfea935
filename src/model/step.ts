import type { Change } from "./change.ts";
import type { AnyControl, AnyGuard } from "./control.ts";
import type { Category } from "./finding.ts";
import type { Health } from "./health.ts";
import type { Plan } from "./plan.ts";
import type { KnownFacts, Needs } from "./probe.ts";
import type { AnswerReader, AnyQuestion } from "./question.ts";

/** How the operator gets in once the plan is applied. */
export type Access<N extends Needs = Needs> = {
  readonly needs: N;
  /** `changes`: the whole plan; a control that was left out changes nothing, whatever was answered. */
  readonly after: (
    facts: KnownFacts<N>,
    answers: AnswerReader,
    changes: readonly Change[],
  ) => NonNullable<Plan["access"]>;
};
export const access = <N extends Needs>(definition: Access<N>): Access<N> => definition;

/** A line of a picture: a label and what stands behind it; a headline where the label is empty. */
export type PictureLine = { readonly label: string; readonly text: string };

/** What a step found, for people: there is nothing to decide about it, and everything else in its category speaks of it. */
export type Picture<N extends Needs = Needs> = {
  readonly needs: N;
  /** Names for the hub: "orders-api", "billing". */
  readonly names: (facts: KnownFacts<N>) => readonly string[];
  readonly lines: (facts: KnownFacts<N>) => readonly PictureLine[];
};
export const picture = <N extends Needs>(definition: Picture<N>): Picture<N> => definition;

/** A file as it would stand on a machine: written to a folder by the file back ends, never to `path` itself. */
export type RenderedFile = {
  readonly path: string;
  readonly content: string;
  /** Four octal digits. */
  readonly mode: string;
  /** One sentence: what it is for and how it takes effect. */
  readonly about: string;
};

/** Files that describe what was found on a machine: `drawbridge generate` with an inspected machine writes them. */
export type Documents<N extends Needs = Needs> = {
  readonly needs: N;
  readonly files: (facts: KnownFacts<N>, answers: AnswerReader) => readonly RenderedFile[];
};
export const documents = <N extends Needs>(definition: Documents<N>): Documents<N> => definition;

/** One screen of the wizard: an ordered group of questions and controls. */
export type Step = {
  readonly id: string;
  readonly category: Category;
  readonly title: string;
  /** One sentence on what the step protects. */
  readonly intro: string;
  readonly questions: readonly AnyQuestion[];
  readonly controls: readonly AnyControl[];
  readonly guards?: readonly AnyGuard[];
  /** Walked through before the first category: on a new server, the operator's own way in. */
  readonly comesFirst?: true;
  /** The step's configuration files for any machine, from answers alone: "generate templates only". Pure. */
  readonly generate?: (answers: AnswerReader) => readonly RenderedFile[];
  // biome-ignore lint/suspicious/noExplicitAny: as for AnyControl.
  readonly documents?: Documents<any>;
  // biome-ignore lint/suspicious/noExplicitAny: as for AnyControl.
  readonly access?: Access<any>;
  /** The canary: what must answer after a plan as before it, whatever step the changes come from. */
  // biome-ignore lint/suspicious/noExplicitAny: as for AnyControl.
  readonly health?: Health<any>;
  /** Shown above what is to be decided, and in inspections. */
  // biome-ignore lint/suspicious/noExplicitAny: as for AnyControl.
  readonly picture?: Picture<any>;
};
