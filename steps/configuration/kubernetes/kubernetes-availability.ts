import { availabilityRemarks } from "../../../src/containers/kubernetes.ts";
import { workloadControl } from "./judgement.ts";

/** NW-01 in a cluster: two pods on two nodes, and a maintenance that takes one at a time. */
export const kubernetesAvailability = workloadControl({
  id: "kubernetes-availability",
  guideline: ["CF-04", "NW-01"],
  title: "Deployments have two replicas on different nodes and a disruption budget",
  failing: "One node, or one maintenance, stops an integration",
  severity: "medium",
  rationale:
    "Two pods on one node fall together, and without a budget draining two nodes takes both pods at once. An autoscaler counts as replicas.",
  references: [{ source: "NIST 800-53", id: "SC-5" }],
  nothing: "replicas, spread and budget",
  remarks: availabilityRemarks,
});
