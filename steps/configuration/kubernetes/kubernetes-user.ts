import { userRemarks } from "../../../src/containers/kubernetes.ts";
import { workloadControl } from "./judgement.ts";

/** Pod Security Standards, restricted; a number, because a name cannot be checked. */
export const kubernetesUser = workloadControl({
  id: "kubernetes-user",
  guideline: ["CF-04", "RT-14"],
  title: "Pods run as a numeric user other than root",
  failing: "A pod may run as root",
  severity: "high",
  rationale:
    "runAsNonRoot without a number refuses images that name their user by a word, as Ballerina's own do. With runAsUser it holds whatever the image says.",
  references: [{ source: "CIS Kubernetes", id: "5.2.7" }],
  nothing: "runAsNonRoot with a number",
  remarks: userRemarks,
});
