import { stepWhere } from "../../../src/core/where.ts";
import type { Step } from "../../../src/model/step.ts";
import { whereIntegrations } from "../../runtime/workload/questions.ts";
import { deliveryActionsPinned } from "./delivery-actions-pinned.ts";
import { deliveryApproval } from "./delivery-approval.ts";
import { deliveryOneBuild } from "./delivery-one-build.ts";
import { deliveryProvenance } from "./delivery-provenance.ts";
import { generateDelivery } from "./generate.ts";
import { deliveryForge } from "./questions.ts";

const attested = [deliveryOneBuild, deliveryApproval, deliveryProvenance];

export const delivery: Step = stepWhere(whereIntegrations, {
  id: "delivery",
  category: "configuration",
  title: "Delivery",
  intro:
    "One build without configuration is promoted from development to production, and somebody approves the last step.",
  questions: [deliveryForge, ...attested.map(({ question }) => question)],
  controls: [deliveryActionsPinned, ...attested.map(({ control }) => control)],
  generate: generateDelivery,
});
