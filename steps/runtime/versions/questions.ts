import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { software } from "../../../src/probes/software.ts";

export const wantedTools = question({
  id: "versions.tools",
  kind: "multiselect",
  label: "Development tools that stay",
  title: "Which development tools are meant to be on this server?",
  why: "A compiler or an editor helps whoever breaks in to build and to look around; a server runs what was built elsewhere. None is proposed to stay: tick those that the running of this server needs, such as git for a deployment that pulls.",
  schema: z.array(z.string().regex(/^\/[^\t\n\r\0]+$/u, "must be the path of a program")),
  needs: { installed: raw(software) },
  when: ({ installed }) => (knownValue(installed)?.tools.length ?? 0) > 0,
  default: () => [] as string[],
  choices: ({ installed }) =>
    (knownValue(installed)?.tools ?? []).map(({ path, kind }) => ({ value: path, label: path, hint: kind })),
  current: ({ installed }) =>
    knownValue(installed)
      ?.tools.map(({ path }) => path)
      .join(", ") || "none found",
  describe: (paths) => (paths.length === 0 ? "none" : paths.join(", ")),
});
