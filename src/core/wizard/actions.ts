import type { ApplyOutcome, ConfirmOutcome, Inspection } from "../../model/session.ts";
import type { ApplyEvent, TransactionStatus } from "../../model/transaction.ts";
import type { Edit } from "./draft.ts";
import type { FileKind, Item, Mode, Pane } from "./state.ts";

/** What the operator does. A renderer turns keys or prompts into these and decides nothing itself. */
export type Intent =
  /** From the entry menu; `resume` goes on with saved progress. */
  | { readonly type: "start"; readonly mode: Mode | "resume" }
  /** Up and down; several rows at once for a page. */
  | { readonly type: "move"; readonly by: number }
  /** Enter: opens what is at the cursor, accepts a question, submits an editor. */
  | { readonly type: "enter" }
  /** Esc. */
  | { readonly type: "back" }
  | { readonly type: "pane"; readonly pane: Pane }
  /** Space: toggles a choice, or opens the editor of a question that wants text. */
  | { readonly type: "toggle" }
  /** Answers a question outright; what is not valid is kept as a draft and its problem shown. */
  | { readonly type: "answer"; readonly question: string; readonly value: unknown }
  /** Takes the proposal again. */
  | { readonly type: "propose"; readonly question: string }
  | { readonly type: "edit"; readonly question: string }
  /** Accepts everything proposed in the step and goes on. */
  | { readonly type: "acceptAll" }
  /** Leaves the item at the cursor out for now and goes on; again: takes it back in. */
  | { readonly type: "skip" }
  /** Asks for a reason to leave out what is at the cursor; takes it back in when it is out already. */
  | { readonly type: "leaveOut" }
  | { readonly type: "exclude"; readonly controls: readonly string[]; readonly reason: string }
  | { readonly type: "include"; readonly controls: readonly string[] }
  | { readonly type: "previous" }
  /** Goes on with the walk where it stands. */
  | { readonly type: "resumeWalk" }
  | { readonly type: "goTo"; readonly item: Item }
  | { readonly type: "openCategory"; readonly index: number }
  | { readonly type: "review" }
  | { readonly type: "explain" }
  | { readonly type: "search" }
  | { readonly type: "keys" }
  | { readonly type: "command" }
  | { readonly type: "expand" }
  | { readonly type: "words" }
  | { readonly type: "save" }
  | { readonly type: "writeFiles" }
  | { readonly type: "log" }
  | { readonly type: "type"; readonly text: string }
  | { readonly type: "edited"; readonly how: Edit }
  /** Replaces the text of the open editor: for renderers that bring their own prompt. */
  | { readonly type: "write"; readonly text: string }
  /** Finishes an editor of several lines. */
  | { readonly type: "submit" }
  | { readonly type: "openEditor" }
  /** Text pasted anywhere: goes into the editor, or opens the one of the question at hand. */
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: "undo" }
  | { readonly type: "inspectAgain" }
  | { readonly type: "quit" }
  /** Ctrl-C. */
  | { readonly type: "interrupt" };

/** What the world answers. `at` is the runner's clock in milliseconds. */
export type Report =
  | { readonly type: "tick"; readonly at: number }
  | { readonly type: "progress"; readonly doing: string; readonly at: number }
  | {
      readonly type: "inspected";
      readonly inspection: Inspection;
      readonly purpose: "first" | "again" | "after";
      readonly at: number;
    }
  | { readonly type: "inspectionFailed"; readonly reason: string; readonly at: number }
  | { readonly type: "sudoAnswered"; readonly problem: string | undefined; readonly at: number }
  | { readonly type: "applyEvent"; readonly event: ApplyEvent; readonly at: number }
  | { readonly type: "applied"; readonly outcome: ApplyOutcome; readonly confirmCommand: string; readonly at: number }
  | { readonly type: "applyFailed"; readonly reason: string; readonly at: number }
  | { readonly type: "confirmAnswered"; readonly outcome: ConfirmOutcome; readonly at: number }
  | { readonly type: "undone"; readonly outcome: ApplyOutcome; readonly at: number }
  | { readonly type: "statusKnown"; readonly statuses: readonly TransactionStatus[]; readonly at: number }
  | { readonly type: "written"; readonly what: FileKind; readonly names: readonly string[] }
  | { readonly type: "notWritten"; readonly reason: string }
  | { readonly type: "editorClosed"; readonly text: string | undefined };

export type Action = Intent | Report;
