import { centralFolder, layoutFound, loaderPath } from "../../../src/configuration/layout.ts";
import { integrationsFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type ConfigurationPlaces, configurationPlaces } from "../../../src/probes/configuration-places.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { layoutForm } from "./questions.ts";

const wrongWith = ({ found, texts }: ConfigurationPlaces): string | undefined => {
  const stat = found.get(loaderPath);
  if (stat === undefined) return `there is no ${loaderPath}`;
  if (stat.kind !== "file") return `${loaderPath} is no regular file`;
  if (texts.get(loaderPath) !== template("configuration/load")) return `${loaderPath} is not as it was made`;
  if (stat.owner !== "root" || stat.mode !== "0755") return `${loaderPath} is ${stat.mode} ${stat.owner}:${stat.group}`;
  return undefined;
};

export const layoutLoader = control({
  id: "layout-loader",
  guideline: ["CF-01"],
  title: "One loader starts every integration of the centralised layout with its files in the right order",
  failing: "Nothing but its service starts an integration with the right configuration",
  severity: "low",
  risk: "none",
  rationale:
    "Ballerina takes every value from the first file that has it, so the order of the files decides. Whoever starts an integration by hand or from a job should not have to know that order.",
  references: [{ source: "NIST 800-53", id: "CM-6" }],
  needs: { here: integrations, places: configurationPlaces },
  applies: ({ here }, answers) =>
    here.integrations.some((integration) => layoutFound(integration) === "centralised") ||
    (answers.get(layoutForm) === "centralised" && here.integrations.length > 0) ||
    "the layout is not centralised",
  inspect: ({ places }) => {
    const stat = places.found.get(loaderPath);
    const said = stat === undefined || stat.kind === "missing" ? "missing" : `${stat.mode} ${stat.owner}:${stat.group}`;
    const evidence = [{ asked: `stat and text of ${loaderPath}`, answered: said }];
    const wrong = wrongWith(places);
    return wrong === undefined ? pass(evidence) : fail(wrong, evidence);
  },
  plan: ({ places }) => {
    const stat = places.found.get(loaderPath);
    const content = places.texts.get(loaderPath);
    if (stat !== undefined && (stat.kind !== "file" || content === undefined)) return [];
    const folder: readonly Change[] = places.found.has(centralFolder) ? [] : [integrationsFolder];
    return [
      ...folder,
      change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: "One loader for the configuration of all integrations",
        path: loaderPath,
        before:
          stat?.kind === "file" && content !== undefined
            ? { content, mode: stat.mode, owner: stat.owner, group: stat.group }
            : null,
        after: { content: template("configuration/load"), mode: "0755", owner: "root", group: "root" },
      }),
    ];
  },
});
