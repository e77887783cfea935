import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { type forges, pipelineDistribution, pipelineForge } from "./questions.ts";

type PipelineFile = {
  readonly path: string;
  readonly mode: string;
  readonly about: string;
  /** Left out: whichever build server it is. */
  readonly forge?: (typeof forges)[number];
};

const files: readonly PipelineFile[] = [
  {
    path: ".github/workflows/integration.yml",
    mode: "0644",
    about: "GitHub: builds, scans source, program and image, writes a bill of materials, stages and releases.",
    forge: "github",
  },
  {
    path: ".github/dependabot.yml",
    mode: "0644",
    about: "Dependabot for actions, images and Compose files; it knows no Ballerina.",
    forge: "github",
  },
  {
    path: ".gitlab-ci.yml",
    mode: "0644",
    about: "GitLab: builds, scans source, program and image, writes a bill of materials, stages and releases.",
    forge: "gitlab",
  },
  {
    path: "Jenkinsfile",
    mode: "0644",
    about: "Jenkins: builds, scans source, program and image, writes a bill of materials, stages and releases.",
    forge: "jenkins",
  },
  {
    path: "renovate.json",
    mode: "0644",
    about:
      "Renovate, with patterns that find the Ballerina distribution and base images in Ballerina.toml, Cloud.toml and pipelines.",
  },
  {
    path: "deploy.sh",
    mode: "0755",
    about: "Brings a JAR to a server over ssh, waits until it answers, goes back to the last one when it does not.",
  },
  { path: "docs/rollback-plan.md", mode: "0644", about: "A rollback plan to fill in and to rehearse." },
];

/** Everything for the repository of a program. Pure. */
export const generatePipeline = (answers: AnswerReader): readonly RenderedFile[] => {
  const chosen = answers.get(pipelineForge);
  if (chosen.length === 0) return [];
  return files
    .filter(({ forge }) => forge === undefined || chosen.includes(forge))
    .map(({ path, mode, about }) => ({
      path: `/repository/${path}`,
      content: template(`runtime/pipeline/${path}`).replaceAll("{{distribution}}", answers.get(pipelineDistribution)),
      mode,
      about,
    }));
};
