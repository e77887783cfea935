import type { Answers, AnswersFile, Plan } from "../../model/plan.ts";

/** What the reducer asks the outside world to do. Each is answered by one of the actions named beside it. */
export type Effect =
  /** -> `progress`*, `inspected` | `inspectionFailed` */
  | { readonly kind: "inspect"; readonly purpose: "first" | "again" | "after" }
  /** -> `sudoAnswered` */
  | { readonly kind: "giveSudoPassword"; readonly password: string }
  /** The values of secret questions are read from the state's `secrets`. -> `applyEvent`*, `applied` | `applyFailed` */
  | { readonly kind: "apply"; readonly plan: Plan; readonly confirmWithin: number }
  /** -> `confirmAnswered` */
  | { readonly kind: "confirm"; readonly transactionId: string; readonly plan: Plan }
  /** -> `applyEvent`*, `undone` */
  | { readonly kind: "undo"; readonly transactionId: string }
  /** Looks whether an armed revert has done its work. -> `statusKnown` */
  | { readonly kind: "status"; readonly transactionId: string }
  /** -> `written` | `notWritten` */
  | { readonly kind: "savePlan"; readonly plan: Plan; readonly path: string }
  | { readonly kind: "saveAnswers"; readonly file: AnswersFile; readonly path: string }
  | { readonly kind: "writeFiles"; readonly plan: Plan | null; readonly answers: Answers; readonly directory: string }
  /** Opens $EDITOR where the renderer can. -> `editorClosed` */
  | { readonly kind: "openEditor"; readonly text: string }
  | { readonly kind: "quit"; readonly exitCode: number };
