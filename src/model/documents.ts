import { z } from "zod";
import { logEntrySchema, logHeadSchema } from "../configuration/audit-log.ts";
import { exitCodes } from "../exit-codes.ts";
import { changeSchema } from "./change.ts";
import { categories, findingSchema, referenceSchema, severities } from "./finding.ts";
import { hostSchema, planSchema } from "./plan.ts";
import { transactionStatusSchema } from "./transaction.ts";

/**
 * The JSON documents that scripts read: one per command with `--format json`, and one for every way to fail. Published as
 * JSON Schema in docs/schemas. Fields are only ever added; anything else makes a new `schemaVersion`.
 */

export const toolSchema = z.object({ name: z.literal("drawbridge"), version: z.string() });

const head = { schemaVersion: z.literal(1), tool: toolSchema };

const rightsSchema = z.object({
  /** Whether the machine was asked with root rights; without them most findings are `unknown`. */
  root: z.boolean(),
  /** Why not; empty with root rights. */
  reason: z.string(),
  /** How to get a full answer; empty with root rights. */
  remedy: z.string(),
});

/** What runs on the machine: places, names and counts. No value of a setting is in it. */
const hostPictureSchema = z.object({
  integrations: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(["ballerina", "icp", "java"]),
      state: z.string(),
      unit: z.string().nullable(),
      user: z.string(),
      container: z.boolean(),
      program: z.string(),
      jar: z.string().nullable(),
      java: z.object({ home: z.string(), version: z.string().nullable(), vendor: z.string().nullable() }).nullable(),
      modules: z.array(
        z.object({
          name: z.string(),
          /** "2.16.1" is exact, ">=2.14.9" is what a library in the JAR dates. */
          version: z.string().nullable(),
        }),
      ),
      workingDirectory: z.string(),
      configuration: z.object({
        decidedBy: z.enum(["BAL_CONFIG_FILES", "BAL_CONFIG_DATA", "working directory", "nothing"]),
        /** The strongest first; `keys`: how many values that count come from it. */
        files: z.array(
          z.object({
            path: z.string(),
            state: z.enum(["read", "missing", "unreadable", "invalid"]),
            keys: z.number().int().nonnegative(),
          }),
        ),
        /** The same for the environment, arguments and BAL_CONFIG_DATA. */
        otherKeys: z.record(z.string(), z.number().int().nonnegative()),
      }),
      listeners: z.array(z.object({ address: z.string(), transport: z.enum(["tcp", "udp"]), purpose: z.string() })),
      endpoints: z.array(z.object({ key: z.string(), url: z.string() })),
      stores: z.array(
        z.object({
          path: z.string(),
          purpose: z.enum(["key", "trust", "certificate", "private key", "unknown"]),
          key: z.string(),
        }),
      ),
      logs: z.array(z.string()),
    }),
  ),
  installations: z.array(z.object({ product: z.string(), path: z.string(), version: z.string().nullable() })),
  /** Java programs that are no integrations. */
  others: z.array(z.object({ name: z.string(), user: z.string(), jar: z.string().nullable() })),
  /** What was not looked into. */
  bounds: z.array(z.string()),
});

export const inspectionDocument = z.object({
  ...head,
  host: hostSchema,
  rights: rightsSchema,
  durationMs: z.number().int().nonnegative(),
  /** 0 to 100: severity-weighted share of passing controls; unknown counts as failing. */
  score: z.number().int().min(0).max(100),
  findings: z.array(findingSchema),
  /** Only where it was asked about and could be seen. */
  whatRunsHere: hostPictureSchema.optional(),
});

const refusalSchema = z.object({ guard: z.string(), reason: z.string(), remedy: z.string() });

export const planDocument = z.object({
  ...planSchema.shape,
  /** Why `apply` would refuse this plan here and now; empty: nothing stands against it. Not part of the saved plan. */
  refusals: z.array(refusalSchema),
  rights: rightsSchema,
  /** Controls that stay as they are because somebody answers for it. */
  waived: z
    .array(z.object({ controlId: z.string(), owner: z.string(), reason: z.string(), until: z.string() }))
    .optional(),
});

export const applyDocument = z.object({
  ...head,
  host: hostSchema,
  /** null when there was nothing to do. */
  transactionId: z.string().nullable(),
  state: z.enum(["confirmed", "pending", "reverted", "failed"]),
  /** One line: why it was reverted or failed; empty otherwise. */
  reason: z.string(),
  changes: z.array(changeSchema),
  /** The plan's controls, as a second inspection found them. */
  verified: z.array(findingSchema),
  /** Where SSH listens now; only when the plan touched the way in, and is in force or pending. */
  sshPort: z.number().int().min(1).max(65535).optional(),
});

export const statusDocument = z.object({ ...head, transactions: z.array(transactionStatusSchema) });

export const logDocument = z.object({
  ...head,
  /** The machine or folder whose log it is. */
  where: z.string(),
  entries: z.array(logEntrySchema),
  /** Where the log is not as it was written; empty when it is. */
  problems: z.array(z.string()),
  /** Kept elsewhere, it shows later that nothing was taken from the end. */
  head: logHeadSchema,
});

export const rolloutDocument = z.object({
  ...head,
  /** `refused` and `reverted` end it: nodes before that one keep what they have, nodes after it were not touched. */
  state: z.enum(["done", "stopped"]),
  /** Why it was stopped; empty otherwise. */
  reason: z.string(),
  /** In the order in which they were taken. */
  nodes: z.array(
    z.object({
      host: z.string(),
      name: z.string(),
      state: z.enum(["confirmed", "unchanged", "refused", "reverted", "failed", "waiting"]),
      transactionId: z.string().nullable(),
      changes: z.number().int().nonnegative(),
      reason: z.string(),
    }),
  ),
  /** What still differs between nodes that should be alike, as sentences. */
  drift: z.array(z.string()),
});

export const promoteDocument = z.object({
  ...head,
  /** `refused`: nothing was changed, and `problems` says why. `unchanged`: the target said the same already. */
  state: z.enum(["promoted", "unchanged", "refused", "rolled back"]),
  /** Of the promotion; null where there was none. */
  id: z.string().nullable(),
  /** The stages by the rules' names, or where they are. */
  from: z.string(),
  to: z.string(),
  /** The folder; with --host the machine's name, a colon, and the folder over there. */
  target: z.string(),
  /** The command that takes it back; empty where there is nothing to take back. */
  rollback: z.string(),
  /** What was written, or taken back, with SHA-256 of the content; null: there was, or is, no such file. */
  files: z.array(z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  /** What the rules did, what was left behind, and what could not be checked. */
  notes: z.array(z.string()),
  /** Everything that stands against it. */
  problems: z.array(z.string()),
});

export const waiveDocument = z.object({
  ...head,
  host: hostSchema,
  /** null when nothing was changed. */
  transactionId: z.string().nullable(),
  waivers: z.array(
    z.object({
      controlId: z.string(),
      owner: z.string(),
      reason: z.string(),
      waived: z.string(),
      until: z.string(),
      /** Its last day has passed: it no longer counts. */
      overdue: z.boolean(),
      /** What the control shows now; null for one that this version does not have. */
      found: z.string().nullable(),
    }),
  ),
});

export const listDocument = z.object({
  ...head,
  controls: z.array(
    z.object({
      id: z.string(),
      guideline: z.array(z.string()),
      category: z.enum(categories),
      step: z.string(),
      title: z.string(),
      severity: z.enum(severities),
      references: z.array(referenceSchema),
    }),
  ),
  /** The other way round: every row of the guidelines, and the controls of this list that answer it. */
  guidelines: z
    .array(
      z.object({
        id: z.string(),
        category: z.enum(categories),
        title: z.string(),
        /** Not in the source; servers need it all the same. */
        beyond: z.boolean(),
        controls: z.array(z.string()),
      }),
    )
    .optional(),
});

export const questionsDocument = z.object({
  ...head,
  host: hostSchema,
  questions: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(["confirm", "select", "multiselect", "text", "secret", "list"]),
      title: z.string(),
      why: z.string(),
      /** What is taken when nothing else is said; null for a secret. */
      default: z.unknown(),
      /** The state now, in words. */
      current: z.string().optional(),
      choices: z
        .array(
          z.object({
            value: z.string(),
            label: z.string(),
            hint: z.string().optional(),
            disabled: z.string().optional(),
          }),
        )
        .optional(),
    }),
  ),
});

/** Stands on standard output instead of the command's own document, with the same line as on standard error. */
export const errorDocument = z.object({
  ...head,
  error: z.object({ exitCode: z.literal(Object.values(exitCodes)), message: z.string() }),
});

export const documents = {
  inspect: inspectionDocument,
  plan: planDocument,
  apply: applyDocument,
  status: statusDocument,
  log: logDocument,
  promote: promoteDocument,
  rollout: rolloutDocument,
  waive: waiveDocument,
  list: listDocument,
  questions: questionsDocument,
  error: errorDocument,
} as const;

export type DocumentName = keyof typeof documents;
/** What a document says beyond its head. */
export type DocumentBody<Name extends DocumentName> = Omit<z.infer<(typeof documents)[Name]>, "schemaVersion" | "tool">;
