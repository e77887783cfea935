import { z } from "zod";
import { changeSchema } from "./change.ts";
import { healthCheckSchema } from "./health.ts";

export const hostSchema = z.object({
  /** The machine's own name, typed by the operator before anything is applied. */
  name: z.string(),
  /** /etc/machine-id; empty where there is none (an unpacked image). */
  machineId: z.string(),
  /** PRETTY_NAME of os-release(5). */
  release: z.string(),
});
export type Host = z.infer<typeof hostSchema>;

export const answersSchema = z.record(z.string(), z.unknown());
/** Answers by question id. Never holds the value of a secret question. */
export type Answers = z.infer<typeof answersSchema>;

/** sha256 of the content, or what else stands at the path. */
export const preconditionSchema = z.object({
  path: z.string(),
  state: z.string().regex(/^(?:[0-9a-f]{64}|absent|directory|symlink:[^\t\n]*)$/u),
});

export const planSchema = z.object({
  schemaVersion: z.literal(1),
  tool: z.object({ name: z.literal("drawbridge"), version: z.string() }),
  /** First 8 hex digits of the SHA-256 over everything else in the plan. */
  id: z.string(),
  host: hostSchema,
  preconditions: z.array(preconditionSchema),
  changes: z.array(changeSchema),
  /** How the operator gets in afterwards; null when no new login has to confirm the plan. */
  access: z
    .object({
      administrator: z.string(),
      /** Where the SSH server listens. */
      port: z.number().int(),
      /**
       * It is the port that this connection came by: whatever leads there from outside (a forwarded port) goes on leading there.
       */
      stays: z.literal(true).optional(),
    })
    .nullable(),
  /** What answered before and must answer after, or everything goes back. */
  health: z.array(healthCheckSchema).max(99).default([]),
  /** Seconds that it has for that. */
  settle: z.number().int().min(1).max(3600).default(60),
  answers: answersSchema,
  /** Controls left out, with the reason given. */
  excluded: z.record(z.string(), z.string()),
});
export type Plan = z.infer<typeof planSchema>;

/** A file of saved choices: `--answers FILE`. */
export const answersFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  answers: answersSchema,
  excluded: z.record(z.string(), z.string()).default({}),
});
export type AnswersFile = z.infer<typeof answersFileSchema>;
