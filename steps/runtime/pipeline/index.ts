import { stepWhere } from "../../../src/core/where.ts";
import type { Step } from "../../../src/model/step.ts";
import { whereIntegrations } from "../workload/questions.ts";
import { generatePipeline } from "./generate.ts";
import { pipelineAdvisories } from "./pipeline-advisories.ts";
import { pipelineRollback } from "./pipeline-rollback.ts";
import { pipelineScanned } from "./pipeline-scanned.ts";
import { pipelineStaging } from "./pipeline-staging.ts";
import { pipelineUpdates } from "./pipeline-updates.ts";
import { pipelineDistribution, pipelineForge } from "./questions.ts";

const attested = [pipelineScanned, pipelineUpdates, pipelineStaging, pipelineRollback, pipelineAdvisories];

export const pipeline: Step = stepWhere(whereIntegrations, {
  id: "pipeline",
  category: "runtime",
  title: "Pipeline",
  intro:
    "How patches get here by themselves: scans, update bots, staging and the way back. Asked, because no server can see it.",
  questions: [pipelineForge, pipelineDistribution, ...attested.map(({ question }) => question)],
  controls: attested.map(({ control }) => control),
  generate: generatePipeline,
});
