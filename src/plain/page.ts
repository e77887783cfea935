/** What is read out, from top to bottom, before something can be typed. */
import type { Line } from "./lines.ts";

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

export const line = (message: string): Prompt => ({ message, kind: "line" });

export const page = (key: string, lines: readonly Line[], prompt: Prompt | null, more: Partial<Page> = {}): Page => ({
  key,
  lines,
  prompt,
  hints: [],
  ...more,
});
