import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { declaredConfigurables, packageNamed } from "../configuration/ballerina-source.ts";
import { programOfJar } from "../configuration/jar-schema.ts";
import { noRules, type PromotionRules, readRules } from "../configuration/rules.ts";
import { configurationSchema, type JsonSchema, schemaOf } from "../configuration/schema.ts";
import { parseJson } from "../core/parse-json.ts";
import { failure } from "../failure.ts";
import { readToml } from "../toml/document.ts";
import { inWords } from "./held-folder.ts";

/** The declared rules; without a file nothing is changed on the way but what belongs to the target. */
export const rulesFrom = (path: string | undefined): PromotionRules => {
  if (path === undefined) return noRules;
  const read = readRules(
    basename(path),
    inWords(`read ${path}`, () => readFileSync(path, "utf8")),
  );
  if (read.ok) return read.rules;
  throw failure("usage", `the rules in ${path} do not fit: ${read.problem}`);
};

/** What a schema is called that lies beside a configuration. */
export const schemaFile = "Config.schema.json";

/** From a schema, a JAR or a project; undefined where nobody says what the program accepts. */
export const schemaFrom = (path: string | undefined, source: string): JsonSchema | undefined => {
  const beside = join(source, schemaFile);
  const place = path ?? (existsSync(beside) ? beside : undefined);
  if (place === undefined) return undefined;
  return inWords(`read ${place}`, () => {
    if (statSync(place).isDirectory()) return schemaOfProject(place);
    if (place.endsWith(".jar")) {
      const program = programOfJar(readFileSync(place));
      if (program === undefined) throw failure("usage", `${place} is no program of Ballerina's: name its JAR`);
      return schemaOf(program);
    }
    const value = parseJson(readFileSync(place, "utf8").replace(/^\uFEFF/u, ""));
    if (value === undefined)
      throw failure("usage", `${place} is no JSON: name a schema, a JAR or the folder of a project`);
    const parsed = configurationSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
    throw failure("usage", `${place} is no schema of a configuration: ${where}${issue?.message ?? ""}`);
  });
};

/** A project of Ballerina's: `Ballerina.toml`, and the configurables of its modules. Those of libraries are not in its sources. */
const schemaOfProject = (folder: string): JsonSchema => {
  const described = readToml(
    existsSync(join(folder, "Ballerina.toml")) ? readFileSync(join(folder, "Ballerina.toml"), "utf8") : "",
  );
  const root = described.ok ? packageNamed(described.root) : undefined;
  if (root === undefined) throw failure("usage", `${folder} is no project: its Ballerina.toml names no org and name`);
  const modulesFolder = join(folder, "modules");
  const variablesIn = (place: string) =>
    readdirSync(place)
      .filter((name) => name.endsWith(".bal"))
      .flatMap((name) => declaredConfigurables(readFileSync(join(place, name), "utf8")))
      .map(({ name, written, required }) => ({ name, type: written, required }));
  const modules = [
    { ...root, variables: variablesIn(folder) },
    ...(existsSync(modulesFolder) ? readdirSync(modulesFolder) : [])
      .filter((name) => statSync(join(modulesFolder, name)).isDirectory())
      .map((name) => ({
        organisation: root.organisation,
        name: `${root.name}.${name}`,
        variables: variablesIn(join(modulesFolder, name)),
      })),
  ];
  const schema = schemaOf({ root, modules });
  const open = { type: "object" } as const;
  // What libraries accept, the project's sources do not tell.
  return { ...schema, properties: { ballerina: open, ballerinax: open, wso2: open, ...schema.properties } };
};
