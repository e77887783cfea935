import { layoutFound, type Part, partOf } from "../../../src/configuration/layout.ts";
import { control } from "../../../src/model/control.ts";
import { type Evidence, fail, pass } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { configurationPlaces } from "../../../src/probes/configuration-places.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { secretPlaces } from "../../../src/probes/secret-places.ts";
import { variableOf } from "../../../src/workload/variables.ts";
import { type LayoutFacts, migration, migrationObstacle } from "./migration.ts";
import { layoutEnvironment, layoutForm } from "./questions.ts";

const judged = ({ here }: Pick<LayoutFacts, "here">): readonly Integration[] =>
  here.integrations.filter(({ kind, container }) => kind !== "java" && !container);

const words: Readonly<Record<Part, string>> = {
  secrets: "secret",
  endpoints: "address",
  environment: "of the stage",
  base: "of the base",
};

/** "14 values: 2 secret, 1 address, 4 of the stage, 7 of the base" */
const mixture = (integration: Integration, answers: AnswerReader): string => {
  const { settings } = integration.configuration;
  const sorting = {
    endpoints: new Set(integration.endpoints.map(({ key }) => key)),
    environment: answers.get(layoutEnvironment),
  };
  const counts = new Map<Part, number>();
  for (const setting of settings) {
    const part = partOf(variableOf(integration, setting.path), [setting], sorting);
    counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  const told = [...counts].map(([part, count]) => `${count} ${words[part]}`).join(", ");
  return `${settings.length} value${settings.length === 1 ? "" : "s"}${told === "" ? "" : `: ${told}`}`;
};

/** The layout that is wanted: any, or the one that was answered. */
const isWanted = (integration: Integration, answers: AnswerReader): boolean => {
  const found = layoutFound(integration);
  const wanted = answers.get(layoutForm);
  if (found === "nothing") return true;
  return wanted === "keep" ? found === "centralised" || found === "decentralised" : found === wanted;
};

const obstacles = (facts: LayoutFacts, answers: AnswerReader): readonly string[] => {
  const form = answers.get(layoutForm);
  if (form === "keep") return [];
  return judged(facts)
    .filter((integration) => !isWanted(integration, answers))
    .flatMap((integration) => {
      const obstacle = migrationObstacle(integration, form, facts, answers);
      return obstacle === undefined ? [] : [`${integration.id}: ${obstacle}`];
    });
};

export const layoutFiles = control({
  id: "layout-files",
  guideline: ["CF-01", "CF-02"],
  title:
    "Base, environment, endpoints and secrets of every integration lie in files of their own, named by its service",
  failing: "One file holds everything an integration is configured with",
  severity: "low",
  risk: "restart",
  rationale:
    "What is the same everywhere, what differs from stage to stage and what is secret change at different times by different people. In one file every promotion carries all of it, and everybody who may change a log level may read the passwords.",
  references: [
    { source: "NIST 800-53", id: "CM-2" },
    { source: "NIST 800-53", id: "CM-6" },
  ],
  needs: { here: integrations, secrets: secretPlaces, places: configurationPlaces },
  applies: (facts) => judged(facts).length > 0 || "no integration runs here",
  inspect: (facts, answers) => {
    const evidence = judged(facts).map((integration): Evidence => {
      const { id, configuration } = integration;
      return {
        asked: `BAL_CONFIG_FILES and the working directory of ${id}`,
        answered: [
          `${layoutFound(integration)}; decided by ${configuration.decidedBy}; ${mixture(integration, answers)}`,
          ...configuration.files.map(({ path, state }) => `  ${path} ${state}`),
        ].join("\n"),
      };
    });
    const wrong = judged(facts).filter((integration) => !isWanted(integration, answers));
    if (wrong.length === 0) return pass(evidence);
    const detail = wrong
      .map((integration) => {
        const [file] = integration.configuration.files;
        const found = layoutFound(integration);
        return `${integration.id}: ${found === "single file" ? `one file, ${file?.path}` : found}, ${mixture(integration, answers)}`;
      })
      .join("; ");
    const obstacle = obstacles(facts, answers);
    return fail(obstacle.length === 0 ? detail : `${detail}. Not from here: ${obstacle.join("; ")}`, evidence);
  },
  // Half of the integrations moved would be taken back by the second look: all of them, or none.
  plan: (facts, answers) => {
    const form = answers.get(layoutForm);
    if (form === "keep" || obstacles(facts, answers).length > 0) return [];
    return judged(facts)
      .filter((integration) => !isWanted(integration, answers))
      .flatMap((integration) => migration(integration, form, facts, answers));
  },
  breaks: (facts, answers) =>
    answers.get(layoutForm) === "keep"
      ? []
      : judged(facts)
          .filter((integration) => !isWanted(integration, answers))
          .map(
            ({ id, configuration }) =>
              `Scripts and people that edit ${configuration.files[0]?.path ?? "the configuration"} of ${id} find it gone: its values are in the parts`,
          ),
});
