import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { kubernetesName, kubernetesPort, kubernetesReplicas } from "../kubernetes/questions.ts";
import { containersImage } from "./questions.ts";

const files: readonly (readonly [path: string, source: string, about: string])[] = [
  ["Dockerfile", "Dockerfile", "An image of the program alone, as a numeric user, from a base named by digest."],
  [".dockerignore", "dockerignore", "Lets nothing but the program into a build."],
  ["deploy/compose/README.md", "README.md", "Which files Compose and Swarm mount, with which owners and modes."],
  [
    "deploy/compose/compose.yaml",
    "compose.yaml",
    "One machine: read-only, without capabilities, secrets as a file, port for the proxy alone.",
  ],
  [
    "deploy/compose/stack.yaml",
    "stack.yaml",
    "A swarm: configs and secrets 0440, a new task answers before an old one goes.",
  ],
  ["deploy/compose/integration.env", "integration.env", "Variables without secrets."],
  ["deploy/compose/base.toml", "base.toml", "Configuration that is the same everywhere, without secrets."],
  ["deploy/compose/environment.toml", "environment.toml", "What differs here, without secrets."],
];

/** Dockerfile, Compose and Swarm. Pure; no value of a secret is in it. */
export const generateContainers = (answers: AnswerReader): readonly RenderedFile[] => {
  const values: Readonly<Record<string, string>> = {
    name: answers.get(kubernetesName),
    image: answers.get(containersImage),
    port: String(answers.get(kubernetesPort)),
    replicas: String(answers.get(kubernetesReplicas)),
  };
  return files.map(([path, source, about]) => ({
    path: `/repository/${path}`,
    content: template(`configuration/containers/${source}`).replace(
      /\{\{([a-z]+)\}\}/gu,
      (whole, name: string) => values[name] ?? whole,
    ),
    mode: "0644",
    about,
  }));
};
