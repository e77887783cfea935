import { few } from "../../../src/core/few.ts";
import { type Control, type ControlText, control, type Proposal } from "../../../src/model/control.ts";
import { type Evidence, fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { Integration, WhatRunsHere } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type SecretPlaces, secretPlaces } from "../../../src/probes/secret-places.ts";
import { mask } from "../../../src/workload/secrecy.ts";
import { type Kind, moveObstacle, relocation } from "./relocate.ts";

export const needs = { here: integrations, places: secretPlaces };
type Facts = { readonly here: WhatRunsHere; readonly places: SecretPlaces };

export const someIntegration = ({ here }: { readonly here: WhatRunsHere }): true | string =>
  here.integrations.length > 0 || "no integration runs here: generate the files for one instead";

/** A secret as it may be spoken about. */
export type Named = { readonly file: string; readonly name: string; readonly line?: number };

/** "orders-api: dbPassword, apiKey in /opt/orders/Config.toml" */
export const spoken = ({ id }: Integration, found: readonly Named[]): string => {
  const files = [...new Set(found.map(({ file }) => file))];
  const parts = files.map((file) => {
    const names = [...new Set(found.filter((each) => each.file === file).map(({ name }) => name))];
    return `${few(names, 4)} in ${file}`;
  });
  return `${id}: ${parts.join(", ")}`;
};

type Definition = Omit<ControlText, "guideline"> & {
  readonly kind: Kind;
  readonly asked: (integration: Integration) => string;
  readonly found: (integration: Integration) => readonly Named[];
  /** What is added to a line of evidence about a file. */
  readonly state?: (integration: Integration, file: string) => string;
};

/** A control about secrets that lie in one kind of place, and can be moved out of it. */
export const secretControl = (definition: Definition): Control<typeof needs> => {
  const { found, kind } = definition;
  /** Half of them moved would be taken back by the second look: all of them, or none. */
  const obstacles = ({ here }: Facts, answers: AnswerReader): readonly string[] =>
    here.integrations.flatMap((integration) => {
      if (found(integration).length === 0) return [];
      const obstacle = moveObstacle(integration, kind, answers);
      return obstacle === undefined ? [] : [`${integration.id}: ${obstacle}`];
    });
  return control({
    id: definition.id,
    guideline: ["RT-05"],
    title: definition.title,
    failing: definition.failing,
    severity: definition.severity,
    risk: "restart",
    rationale: definition.rationale,
    references: definition.references,
    needs,
    applies: someIntegration,
    inspect: (facts, answers) => {
      const evidence = facts.here.integrations.map((integration): Evidence => {
        const lines = found(integration).map(
          ({ file, line, name }) =>
            `${definition.state?.(integration, file) ?? ""}${file}${line === undefined ? "" : `:${line}`} ${name} ${mask}`,
        );
        return { asked: definition.asked(integration), answered: lines.length === 0 ? "no secret" : lines.join("\n") };
      });
      const wrong = facts.here.integrations.filter((integration) => found(integration).length > 0);
      if (wrong.length > 0) {
        const detail = wrong.map((integration) => spoken(integration, found(integration))).join("; ");
        const obstacle = obstacles(facts, answers);
        return fail(obstacle.length === 0 ? detail : `${detail}. Not from here: ${obstacle.join("; ")}`, evidence);
      }
      const unread = facts.here.integrations.flatMap(({ id, configuration }) =>
        configuration.files
          .filter(({ state }) => kind === "configuration" && (state === "unreadable" || state === "invalid"))
          .map(({ path, problem }) => `${id}: ${path} ${problem ?? "cannot be read"}`),
      );
      return unread.length > 0 ? unknownVerdict(unread.join("; "), evidence) : pass(evidence);
    },
    plan: (facts, answers): readonly Proposal[] =>
      obstacles(facts, answers).length > 0
        ? []
        : facts.here.integrations
            .filter((integration) => found(integration).length > 0)
            .flatMap((integration) => relocation(integration, kind, facts.places, answers)),
    breaks: ({ here }) => [
      ...(kind === "command line" && here.integrations.some((integration) => found(integration).length > 0)
        ? ["What was on a command line is in the journal and was public: change these passwords afterwards"]
        : []),
      ...here.integrations
        .filter((integration) => found(integration).length > 0 && integration.unit?.activeState === "active")
        .map(({ unit }) => `${unit?.name} is restarted once; it goes back by itself if it does not answer as before`),
    ],
  });
};
