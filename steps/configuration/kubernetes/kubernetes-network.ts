import { networkRemarks } from "../../../src/containers/kubernetes.ts";
import { workloadControl } from "./judgement.ts";

/** Without a policy every pod of the cluster reaches every other one. */
export const kubernetesNetwork = workloadControl({
  id: "kubernetes-network",
  guideline: ["CF-04", "RT-07"],
  title: "A NetworkPolicy says who may call a pod and what it may call",
  failing: "Nothing limits who calls a pod, or what it calls",
  severity: "medium",
  rationale:
    "A program that was taken over looks around first: other pods, the metadata service of the cloud, the way out. The endpoints of an integration are known, so the rest can be closed.",
  references: [{ source: "CIS Kubernetes", id: "5.3.2" }],
  nothing: "a policy for both directions",
  remarks: networkRemarks,
});
