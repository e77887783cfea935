import type { Configuration, Integration, TomlValue } from "../model/integration.ts";
import type { TomlTable } from "../toml/document.ts";
import { packageOfMainClass } from "./modules.ts";

type Program = Pick<Integration, "jar">;

/**
 * The configurable variable that a key belongs to, or a table that certainly holds the whole of it.
 *
 * A program takes each variable whole from one source: a record is not put together from two files (ConfigResolver of
 * ballerina-lang). What is moved from one file to another must therefore be moved as far up as the variable begins. Where the
 * JAR does not tell where that is, the top table is taken, which holds the variable in any case.
 */
export const variableOf = ({ jar }: Program, path: readonly string[]): readonly string[] => {
  const own = packageOfMainClass(jar?.mainClass);
  const tables = (jar?.modules ?? []).flatMap(({ organisation, name }) => {
    const names = name.split(".");
    const isOwn = own !== undefined && organisation === own.organisation && names[0] === own.name && names.length > 1;
    return [[organisation, ...names], ...(isOwn ? [names] : [])];
  });
  const lengths = tables
    .filter((table) => table.every((name, index) => path[index] === name))
    .map(({ length }) => length);
  const deepest = Math.max(0, ...lengths);
  return path.length > deepest ? path.slice(0, deepest + 1) : path.slice(0, 1);
};

/** What stands at a path; arrays are entered by index. */
export const valueAt = (root: TomlValue | undefined, path: readonly string[]): TomlValue | undefined =>
  path.reduce<TomlValue | undefined>(
    (at, name) =>
      typeof at === "object" && Object.hasOwn(at, name) ? (at as { [key: string]: TomlValue })[name] : undefined,
    root,
  );

/** The variables that a file gives, each with its value. */
export const variablesIn = (
  program: Program,
  root: TomlTable,
  paths: readonly (readonly string[])[],
): ReadonlyMap<string, { readonly path: readonly string[]; readonly value: TomlValue }> =>
  new Map(
    paths.flatMap((entry) => {
      const path = variableOf(program, entry);
      const value = valueAt(root, path);
      return value === undefined ? [] : [[JSON.stringify(path), { path, value }] as const];
    }),
  );

/** Values given on the command line or in the environment, which beat every file. */
export const overriding = ({ settings }: Configuration) =>
  settings.filter(({ source }) => source.kind === "environment" || source.kind === "argument");
