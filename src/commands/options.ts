import "../interpreted-schemas.ts";
import { z } from "zod";
import { categories, severities } from "../model/finding.ts";
import { type CommandName, longFlag, type OptionName } from "./declarations.ts";
import type { RawOptions } from "./program.ts";

/** What would steer ssh, a terminal or a line of the manifest has no business in the name of a host or user. */
const word = /^[A-Za-z0-9_.][A-Za-z0-9_.:%-]*$/u;

const port = z.coerce.number().int().min(1).max(65535);

const hostSchema = z.string().transform((text, context) => {
  const match =
    /^(?:(?<user>[^@]+)@)?(?:\[(?<address>[^\]]+)\]|(?<name>[^:]+|[^:]*:[^:]*:.*?))(?::(?<port>\d+))?$/u.exec(text);
  const name = match?.groups?.address ?? match?.groups?.name ?? "";
  const user = match?.groups?.user;
  const number = match?.groups?.port === undefined ? undefined : port.safeParse(match.groups.port);
  if (!word.test(name) || (user !== undefined && !word.test(user)) || number?.success === false) {
    context.addIssue({ code: "custom", message: `"${text}" is not [user@]name[:port] with a port from 1 to 65535` });
    return z.NEVER;
  }
  return { name, ...(user === undefined ? {} : { user }), ...(number === undefined ? {} : { port: number.data }) };
});

const settingSchema = z.string().transform((text, context) => {
  const match = /^(?<question>[a-z0-9]+(?:[-.][a-z0-9]+)*)=(?<value>.*)$/isu.exec(text);
  if (match?.groups?.question === undefined || match.groups.value === undefined) {
    context.addIssue({ code: "custom", message: `"${text}" is not step.question=value` });
    return z.NEVER;
  }
  return { question: match.groups.question, value: match.groups.value };
});

const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, `wants one of ${words.join(", ")}`);

const file = z.string().min(1, "wants the path of a file");
const directory = z.string().min(1, "wants the path of a folder");
const oneLine = z
  .string()
  .trim()
  .min(1, "must not be empty")
  .regex(/^[^\t\n\r\0]*$/u, "must be one line");
const transactionId = z.string().regex(/^[0-9a-z-]+$/u, "is not a transaction id; drawbridge status lists them");

/** What every command gets; options that a command does not take stand at their defaults. */
const rawSchema = z.object({
  host: hostSchema.optional(),
  hosts: z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .pipe(z.array(hostSchema))
    .optional(),
  sshConfig: file.optional(),
  root: directory.optional(),
  askSudoPassword: z.boolean().default(false),
  answers: file.optional(),
  recommended: z.boolean().default(false),
  set: z.array(settingSchema).default([]),
  category: z.array(oneOf(categories)).default([]),
  step: z.array(z.string().min(1)).default([]),
  control: z.array(z.string().min(1)).default([]),
  format: oneOf(["text", "json"]).default("text"),
  yes: z.boolean().default(false),
  confirmWithin: z.coerce
    .number("wants a number of seconds")
    .int("wants whole seconds")
    .min(1, "wants at least one second")
    .max(86_400, "wants at most a day (86400)")
    .default(120),
  wait: z.boolean().default(true),
  plain: z.boolean().default(false),
  failOn: oneOf([...severities, "none"]).default("high"),
  outside: z.boolean().default(false),
  rules: file.optional(),
  endpoints: z.boolean().default(false),
  schema: file.optional(),
  rollback: transactionId.optional(),
  verify: z.boolean().default(false),
  reason: oneLine.optional(),
  owner: oneLine.optional(),
  until: z.iso.date("wants a day such as 2027-06-30").optional(),
  remove: z.boolean().default(false),
  output: file.optional(),
  color: oneOf(["auto", "always", "never"]).default("auto"),
});

/** Which machine the command is about. */
export type TargetOptions =
  | { readonly kind: "local" }
  | {
      readonly kind: "ssh";
      readonly name: string;
      readonly user?: string;
      readonly port?: number;
      /** Path of an ssh_config(5). */
      readonly sshConfig?: string;
    }
  | { readonly kind: "root"; readonly directory: string };

const sharedSchema = rawSchema.transform(
  ({ host, hosts, sshConfig, root, set, category, step, control, ...rest }, context) => {
    const problem =
      host !== undefined && root !== undefined
        ? { option: "root", message: "cannot be used together with --host" }
        : host === undefined && hosts === undefined && sshConfig !== undefined
          ? { option: "sshConfig", message: "has no meaning without --host" }
          : undefined;
    if (problem !== undefined) context.addIssue({ code: "custom", path: [problem.option], message: problem.message });
    return {
      ...rest,
      target: targetOf(host, sshConfig, root),
      /** Several machines, for commands that take more than one. */
      hosts: (hosts ?? []).map((one) => targetOf(one, sshConfig, undefined)),
      /** In the order given; a later one for the same question wins. */
      settings: set,
      /** Empty means all. */
      categories: category,
      /** Ids of steps; empty means all. */
      steps: step,
      /** Empty means all. */
      controls: control,
    };
  },
);

function targetOf(
  host: z.output<typeof hostSchema> | undefined,
  sshConfig: string | undefined,
  root: string | undefined,
): TargetOptions {
  if (host !== undefined) return { kind: "ssh", ...host, ...(sshConfig === undefined ? {} : { sshConfig }) };
  return root === undefined ? { kind: "local" } : { kind: "root", directory: root };
}

const argumentSchemas = {
  wizard: z.object({}),
  inspect: z.object({}),
  plan: z.object({}),
  apply: z.object({ plan: file.optional() }),
  confirm: z.object({ id: transactionId.optional() }),
  undo: z.object({ id: transactionId.optional() }),
  resume: z.object({ id: transactionId.optional() }),
  status: z.object({}),
  rollout: z.object({}),
  waive: z.object({ control: z.string().min(1).optional() }),
  sandbox: z.object({
    unit: z
      .string()
      .regex(/^[A-Za-z0-9:_.\\@-]+$/u, "is not the name of a service")
      .optional(),
  }),
  generate: z.object({ directory }),
  export: z.object({ format: oneOf(["sh"]), directory }),
  promote: z.object({ source: directory.optional(), target: directory.optional() }),
  log: z.object({ directory: directory.optional() }),
  list: z.object({}),
  explain: z.object({ control: z.string().min(1) }),
  questions: z.object({}),
} satisfies Record<CommandName, z.ZodType>;

/** Validated options of one command; its arguments stand under `arguments`. */
export type OptionsOf<Name extends CommandName> = z.output<typeof sharedSchema> & {
  readonly arguments: z.output<(typeof argumentSchemas)[Name]>;
};

export type Options = OptionsOf<CommandName>;

/** Judges what was written on the command line: validated options, or one line per problem. */
export function readOptions<Name extends CommandName>(
  name: Name,
  raw: RawOptions,
): { readonly options: OptionsOf<Name> } | { readonly problems: readonly string[] } {
  const entries = Object.entries(raw);
  const written = Object.fromEntries(
    entries.filter(([key]) => key.startsWith("<")).map(([key, value]) => [key.slice(1, -1), value]),
  );
  const shared = sharedSchema.safeParse(Object.fromEntries(entries.filter(([key]) => !key.startsWith("<"))));
  const args = argumentSchemas[name].safeParse(written);
  if (shared.success && args.success) {
    return { options: { ...shared.data, arguments: args.data } as OptionsOf<Name> };
  }
  const problems = [
    ...(args.error?.issues ?? []).map((issue) => `${String(issue.path[0]).toUpperCase()} ${issue.message}`),
    ...(shared.error?.issues ?? []).map((issue) => `${longFlag(issue.path[0] as OptionName)} ${issue.message}`),
  ];
  return { problems };
}
