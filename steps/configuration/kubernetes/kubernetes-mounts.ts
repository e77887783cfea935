import { mountRemarks } from "../../../src/containers/kubernetes.ts";
import { workloadControl } from "./judgement.ts";

/** CF-04: read-only, and readable by the program alone. 0440 with fsGroup is 288 as a number. */
export const kubernetesMounts = workloadControl({
  id: "kubernetes-mounts",
  guideline: ["CF-04"],
  title: "Configuration and secrets are mounted read-only with mode 0400 or 0440",
  failing: "Configuration or secrets are mounted open or writable",
  severity: "medium",
  rationale:
    "Without a mode a Secret is mounted 0644, for every process of the pod. defaultMode is a plain number: 440 without the leading 0 is a mode nobody meant.",
  references: [{ source: "man", id: "Kubernetes volumes: secret" }],
  nothing: "mounted read-only, mode 0400 or 0440",
  remarks: mountRemarks,
});
