import { integrationsFolder } from "../../../src/core/root-folder.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { type ConfigurationPlaces, configurationPlaces } from "../../../src/probes/configuration-places.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { describable, describingFiles } from "./files.ts";
import { schemaDocument } from "./questions.ts";

const missingIn = (files: readonly RenderedFile[], { found }: ConfigurationPlaces): readonly RenderedFile[] =>
  files.filter(({ path }) => !found.has(path));

const olderIn = (files: readonly RenderedFile[], { texts }: ConfigurationPlaces): readonly string[] =>
  files.filter(({ path, content }) => texts.has(path) && texts.get(path) !== content).map(({ path }) => path);

/**
 * Only whether it is written down at all: what a plan writes describes the machine before that same plan, so holding it
 * against the machine afterwards would take every change of a configuration back.
 */
export const schemaDocumented = control({
  id: "schema-documented",
  guideline: ["CF-11"],
  title: "What every integration can be configured with, and whom it calls, is written down on the machine",
  failing: "Nothing on the machine says what an integration can be configured with",
  severity: "low",
  risk: "none",
  rationale:
    "Names and types of the values stand in the sources, which are not here. Whoever has to change one at night writes a key that does not exist, and the program does not start.",
  references: [{ source: "NIST 800-53", id: "CM-8" }],
  needs: { here: integrations, places: configurationPlaces },
  applies: ({ here }, answers) => {
    if (describable(here).length === 0) return "no integration runs here as a service of this machine";
    return answers.get(schemaDocument) || "it is written down elsewhere (schema.document)";
  },
  inspect: ({ here, places }) => {
    const files = describingFiles(here);
    const asked = "stat of the examples, schemas and the list of endpoints in /etc/integrations";
    const lacking = missingIn(files, places).map(({ path }) => path);
    const stale = olderIn(files, places);
    const evidence = [
      {
        asked,
        answered:
          [
            ...lacking.map((path) => `${path} missing`),
            ...stale.map(
              (path) => `${path} is older than the configuration: remove it and apply again, or drawbridge generate`,
            ),
          ].join("\n") || "all there, and of today",
      },
    ];
    return lacking.length === 0 ? pass(evidence) : fail(`there is no ${lacking.join(", no ")}`, evidence);
  },
  plan: ({ here, places }, answers) => {
    if (!answers.get(schemaDocument)) return [];
    const folder: readonly Change[] = places.found.has("/etc/integrations") ? [] : [integrationsFolder];
    return [
      ...folder,
      ...missingIn(describingFiles(here), places).map(({ path, content, mode, about }) =>
        change({
          kind: "file",
          phase: "files",
          risk: "none",
          title: about.replace(/\.$/u, ""),
          path,
          before: null,
          after: { content, mode, owner: "root", group: "root" },
        }),
      ),
    ];
  },
});
