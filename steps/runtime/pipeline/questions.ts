import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { versions } from "../../../src/probes/versions.ts";
import { compareVersions, lineOf, shippedTable } from "../../../src/versions/table.ts";

export const forges = ["github", "gitlab", "jenkins"] as const;

export const pipelineForge = question({
  id: "pipeline.forge",
  kind: "multiselect",
  label: "Where programs are built",
  title: "Which build servers should drawbridge generate write pipelines for?",
  why: "Patching is automated where programs are built, not on this server: pipelines and update bots are written to a folder for you to look at and commit. No machine is changed by them.",
  schema: z.array(z.enum(forges)),
  needs: {},
  default: () => [...forges],
  choices: () => [
    { value: "github", label: "GitHub Actions", hint: "workflow, Dependabot, Renovate" },
    { value: "gitlab", label: "GitLab CI", hint: "pipeline, Renovate" },
    { value: "jenkins", label: "Jenkins", hint: "Jenkinsfile, Renovate" },
  ],
  describe: (chosen) => (chosen.length === 0 ? "none" : chosen.join(", ")),
});

export const pipelineDistribution = question({
  id: "pipeline.distribution",
  kind: "text",
  label: "Distribution to build with",
  title: "Which Ballerina distribution should the pipelines build with?",
  why: "Pipelines name it exactly, so that a build can be repeated; update bots propose the next one. Proposed is the newest patch of the line that is installed here, else of the newest line.",
  schema: z.string().regex(/^\d{4}\.\d+\.\d+$/u, "must be a version such as 2201.13.5"),
  needs: { table: raw(versions), here: raw(integrations) },
  default: ({ table: fact, here }) => {
    const { ballerina } = knownValue(fact)?.table ?? shippedTable();
    const patched = Object.entries(ballerina).filter(([, line]) => line.patched);
    const installed = knownValue(here)?.installations.find(({ product }) => product === "ballerina")?.version;
    const own = installed === undefined ? undefined : patched.find(([line]) => line === lineOf(installed))?.[1].latest;
    const newest = patched
      .map(([, { latest }]) => latest)
      .sort(compareVersions)
      .at(-1);
    return own ?? newest ?? "";
  },
});
