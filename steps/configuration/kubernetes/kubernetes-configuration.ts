import { openSecrets } from "../../../src/containers/kubernetes.ts";
import { manifestControl } from "./judgement.ts";

/** CF-04: configuration in ConfigMaps, secrets in Secrets. */
export const kubernetesConfiguration = manifestControl({
  id: "kubernetes-configuration",
  guideline: ["CF-04", "RT-05"],
  title: "ConfigMaps and variables of pods hold no secret",
  failing: "A ConfigMap or a variable of a pod holds secrets",
  severity: "high",
  rationale:
    "ConfigMaps are readable by everybody who may look at the namespace, are shown by every dashboard and are not encrypted at rest. A Secret can be closed by roles, and encrypted.",
  references: [
    { source: "CIS Kubernetes", id: "5.4.1" },
    { source: "CWE", id: "CWE-312" },
  ],
  nothing: "no secret in ConfigMaps and variables",
  remarks: openSecrets,
});
