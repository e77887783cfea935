import { few } from "../../../src/core/few.ts";
import { control } from "../../../src/model/control.ts";
import { type Evidence, fail, pass } from "../../../src/model/finding.ts";
import type { Integration, Setting, SettingSource } from "../../../src/model/integration.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { mask } from "../../../src/workload/secrecy.ts";
import { valuesKnown } from "./questions.ts";

/** Where a value stands, in words; no value is in it. */
export const sourceInWords = (source: SettingSource): string => {
  switch (source.kind) {
    case "environment":
      return `${source.variable} (${source.from})`;
    case "argument":
      return `an argument (${source.from})`;
    case "file":
      return `${source.path}:${source.line}`;
    case "data":
      return `BAL_CONFIG_DATA (${source.from})`;
  }
};

const isFile = ({ kind }: SettingSource): boolean => kind === "file" || kind === "data";

/** One file over another is what layers are for; the environment or an argument over a file is seen by nobody who reads the file. */
const surprising = ({ source, shadowed }: Setting): boolean => !isFile(source) && shadowed.length > 0;

const shadowedOf = ({ configuration }: Integration, known: readonly string[]): readonly Setting[] =>
  configuration.settings.filter((setting) => surprising(setting) && !known.includes(setting.key));

/** Fields of a record that a stronger source gives without them: they are lost, and nothing says so. */
const lostOf = ({ configuration }: Integration, known: readonly string[]) =>
  (configuration.ignored ?? []).filter(({ key }) => !known.includes(key));

export const valuesShadowed = control({
  id: "values-shadowed",
  guideline: ["CF-08"],
  title: "No value of a configuration file is overridden behind the back of its readers",
  failing: "What stands in a configuration file is not what counts",
  severity: "medium",
  risk: "none",
  rationale:
    "A variable of the environment wins over an argument, and both over every file. Whoever edits the file then changes nothing, in the middle of an incident too. Of a record only one source counts: fields that another file adds are lost.",
  references: [{ source: "NIST 800-53", id: "CM-6" }],
  needs: { here: integrations },
  applies: ({ here }) =>
    here.integrations.some(({ configuration }) => configuration.settings.length > 0) ||
    "no integration is configured here",
  inspect: ({ here }, answers) => {
    const known = answers.get(valuesKnown);
    const evidence = here.integrations.map(({ id, configuration }): Evidence => {
      const shadowed = configuration.settings.filter((setting) => setting.shadowed.length > 0);
      const lines = [
        ...shadowed.map(
          ({ key, source, shadowed: others, secret }) =>
            `${key}${secret ? ` ${mask}` : ""}: ${sourceInWords(source)} wins over ${others.map((other) => sourceInWords(other.source)).join(", ")}`,
        ),
        ...(configuration.ignored ?? []).map(
          ({ key, source }) =>
            `${key}: ${sourceInWords(source)} is lost, a stronger source gives its record without it`,
        ),
      ];
      return {
        asked: `every source of the configuration of ${id}`,
        answered: lines.join("\n") || "each value is given once",
      };
    });
    const wrong = here.integrations.flatMap((integration) => {
      const shadowed = shadowedOf(integration, known).map(({ key, source }) => `${key} by ${sourceInWords(source)}`);
      const lost = lostOf(integration, known).map(({ key }) => `${key} lost with its record`);
      const all = [...shadowed, ...lost];
      return all.length === 0 ? [] : [`${integration.id}: ${few(all, 4)}`];
    });
    return wrong.length === 0 ? pass(evidence) : fail(wrong.join("; "), evidence);
  },
  // Which of the values was meant only its owner knows: taking one away would change what runs, or what somebody relies on.
  plan: () => [],
});
