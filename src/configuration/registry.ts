import type { Integration, TomlValue } from "../model/integration.ts";
import { editToml } from "../toml/edit.ts";
import { isHidden } from "../workload/hidden.ts";
import { valueAt, variableOf } from "../workload/variables.ts";
import { effectiveTable, type JsonSchema, schemaOf } from "./schema.ts";

/** What can be written down about the integrations of a machine, from what is there: no value of a secret is in it. */

/** The schema of a program, as far as its JAR tells; undefined where it tells nothing. */
export const schemaOfIntegration = ({ jar }: Pick<Integration, "jar">): JsonSchema | undefined => {
  if (jar === undefined || !jar.modules.some(({ configurables }) => configurables !== undefined)) return undefined;
  const parts = (jar.mainClass ?? "").split(".");
  const root = parts.length >= 4 ? { organisation: parts[0] as string, name: parts.slice(1, -2).join(".") } : undefined;
  return schemaOf({
    root,
    modules: jar.modules.map(({ organisation, name, configurables, variables }) => ({
      organisation,
      name,
      variables: configurables?.map((variable) => {
        const told = variables?.find((each) => each.name === variable);
        return { name: variable, type: told?.type, required: told?.required };
      }),
    })),
  });
};

/** What counts of a program's files, as one table. */
export const effectiveTableOf = (integration: Integration) =>
  effectiveTable(
    integration.configuration.files.flatMap(({ content, state }) =>
      state === "read" && content !== undefined ? [content] : [],
    ),
    (path) => variableOf(integration, path),
  );

const placeholder = "<secret>";

/** The same value with a placeholder for every secret in it. */
const shown = (value: TomlValue, path: readonly string[]): TomlValue => {
  if (Array.isArray(value)) {
    return isHidden(path, value) ? [placeholder] : value.map((item: TomlValue) => shown(item, path));
  }
  if (typeof value === "object")
    return Object.fromEntries(
      Object.entries(value as { readonly [key: string]: TomlValue }).map(([name, inner]) => [
        name,
        shown(inner, [...path, name]),
      ]),
    );
  return isHidden(path, value) ? placeholder : value;
};

/** `name = value` of one variable, on one line. */
const line = (name: string, value: TomlValue): string => {
  const rendered = editToml("", [{ set: [name], value: typeof value === "object" ? "@@" : value }]).trimEnd();
  return typeof value === "object" ? rendered.replace('"@@"', () => inline(value)) : rendered;
};

const inline = (value: TomlValue): string => {
  if (typeof value !== "object") return line("x", value).slice("x = ".length);
  if (Array.isArray(value)) return `[${value.map((item: TomlValue) => inline(item)).join(", ")}]`;
  const pairs = Object.entries(value).map(([name, inner]) => line(name, inner as TomlValue));
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
};

type Variable = { readonly path: readonly string[]; readonly type: string | undefined; readonly required: boolean };

const variablesOf = (schema: JsonSchema | undefined, above: readonly string[] = []): readonly Variable[] =>
  Object.entries(schema?.properties ?? {}).flatMap(([name, below]): readonly Variable[] =>
    below.properties !== undefined && below["x-ballerina"] === undefined
      ? variablesOf(below, [...above, name])
      : [
          {
            path: [...above, name],
            type: below["x-ballerina"] ?? below.type,
            required: schema?.required?.includes(name) ?? false,
          },
        ],
  );

const bare = (name: string): string => (/^[A-Za-z0-9_-]+$/u.test(name) ? name : JSON.stringify(name));

/**
 * Config.toml.example of a program: every variable that its JAR or its configuration names, with its type, and the value that counts
 * now unless it is a secret.
 */
export const exampleOf = (integration: Integration): string => {
  const schema = schemaOfIntegration(integration);
  const table = effectiveTableOf(integration);
  const known = new Map<string, Variable>(
    variablesOf(schema).map((variable) => [JSON.stringify(variable.path), variable]),
  );
  for (const { path } of integration.configuration.settings) {
    const variable = variableOf(integration, path);
    const key = JSON.stringify(variable);
    if (!known.has(key)) known.set(key, { path: variable, type: undefined, required: false });
  }
  const lines = (variables: readonly Variable[]): readonly string[] =>
    variables.flatMap(({ path, type, required }) => {
      const name = path.at(-1) as string;
      const value = valueAt(table, path);
      const secret = value !== undefined && isHidden(path, value);
      const about = [
        type === undefined || type === "unknown" ? "type not told by the JAR" : type,
        ...(required ? ["required"] : []),
        ...(secret ? ["secret: belongs into the file of secrets"] : []),
      ].join(", ");
      const text = value === undefined ? `# ${bare(name)} =` : line(name, shown(value, path));
      return [`# ${about}`, text];
    });
  const tables = new Map<string, Variable[]>();
  for (const variable of [...known.values()].toSorted((a, b) => (a.path.join(".") < b.path.join(".") ? -1 : 1))) {
    const above = variable.path.slice(0, -1).map(bare).join(".");
    tables.set(above, [...(tables.get(above) ?? []), variable]);
  }
  return [
    `# Config.toml of ${integration.id}: what it can be configured with. No secret is in it.`,
    "",
    ...lines(tables.get("") ?? []),
    ...[...tables]
      .filter(([above]) => above !== "")
      .flatMap(([above, variables]) => ["", `[${above}]`, ...lines(variables)]),
    "",
  ].join("\n");
};

export type Registered = {
  readonly integration: string;
  readonly key: string;
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  /** Settings that weaken the check of its certificate. */
  readonly unverified: readonly string[];
  /** Where the address stands: a file and its line, or what else gives it. */
  readonly source: string;
};

const sourceOf = (integration: Integration, key: string): string => {
  const source = integration.configuration.settings.find((setting) => setting.key === key)?.source;
  if (source === undefined) return "";
  if (source.kind === "file") return `${source.path}:${source.line}`;
  return source.kind === "environment" ? source.variable : source.from;
};

/** Every endpoint that the integrations call. */
export const registered = (here: readonly Integration[]): readonly Registered[] =>
  here
    .flatMap((integration) =>
      integration.endpoints.map(({ key, scheme, host, port, verification }) => ({
        integration: integration.id,
        key,
        scheme,
        host,
        port,
        unverified: [...verification.switchedOff, ...(verification.hostName ? ["the host name is not checked"] : [])],
        source: sourceOf(integration, key),
      })),
    )
    .toSorted((a, b) => (`${a.integration} ${a.key}` < `${b.integration} ${b.key}` ? -1 : 1));

const cell = (text: string): string => text.replaceAll("|", "\\|").replace(/[\n\r]/gu, " ");

export const registryMarkdown = (endpoints: readonly Registered[]): string =>
  [
    "# Endpoints",
    "",
    "Whom the integrations of this machine call, by their configuration.",
    "",
    "| integration | key | address | certificate | where it stands |",
    "|---|---|---|---|---|",
    ...endpoints.map(({ integration, key, scheme, host, port, unverified, source }) => {
      const address = `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
      const checked = unverified.length === 0 ? "checked as usual" : `not checked: ${unverified.join(", ")}`;
      return `| ${[integration, key, address, checked, source].map(cell).join(" | ")} |`;
    }),
    "",
  ].join("\n");

export const registryJson = (endpoints: readonly Registered[]): string =>
  `${JSON.stringify({ schemaVersion: 1, endpoints }, null, 2)}\n`;
