import { z } from "zod";
import { answersSchema, hostSchema } from "../../model/plan.ts";
import type { WizardState } from "./state.ts";

export const progressSchema = z.strictObject({
  schemaVersion: z.literal(1),
  tool: z.literal("drawbridge wizard"),
  mode: z.enum(["setup", "fix", "templates"]),
  /** null: templates only. */
  host: hostSchema.nullable(),
  answers: answersSchema,
  excluded: z.record(z.string(), z.string()),
  decided: z.array(z.string()),
  place: z.object({ step: z.string(), item: z.string() }).nullable(),
});
/** Where an interrupted wizard stood. Holds no secret: those are asked for again. */
export type Progress = z.infer<typeof progressSchema>;

/** JSON text of where the wizard stands; undefined while there is nothing worth keeping. */
export const saveProgress = (state: WizardState): string | undefined => {
  const { mode, machine, answers, excluded, decided, place } = state;
  if (mode === null || (state.run !== null && state.run.phase !== "done")) return undefined;
  if (decided.size === 0 && Object.keys(answers).length === 0 && Object.keys(excluded).length === 0) return undefined;
  const progress: Progress = {
    schemaVersion: 1,
    tool: "drawbridge wizard",
    mode,
    host: machine?.host ?? null,
    answers,
    excluded,
    decided: [...decided],
    place,
  };
  return `${JSON.stringify(progress, null, 2)}\n`;
};

/** Reads what `saveProgress` wrote; undefined for anything else, because a lost place is no reason not to start. */
export const restoreProgress = (text: string): Progress | undefined => {
  try {
    return progressSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};
