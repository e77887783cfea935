import type { Integration, TomlValue } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type FeatureName, supports } from "../../../src/workload/modules.ts";
import { settingAt } from "../../../src/workload/settings.ts";
import { type ConfigurationEdit, configurationObstacle } from "../configuration.ts";
import { type Served, served } from "../jvm/served.ts";
import { statedDistribution } from "../workload/described.ts";

/** A key of the program's libraries and what it is to say. */
export type WantedSetting = { readonly key: string; readonly feature: FeatureName; readonly value: TomlValue };

export const settingValue = (integration: Integration, key: string): TomlValue | undefined =>
  settingAt(integration, key)?.value;

/** Why a key cannot be written for this program; undefined when it can. Where nobody knows, nothing is written. */
export const settingObstacle = (
  integration: Integration,
  { key, feature }: WantedSetting,
  answers: AnswerReader,
): string | undefined => {
  const source = settingAt(integration, key)?.source;
  if (source !== undefined && source.kind !== "file") return `${key} is decided by ${source.from}: change it there`;
  const obstacle = configurationObstacle(integration);
  if (obstacle !== undefined) return obstacle;
  const supported = supports(integration, feature, statedDistribution(answers));
  return supported === "yes"
    ? undefined
    : supported === "no"
      ? `its libraries do not know ${key}`
      : `nothing shows whether its libraries know ${key}: answer workload.distribution`;
};

export const editOf = ({ key, value }: WantedSetting): ConfigurationEdit => ({ set: key.split("."), value });

/** Programs of Ballerina's: others know none of these keys. */
export const servedBallerina = (facts: Parameters<typeof served>[0], answers: AnswerReader): readonly Served[] =>
  served(facts, answers).filter(({ integration }) => integration.kind !== "java");

export const describeSettings = (integration: Integration, keys: readonly string[]) => ({
  asked: `settings of ${integration.id}`,
  answered: keys.map((key) => `${key} = ${shown(settingValue(integration, key))}`).join("; "),
});

const shown = (value: TomlValue | undefined): string =>
  value === undefined
    ? "not set"
    : typeof value === "object"
      ? `${Array.isArray(value) ? "list" : "table"}`
      : `${value}`;
