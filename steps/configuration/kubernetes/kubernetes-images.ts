import { imageRemarks } from "../../../src/containers/kubernetes.ts";
import { workloadControl } from "./judgement.ts";

/** Rolling back needs a name for what ran before. */
export const kubernetesImages = workloadControl({
  id: "kubernetes-images",
  guideline: ["CF-04", "CF-05"],
  title: "Manifests name images by a release or a digest",
  failing: "A manifest starts whatever an image's name means that day",
  severity: "medium",
  rationale:
    "With latest every pod that is started again may be another program, and a rollback starts the same one. The pipeline writes the digest that was scanned.",
  references: [{ source: "CIS Docker", id: "4.2" }],
  nothing: "images have a release or a digest",
  remarks: imageRemarks,
});
