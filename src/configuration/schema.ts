import { z } from "zod";
import type { TomlValue } from "../model/integration.ts";
import { readToml, type TomlTable } from "../toml/document.ts";
import { isSecretKey } from "../workload/secrecy.ts";

/**
 * What a program's Config.toml may and must say, as JSON Schema (draft 2020-12) with two words more: `x-package` is the program
 * whose own variables stand at the top, `x-ballerina` a type as Ballerina names it. `minimum`, `maximum`, `pattern` and `enum`
 * may be added by hand: no JAR tells ranges.
 */
export type JsonSchema = {
  readonly $schema?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly type?: "object" | "string" | "integer" | "number" | "boolean" | "array" | undefined;
  readonly properties?: { readonly [name: string]: JsonSchema } | undefined;
  readonly required?: readonly string[] | undefined;
  readonly additionalProperties?: boolean | undefined;
  readonly items?: JsonSchema | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: string | undefined;
  readonly enum?: readonly (string | number | boolean)[] | undefined;
  /** A secret: it is written, and never shown. */
  readonly writeOnly?: boolean | undefined;
  readonly "x-package"?: string | undefined;
  readonly "x-ballerina"?: string | undefined;
};

export const configurationSchema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.object({
    $schema: z.string().optional(),
    title: z.string().optional(),
    description: z.string().optional(),
    type: z.enum(["object", "string", "integer", "number", "boolean", "array"]).optional(),
    properties: z.record(z.string(), configurationSchema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.boolean().optional(),
    items: configurationSchema.optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().int().optional(),
    maxLength: z.number().int().optional(),
    pattern: z
      .string()
      .refine((text) => compiled(text) !== undefined, "is no regular expression")
      .optional(),
    enum: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
    writeOnly: z.boolean().optional(),
    "x-package": z.string().optional(),
    "x-ballerina": z.string().optional(),
  }),
);

const compiled = (pattern: string): RegExp | undefined => {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
};

export type Variable = {
  readonly name: string;
  /** "string", "int", "int[]", "record {| … |}"; undefined: nobody tells. */
  readonly type: string | undefined;
  /** undefined: nobody tells. */
  readonly required: boolean | undefined;
};

/** A module of a program; `variables` is undefined where nobody tells them: then its table may say anything. */
export type ModuleVariables = {
  readonly organisation: string;
  readonly name: string;
  readonly variables: readonly Variable[] | undefined;
};

export type Program = {
  /** The root package; undefined where nobody tells it. */
  readonly root: { readonly organisation: string; readonly name: string } | undefined;
  readonly modules: readonly ModuleVariables[];
};

const ofType = (type: string | undefined): JsonSchema => {
  const list = /^(.+)\[\]$/u.exec(type ?? "");
  if (list) return { type: "array", items: ofType(list[1]) };
  if (/^map<.*>$/u.test(type ?? "")) return { type: "object" };
  switch (type) {
    case "string":
    case "boolean":
      return { type };
    case "int":
      return { type: "integer", "x-ballerina": type };
    case "byte":
      return { type: "integer", minimum: 0, maximum: 255, "x-ballerina": type };
    case "float":
    case "decimal":
      return { type: "number", "x-ballerina": type };
    default:
      return { "x-ballerina": type ?? "unknown" };
  }
};

const ofVariable = ({ name, type }: Variable): JsonSchema => ({
  ...ofType(type),
  ...(isSecretKey(name) ? { writeOnly: true } : {}),
});

type Open = {
  type: "object";
  properties: { [name: string]: JsonSchema };
  required?: string[];
  additionalProperties: boolean;
};

const table = (additionalProperties: boolean): Open => ({ type: "object", properties: {}, additionalProperties });

const fill = (place: Open, variables: readonly Variable[]): void => {
  for (const variable of variables) place.properties[variable.name] = ofVariable(variable);
  const required = variables.filter((variable) => variable.required === true).map(({ name }) => name);
  if (required.length > 0) place.required = [...(place.required ?? []), ...required];
};

/** The schema of a program's configuration. What nobody tells is left open: unknown is neither allowed nor forbidden by it. */
export const schemaOf = ({ root, modules }: Program): JsonSchema => {
  const isRoot = ({ organisation, name }: ModuleVariables) => organisation === root?.organisation && name === root.name;
  const own = modules.find(isRoot);
  const top = table(own?.variables === undefined);
  fill(top, own?.variables ?? []);
  for (const module of modules.filter((each) => !isRoot(each))) {
    let place = top;
    for (const part of [module.organisation, ...module.name.split(".")]) {
      place.properties[part] ??= table(false);
      place = place.properties[part] as Open;
    }
    if (module.variables === undefined) place.additionalProperties = true;
    else fill(place, module.variables);
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: root === undefined ? "Config.toml" : `Config.toml of ${root.organisation}/${root.name}`,
    ...top,
    ...(root === undefined ? {} : { "x-package": `${root.organisation}/${root.name}` }),
  };
};

/** Something that would stop the program at its start, or that the schema's owner does not want. Never quotes a value. */
export type SchemaProblem = { readonly kind: "unknown" | "missing" | "type" | "range"; readonly text: string };

const named = (value: TomlValue): string => {
  if (typeof value === "bigint") return "an integer";
  if (typeof value === "number") return "a float";
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "true or false";
  return Array.isArray(value) ? "an array" : "a table";
};

const wanted: Readonly<Record<NonNullable<JsonSchema["type"]>, string>> = {
  object: "a table",
  string: "a text",
  integer: "an integer",
  number: "a float such as 10.0",
  boolean: "true or false",
  array: "an array",
};

const fits = (value: TomlValue, type: NonNullable<JsonSchema["type"]>): boolean => {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return typeof value === "bigint";
    case "number":
      // A decimal that is written as an integer stops a Ballerina program.
      return typeof value === "number";
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && !Array.isArray(value);
  }
};

const rangeProblem = (value: TomlValue, schema: JsonSchema): string | undefined => {
  if (typeof value === "bigint" || typeof value === "number") {
    if (schema.minimum !== undefined && value < schema.minimum) return `is below ${schema.minimum}`;
    if (schema.maximum !== undefined && value > schema.maximum) return `is above ${schema.maximum}`;
  }
  if (typeof value === "string") {
    if (schema.minLength !== undefined && value.length < schema.minLength)
      return `is shorter than ${schema.minLength} characters`;
    if (schema.maxLength !== undefined && value.length > schema.maxLength)
      return `is longer than ${schema.maxLength} characters`;
    if (schema.pattern !== undefined && compiled(schema.pattern)?.test(value) === false)
      return `does not look like ${schema.pattern}`;
  }
  if (schema.enum !== undefined && typeof value !== "object") {
    const plain = typeof value === "bigint" ? Number(value) : value;
    if (!schema.enum.includes(plain)) return `is none of ${schema.enum.join(", ")}`;
  }
  return undefined;
};

function* problemsAt(value: TomlValue, schema: JsonSchema, path: readonly string[]): Generator<SchemaProblem> {
  const key = path.join(".");
  if (schema.type !== undefined && !fits(value, schema.type)) {
    yield { kind: "type", text: `${key} is ${named(value)}, the program wants ${wanted[schema.type]}` };
    return;
  }
  const range = rangeProblem(value, schema);
  if (range !== undefined) yield { kind: "range", text: `${key} ${range}` };
  if (Array.isArray(value)) {
    if (schema.items === undefined) return;
    for (const [index, item] of value.entries()) yield* problemsAt(item, schema.items, [...path, String(index)]);
  } else if (typeof value === "object") {
    for (const [name, inner] of Object.entries(value as { readonly [key: string]: TomlValue })) {
      const below = schema.properties?.[name];
      if (below !== undefined) yield* problemsAt(inner, below, [...path, name]);
      else if (schema.additionalProperties === false)
        yield { kind: "unknown", text: `${[...path, name].join(".")} is not known to the program: it would not start` };
    }
    for (const name of schema.required ?? [])
      if (!Object.hasOwn(value, name))
        yield { kind: "missing", text: `${[...path, name].join(".")} is required and has no value` };
  }
}

/** The program's own variables, also where they are written below `[package]` or `[organisation.package]`. */
const atTop = (root: TomlTable, schema: JsonSchema): TomlTable => {
  const [organisation = "", name = ""] = schema["x-package"]?.split("/") ?? [];
  if (name === "") return root;
  const isTable = (value: TomlValue | undefined): value is TomlTable =>
    typeof value === "object" && !Array.isArray(value);
  let result: { [key: string]: TomlValue } = { ...root };
  const own = result[organisation];
  if (isTable(own) && isTable(own[name]) && !Object.hasOwn(schema.properties ?? {}, organisation)) {
    const { [name]: lifted, ...others } = own;
    const { [organisation]: _, ...rest } = result;
    result = {
      ...rest,
      ...(Object.keys(others).length > 0 ? { [organisation]: others } : {}),
      ...(lifted as TomlTable),
    };
  }
  const bare = result[name];
  if (isTable(bare) && !Object.hasOwn(schema.properties ?? {}, name)) {
    const { [name]: lifted, ...rest } = result;
    result = { ...rest, ...(lifted as TomlTable) };
  }
  return result;
};

/** What is wrong with a configuration: `root` holds what counts of all its files together. */
export const schemaProblems = (root: TomlTable, schema: JsonSchema): readonly SchemaProblem[] => [
  ...problemsAt(atTop(root, schema), schema, []),
];

/** What counts of several texts: each variable whole from the first that has it; `variable` says how far it reaches. */
export const effectiveTable = (
  texts: readonly string[],
  variable: (path: readonly string[]) => readonly string[],
): TomlTable => {
  const result: { [key: string]: TomlValue } = {};
  const taken = new Set<string>();
  for (const text of texts) {
    const read = readToml(text);
    if (!read.ok) continue;
    const here = new Set<string>();
    for (const { path } of read.entries) {
      const whole = variable(path);
      const key = JSON.stringify(whole);
      if (taken.has(key) || here.has(key)) continue;
      here.add(key);
      let from: TomlValue | undefined = read.root;
      let to: { [key: string]: TomlValue } = result;
      for (const [index, part] of whole.entries()) {
        from = (from as { readonly [key: string]: TomlValue } | undefined)?.[part];
        if (index === whole.length - 1) {
          if (from !== undefined) to[part] = from;
        } else {
          to[part] = { ...((to[part] as object | undefined) ?? {}) } as TomlValue;
          to = to[part] as { [key: string]: TomlValue };
        }
      }
    }
    for (const key of here) taken.add(key);
  }
  return result;
};

/** Where variables end by a schema: modules' tables are entered, and so is nothing else. */
export const variableBySchema =
  (schema: JsonSchema | undefined) =>
  (path: readonly string[]): readonly string[] => {
    const [organisation = "", name = ""] = schema?.["x-package"]?.split("/") ?? [];
    if (name !== "" && path[0] === organisation && path[1] === name && path.length > 2) return path.slice(0, 3);
    let place = schema;
    for (const [index, part] of path.entries()) {
      const below: JsonSchema | undefined = place?.properties?.[part];
      // A table of the schema without a type of its own is a module's, or an organisation's.
      if (below?.properties === undefined || below["x-ballerina"] !== undefined) {
        if (below !== undefined || index > 0) return path.slice(0, index + 1);
        break;
      }
      place = below;
    }
    if (libraryOrganisations.has(path[0] as string)) return path.slice(0, 3);
    if (name !== "" && path[0] === name && path.length > 1) return path.slice(0, 2);
    return path.slice(0, 1);
  };

const libraryOrganisations: ReadonlySet<string> = new Set(["ballerina", "ballerinax", "ballerinai", "wso2"]);
