import { tokenRemarks } from "../../../src/containers/kubernetes.ts";
import { workloadControl } from "./judgement.ts";

/** An integration does not talk to the cluster's API. */
export const kubernetesServiceAccount = workloadControl({
  id: "kubernetes-service-account",
  guideline: ["CF-04"],
  title: "Pods get no token of the cluster's API",
  failing: "A pod gets a token of the cluster's API",
  severity: "medium",
  rationale:
    "The token lies in every pod unless it is switched off, and lets whoever reads it ask the API what that account may. An integration never uses it.",
  references: [{ source: "CIS Kubernetes", id: "5.1.6" }],
  nothing: "automountServiceAccountToken is false",
  remarks: tokenRemarks,
});
