import { type Control, fragment } from "../../../src/model/control.ts";
import { notApplicable } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { type RawNeed, raw } from "../../../src/model/probe.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type SecretPlaces, secretPlaces } from "../../../src/probes/secret-places.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { configurationEdits } from "../configuration.ts";
import { appliesToServed, verdictOn } from "../jvm/served.ts";
import { describeSettings, editOf, servedBallerina, settingObstacle, type WantedSetting } from "./settings.ts";

type Needs = {
  readonly here: typeof integrations;
  readonly units: typeof unitFiles;
  /** Asked for the composer's sake, which writes beside them. */
  readonly places: RawNeed<SecretPlaces>;
};

type Texts = Omit<Control<Needs>, "needs" | "applies" | "inspect" | "plan">;

/** A control about keys of Config.toml: what is wrong with them, and what they are to say. */
export const settingControl = (
  texts: Texts,
  definition: {
    /** Keys that are shown as evidence. */
    readonly keys: readonly string[];
    /** Programs that it is about; a string says why it is about none. */
    readonly about?: (integration: Integration, answers: AnswerReader) => boolean;
    readonly none?: string;
    readonly problem: (integration: Integration, answers: AnswerReader) => string | undefined;
    readonly wanted: (integration: Integration, answers: AnswerReader) => readonly WantedSetting[];
    /** Paths of keys that have to go; only ones that are there. */
    readonly removed?: (integration: Integration) => readonly (readonly string[])[];
  },
): Control<Needs> => {
  const about = definition.about ?? (() => true);
  return {
    ...texts,
    needs: { here: integrations, units: unitFiles, places: raw(secretPlaces) },
    applies: appliesToServed,
    inspect: (facts, answers) => {
      const all = servedBallerina(facts, answers).filter(({ integration }) => about(integration, answers));
      if (all.length === 0) return notApplicable(definition.none ?? "no Ballerina program runs here as a service");
      return verdictOn(
        all,
        ({ integration }) => {
          const problem = definition.problem(integration, answers);
          if (problem === undefined) return undefined;
          const obstacle = definition
            .wanted(integration, answers)
            .map((wanted) => settingObstacle(integration, wanted, answers))
            .find((reason) => reason !== undefined);
          return obstacle === undefined ? problem : `${problem} (${obstacle})`;
        },
        ({ integration }) => describeSettings(integration, definition.keys),
      );
    },
    plan: (facts, answers) =>
      servedBallerina(facts, answers)
        .filter(
          ({ integration }) => about(integration, answers) && definition.problem(integration, answers) !== undefined,
        )
        .flatMap(({ integration }) => {
          const wanted = definition.wanted(integration, answers);
          if (wanted.some((each) => settingObstacle(integration, each, answers) !== undefined)) return [];
          const edits = [
            ...wanted.map(editOf),
            ...(definition.removed?.(integration) ?? []).map((remove) => ({ remove })),
          ];
          return edits.length === 0 ? [] : [fragment(configurationEdits, { integration: integration.id, edits })];
        }),
  };
};
