import { resourceRemarks } from "../../../src/containers/kubernetes.ts";
import { workloadControl } from "./judgement.ts";

/** Limits keep a neighbour alive, probes keep requests away from what does not answer. */
export const kubernetesResources = workloadControl({
  id: "kubernetes-resources",
  guideline: ["CF-04", "NW-01"],
  title: "Containers have requests, a limit of memory, and probes",
  failing: "A container has no limit, or nobody asks whether it works",
  severity: "low",
  rationale:
    "Without a limit the JVM takes its share of the whole node. Without probes a pod gets requests before it is ready and keeps them when it hangs.",
  references: [{ source: "CIS Docker", id: "5.11" }],
  nothing: "requests, limits and probes",
  remarks: resourceRemarks,
});
