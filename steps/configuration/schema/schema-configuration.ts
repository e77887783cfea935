import { effectiveTableOf, schemaOfIntegration } from "../../../src/configuration/registry.ts";
import { schemaProblems } from "../../../src/configuration/schema.ts";
import { control } from "../../../src/model/control.ts";
import { type Evidence, fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { integrations } from "../../../src/probes/integrations.ts";

const judged = (all: readonly Integration[]): readonly Integration[] => all.filter(({ kind }) => kind !== "java");

/** Given in the environment or as an argument: no file has to have it. */
const isGivenElsewhere = ({ configuration }: Integration, key: string): boolean =>
  configuration.settings.some(
    (setting) =>
      (setting.source.kind === "environment" || setting.source.kind === "argument" || setting.source.kind === "data") &&
      (setting.key === key || setting.path.at(-1)?.toLowerCase() === key.split(".").at(-1)?.toLowerCase()),
  );

/** What is unknown to the program is told by `workload-configuration-valid`. */
const problemsOf = (integration: Integration): readonly string[] | undefined => {
  const schema = schemaOfIntegration(integration);
  if (schema === undefined) return undefined;
  return schemaProblems(effectiveTableOf(integration), schema)
    .filter(({ kind }) => kind !== "unknown")
    .filter(({ kind, text }) => kind !== "missing" || !isGivenElsewhere(integration, text.split(" ", 1)[0] ?? ""))
    .map(({ text }) => text);
};

export const schemaConfiguration = control({
  id: "schema-configuration",
  guideline: ["CF-10"],
  title: "Every value has the type that the program declares, and no required one is missing",
  failing: "A value is missing or of the wrong type: the program would not start",
  severity: "high",
  risk: "none",
  rationale:
    "Ballerina ends at its start over a required value that is missing and over one of the wrong type. A running program has read its configuration long ago, so the mistake shows at the next restart.",
  references: [{ source: "NIST 800-53", id: "CM-6" }],
  needs: { here: integrations },
  applies: ({ here }) => judged(here.integrations).length > 0 || "no integration runs here",
  inspect: ({ here }) => {
    const all = judged(here.integrations).map((integration) => ({ integration, problems: problemsOf(integration) }));
    const evidence = all.map(({ integration: { id, jar }, problems }): Evidence => {
      const told = (jar?.modules ?? []).flatMap(({ variables }) => variables ?? []);
      const required = told.filter((variable) => variable.required).length;
      return {
        asked: `variables in the JAR of ${id}, and its configuration files`,
        answered:
          problems === undefined
            ? "its JAR names no variables"
            : `${told.length} variables, ${required} required, ${told.filter(({ type }) => type !== undefined).length} of a simple type; ${problems.length === 0 ? "everything fits" : problems.join("; ")}`,
      };
    });
    const wrong = all.flatMap(({ integration, problems = [] }) =>
      problems.map((problem) => `${integration.id}: ${problem}`),
    );
    if (wrong.length > 0) return fail(wrong.join("; "), evidence);
    const silent = all.filter(({ problems }) => problems === undefined).map(({ integration }) => integration.id);
    return silent.length > 0
      ? unknownVerdict(`the JAR of ${silent.join(", ")} does not name its variables`, evidence)
      : pass(evidence);
  },
  plan: () => [],
});
