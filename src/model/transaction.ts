import { z } from "zod";

/** States of a transaction on the target, as its journal tells them (docs/transaction.md). */
export const transactionStates = [
  "staged",
  "armed",
  "committing",
  "pending",
  "confirmed",
  "reverting",
  "reverted",
  "failed",
] as const;
export type TransactionState = (typeof transactionStates)[number];

/** What the runtime reports while it works; `text` is for people and holds no secret. */
export type ApplyEvent =
  | { readonly kind: "state"; readonly state: TransactionState }
  | { readonly kind: "check"; readonly ok: boolean; readonly text: string }
  /** `change` is an index into the plan's changes. */
  | { readonly kind: "change"; readonly change: number; readonly progress: "begin" | "done" | "failed" | "undone" }
  | { readonly kind: "verify"; readonly ok: boolean; readonly text: string }
  | { readonly kind: "armed"; readonly seconds: number }
  | { readonly kind: "unit"; readonly unit: string; readonly action: string; readonly ok: boolean }
  /** `check` is an index into the plan's health checks; `skipped`: it did not answer before, or cannot be asked. */
  | {
      readonly kind: "health";
      readonly check: number;
      readonly progress: "waiting" | "ok" | "failed" | "skipped";
      readonly text: string;
    }
  | { readonly kind: "left" | "merged" | "kept"; readonly path: string; readonly text: string }
  /** The engine's own steps: connecting, uploading, inspecting again, logging in afresh. */
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "error"; readonly text: string };

export const transactionStatusSchema = z.object({
  id: z.string(),
  state: z.enum(transactionStates),
  /** A process is at work on it right now; without one, `committing` and `reverting` were cut off. */
  running: z.boolean(),
  /** Seconds until the revert fires; null when none is armed. */
  secondsLeft: z.number().nullable(),
  startedAt: z.string(),
  changes: z.array(z.object({ number: z.string(), title: z.string(), state: z.string() })),
  /** Paths that undo left alone because someone edited them since, with the reason. */
  left: z.array(z.object({ path: z.string(), reason: z.string() })),
});
export type TransactionStatus = z.infer<typeof transactionStatusSchema>;
