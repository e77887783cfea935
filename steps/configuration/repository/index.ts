import { stepWhere } from "../../../src/core/where.ts";
import type { Step } from "../../../src/model/step.ts";
import { whereIntegrations } from "../../runtime/workload/questions.ts";
import { generateRepository } from "./generate.ts";
import { repositoryPaths, repositoryRotationDays } from "./questions.ts";
import { repositoryConfiguration } from "./repository-configuration.ts";
import { repositoryHistory } from "./repository-history.ts";
import { repositoryIgnore } from "./repository-ignore.ts";
import { repositoryRotation } from "./repository-rotation.ts";
import { repositoryRotationPlan } from "./repository-rotation-plan.ts";
import { repositorySecrets } from "./repository-secrets.ts";

export const repository: Step = stepWhere(whereIntegrations, {
  id: "repository",
  category: "configuration",
  title: "Repository",
  intro: "No secret is under version control or in its history, and secrets are changed before they get old.",
  questions: [repositoryPaths, repositoryRotationDays, repositoryRotationPlan.question],
  controls: [
    repositorySecrets,
    repositoryHistory,
    repositoryConfiguration,
    repositoryIgnore,
    repositoryRotation,
    repositoryRotationPlan.control,
  ],
  generate: generateRepository,
});
