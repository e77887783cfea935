/**
 * Publishes the JSON documents of src/model/documents.ts, and the files that people write for the program, as JSON Schema in
 * docs/schemas: node scripts/schemas.ts. A test compares them with the code.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { documents } from "../src/model/documents.ts";
import { answersFileSchema, planSchema } from "../src/model/plan.ts";

export const schemasFolder = resolve(import.meta.dirname, "../docs/schemas");

const published: Readonly<
  Record<string, { readonly title: string; readonly schema: z.ZodType; readonly io?: "input" | "output" }>
> = {
  inspect: { title: "drawbridge inspect --format json", schema: documents.inspect },
  plan: { title: "drawbridge plan --format json", schema: documents.plan },
  apply: { title: "drawbridge apply --format json", schema: documents.apply },
  status: { title: "drawbridge status --format json", schema: documents.status },
  log: { title: "drawbridge log --format json", schema: documents.log },
  promote: { title: "drawbridge promote --format json", schema: documents.promote },
  waive: { title: "drawbridge waive --format json", schema: documents.waive },
  rollout: { title: "drawbridge rollout --format json", schema: documents.rollout },
  list: { title: "drawbridge list --format json", schema: documents.list },
  questions: { title: "drawbridge questions --format json", schema: documents.questions },
  error: { title: "Any command with --format json, when it fails", schema: documents.error },
  "plan-file": { title: "A saved plan: drawbridge plan --output FILE", schema: planSchema },
  "answers-file": { title: "Saved answers: --answers FILE", schema: answersFileSchema, io: "input" },
};

/** File names and texts, as they stand in docs/schemas. */
export const schemaFiles = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(published).map(([name, { title, schema, io = "output" }]) => {
      const { $schema, ...body } = z.toJSONSchema(schema, {
        target: "draft-2020-12",
        io,
        // Later versions may add fields: whoever reads a document must let them pass.
        override: ({ jsonSchema }) => {
          if (io === "output" && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
        },
      });
      return [`${name}.schema.json`, `${JSON.stringify({ $schema, title, ...body }, null, 2)}\n`];
    }),
  );

if (import.meta.main) {
  mkdirSync(schemasFolder, { recursive: true });
  for (const [name, text] of schemaFiles()) writeFileSync(resolve(schemasFolder, name), text);
}
