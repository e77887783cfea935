import { privilegeRemarks } from "../../../src/containers/kubernetes.ts";
import { workloadControl } from "./judgement.ts";

/** Pod Security Standards, restricted, and a read-only root file system. */
export const kubernetesPrivileges = workloadControl({
  id: "kubernetes-privileges",
  guideline: ["CF-04", "RT-14"],
  title: "Containers are read-only, without capabilities, and cannot gain privileges",
  failing: "A container may change its own programs or gain privileges",
  severity: "medium",
  rationale:
    "Whoever gets in finds nowhere to put tools and nothing to climb with. A Ballerina program needs /tmp and nothing else: an emptyDir of its own.",
  references: [
    { source: "CIS Kubernetes", id: "5.2.6" },
    { source: "CIS Kubernetes", id: "5.2.9" },
    { source: "CIS Kubernetes", id: "5.7.2" },
  ],
  nothing: "read-only, no capabilities, RuntimeDefault, no escalation",
  remarks: privilegeRemarks,
});
