import { writtenSecrets } from "../../../src/containers/kubernetes.ts";
import { manifestControl } from "./judgement.ts";

/** CF-04, CF-09: base64 is no encryption. */
export const kubernetesSecrets = manifestControl({
  id: "kubernetes-secrets",
  guideline: ["CF-04", "CF-09"],
  title: "Manifests name Secrets and do not contain them",
  failing: "A manifest contains a Secret with its values",
  severity: "critical",
  rationale:
    "The file is committed, copied and kept in backups, and base64 hides nothing. Secrets are made from a file that is deleted, or filled by External Secrets, Vault or sealed for the cluster.",
  references: [
    { source: "CIS Kubernetes", id: "5.4.2" },
    { source: "CWE", id: "CWE-540" },
  ],
  nothing: "no Secret with values",
  remarks: writtenSecrets,
});
