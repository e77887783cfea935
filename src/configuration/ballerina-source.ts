import { type SimpleType, simpleTypes } from "./mapper.ts";

/** A `configurable` of a Ballerina source file. */
export type DeclaredConfigurable = {
  readonly name: string;
  /** As it is written: "string", "int[]", "record {| … |}", "DbConfig". */
  readonly written: string;
  readonly type: SimpleType | undefined;
  /** `= ?`: the program does not start without a value. */
  readonly required: boolean;
};

/** Comments and texts as blanks of the same length, so that neither is taken for code. */
const codeOnly = (source: string): string =>
  source.replace(/\/\/[^\n]*|^[ \t]*#[^\n]*|"(?:[^"\\\n]|\\.)*"|`[^`]*`/gmu, (text) =>
    text.startsWith('"') ? `"${"_".repeat(Math.max(0, text.length - 2))}"` : " ".repeat(text.length),
  );

/** Every configurable variable that a source file declares, in order. Ballerina specification, "Configurable variables". */
export const declaredConfigurables = (source: string): readonly DeclaredConfigurable[] => {
  const code = codeOnly(source);
  const pattern = /\bconfigurable\s+([^=]+?)\s+('?[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(\?)?/gu;
  return [...code.matchAll(pattern)].map((match) => {
    const start = (match.index ?? 0) + match[0].indexOf(match[1] as string);
    const written = source.slice(start, start + (match[1] as string).length).replace(/\s+/gu, " ");
    return {
      name: (match[2] as string).replace(/^'/u, ""),
      written,
      type: simpleTypes.find((type) => type === written),
      required: match[3] === "?",
    };
  });
};

/** `org` and `name` of a Ballerina.toml's `[package]`; undefined where they are not there. */
export const packageNamed = (
  root: Readonly<Record<string, unknown>>,
): { readonly organisation: string; readonly name: string } | undefined => {
  const { package: described } = root as { package?: { org?: unknown; name?: unknown } };
  return typeof described?.org === "string" && typeof described.name === "string"
    ? { organisation: described.org, name: described.name }
    : undefined;
};
