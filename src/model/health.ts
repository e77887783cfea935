import { z } from "zod";
import type { Change } from "./change.ts";
import type { KnownFacts, Needs } from "./probe.ts";
import type { AnswerReader } from "./question.ts";

/** A field of the transaction manifest: no TAB, newline or NUL can travel in one line. */
const line = z
  .string()
  .min(1)
  .regex(/^[^\t\n\r\0]+$/u, "must not be empty or contain tabs, line breaks or NUL");

/** Somewhere that a workload answers. */
export const healthTargetSchema = z.discriminatedUnion("kind", [
  /** Runs, and systemd does not have to restart it. */
  z.object({ kind: z.literal("unit"), unit: line.regex(/^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*\.[a-z]+$/u) }),
  /** Something listens there (TCP); "0.0.0.0", "::" and "*" stand for any address. */
  z.object({ kind: z.literal("port"), address: line, port: z.number().int().min(1).max(65535) }),
  /**
   * GET answers with the same status code as before. TLS is not verified, redirects are not followed, no proxy is asked,
   * and nothing but the status line is looked at.
   */
  z.object({
    kind: z.literal("http"),
    url: line.regex(
      /^https?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[!-~]*)?$/u,
      "must be a plain http or https address without a user or a password",
    ),
  }),
]);
export type HealthTarget = z.infer<typeof healthTargetSchema>;

/** Something that must answer after the change as it did before; what did not answer before is not demanded. */
export const healthCheckSchema = z.object({
  /** Sentence for people: "orders-api answers GET /health". */
  what: line,
  before: healthTargetSchema,
  /** When the plan moves it (another port, https). */
  after: healthTargetSchema.optional(),
  /** The unit whose journal tells why it does not answer; known by itself when a target is that unit. */
  unit: line.optional(),
});
export type HealthCheck = z.infer<typeof healthCheckSchema>;

/** What of a step's workload must go on to answer. */
export type Health<N extends Needs = Needs> = {
  readonly needs: N;
  /** `changes`: the whole plan. */
  readonly checks: (facts: KnownFacts<N>, answers: AnswerReader, changes: readonly Change[]) => readonly HealthCheck[];
  /** Seconds that it may take to answer again, where that is more than a minute. */
  readonly settle?: (facts: KnownFacts<N>, answers: AnswerReader) => number;
};
export const health = <N extends Needs>(definition: Health<N>): Health<N> => definition;
