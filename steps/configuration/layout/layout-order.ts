import { inPrecedence } from "../../../src/configuration/promotion.ts";
import { control } from "../../../src/model/control.ts";
import { type Evidence, fail, pass } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { integrations } from "../../../src/probes/integrations.ts";

const listed = ({ environment }: Integration): string | undefined =>
  environment.findLast(({ name }) => name === "BAL_CONFIG_FILES")?.value;

const wrongWith = (integration: Integration): readonly string[] => {
  const value = listed(integration);
  if (value === undefined) return [];
  const { id, configuration } = integration;
  const separators = value.includes(";")
    ? [`${id}: BAL_CONFIG_FILES has a ";", which separates nothing on Linux: ":" does`]
    : [];
  const files = configuration.files.map(({ path }) => ({ name: path.slice(path.lastIndexOf("/") + 1), path }));
  const wanted = inPrecedence(files);
  // Names of one rank are the operator's to order: only what changes the rank is wrong.
  const shadowing = configuration.settings.filter(
    ({ source, shadowed }) =>
      source.kind === "file" &&
      shadowed.some((other) => {
        if (other.source.kind !== "file") return false;
        const place = (path: string) => wanted.findIndex((file) => file.path === path);
        return place(other.source.path) < place(source.path);
      }),
  );
  return [
    ...separators,
    ...(shadowing.length === 0
      ? []
      : [
          `${id}: ${shadowing
            .slice(0, 4)
            .map(({ key }) => key)
            .join(
              ", ",
            )} come${shadowing.length === 1 ? "s" : ""} from the file that should give way: list ${wanted.map(({ name }) => name).join(", ")} in this order`,
        ]),
  ];
};

export const layoutOrder = control({
  id: "layout-order",
  guideline: ["CF-01", "CF-08"],
  title: "The files of every integration are listed with the strongest first: secrets, endpoints, environment, base",
  failing: "A value of the base wins over the one that was meant to replace it",
  severity: "medium",
  risk: "none",
  rationale:
    "The first file in BAL_CONFIG_FILES that has a variable decides, and not the last, as in most other programs. A list the wrong way round runs production with the base's values, and nothing says so.",
  references: [{ source: "NIST 800-53", id: "CM-6" }],
  needs: { here: integrations },
  applies: ({ here }) =>
    here.integrations.some((integration) => listed(integration) !== undefined) ||
    "no integration is given several files (BAL_CONFIG_FILES)",
  inspect: ({ here }) => {
    const evidence = here.integrations
      .filter((integration) => listed(integration) !== undefined)
      .map(
        ({ id, configuration }): Evidence => ({
          asked: `BAL_CONFIG_FILES of ${id}, strongest first`,
          answered: configuration.files.map(({ path }) => path).join("\n") || "nothing",
        }),
      );
    const wrong = here.integrations.flatMap(wrongWith);
    return wrong.length === 0 ? pass(evidence) : fail(wrong.join("; "), evidence);
  },
  // Which of two values was meant, no machine can tell: reordering would change what runs.
  plan: () => [],
});
