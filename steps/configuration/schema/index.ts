import { documents, type Step } from "../../../src/model/step.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { describingFiles } from "./files.ts";
import { schemaDocument, schemaTrial } from "./questions.ts";
import { schemaConfiguration } from "./schema-configuration.ts";
import { schemaDocumented } from "./schema-documented.ts";
import { schemaTrialStart } from "./schema-trial-start.ts";

export const schemaStep: Step = {
  id: "schema",
  category: "configuration",
  title: "What can be configured",
  intro: "Every value fits what the program declares, and what it declares is written down.",
  questions: [schemaDocument, schemaTrial],
  controls: [schemaConfiguration, schemaTrialStart, schemaDocumented],
  documents: documents({ needs: { here: integrations }, files: ({ here }) => describingFiles(here) }),
};
