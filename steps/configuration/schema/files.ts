import {
  exampleOf,
  registered,
  registryJson,
  registryMarkdown,
  schemaOfIntegration,
} from "../../../src/configuration/registry.ts";
import type { Integration, WhatRunsHere } from "../../../src/model/integration.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { exampleFile, registryFiles, schemaFileOf } from "../../../src/probes/configuration-places.ts";

const fits = (id: string): boolean => /^[A-Za-z0-9][A-Za-z0-9@_.-]*$/u.test(id);

/** Those that run as services of this machine, under a name that is fit for a file. */
export const describable = ({ integrations }: WhatRunsHere): readonly Integration[] =>
  integrations.filter(({ id, kind, container }) => kind !== "java" && !container && fits(id));

/** What describes the integrations of a machine: an example and a schema of each configuration, and whom they call. */
export const describingFiles = (here: WhatRunsHere): readonly RenderedFile[] => {
  const described = describable(here);
  if (described.length === 0) return [];
  const endpoints = registered(described);
  return [
    ...described.flatMap((integration): readonly RenderedFile[] => {
      const schema = schemaOfIntegration(integration);
      return [
        {
          path: exampleFile(integration.id),
          content: exampleOf(integration),
          mode: "0640",
          about: `Everything that ${integration.id} can be configured with, with types and without secrets.`,
        },
        ...(schema === undefined
          ? []
          : [
              {
                path: schemaFileOf(integration.id),
                content: `${JSON.stringify(schema, null, 2)}\n`,
                mode: "0640",
                about: `The same as JSON Schema, for editors and for drawbridge promote --schema.`,
              },
            ]),
      ];
    }),
    {
      path: registryFiles.markdown,
      content: registryMarkdown(endpoints),
      mode: "0640",
      about: "Whom the integrations of this machine call.",
    },
    { path: registryFiles.json, content: registryJson(endpoints), mode: "0640", about: "The same, for programs." },
  ];
};
