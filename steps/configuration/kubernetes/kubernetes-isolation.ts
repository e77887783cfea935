import { isolationRemarks } from "../../../src/containers/kubernetes.ts";
import { workloadControl } from "./judgement.ts";

/** Pod Security Standards, baseline. */
export const kubernetesIsolation = workloadControl({
  id: "kubernetes-isolation",
  guideline: ["CF-04", "RT-14"],
  title: "No pod is given its node",
  failing: "A pod is given its node",
  severity: "critical",
  rationale:
    "A privileged container, a folder of the node or its network make a hole in one program a hole in the node, and with it in every other pod there.",
  references: [
    { source: "CIS Kubernetes", id: "5.2.2" },
    { source: "CIS Kubernetes", id: "5.2.5" },
  ],
  nothing: "nothing of the node is given away",
  remarks: isolationRemarks,
});
