import { configurationSecrets, imageControl, secretFiles } from "./images.ts";

/** Keys, stores and texts with secrets in any layer; secrets in environment, labels and history. */
export const imageSecrets = imageControl({
  id: "image-secrets",
  guideline: ["CF-03", "RT-05"],
  title: "No saved image has keys or secrets in its layers, its environment or its history",
  failing: "A saved image has keys or secrets in it",
  severity: "critical",
  rationale:
    "Whoever gets the image gets them, with every tag that shares the layer. They have to be changed: removing them from the next build does not take them back.",
  references: [
    { source: "CIS Docker", id: "4.10" },
    { source: "CWE", id: "CWE-312" },
    { source: "NIST 800-53", id: "IA-5(7)" },
  ],
  nothing: "no key and no secret in what was read",
  needsLayers: true,
  found: (image, archive, read) => [...configurationSecrets(image), ...secretFiles(image, archive, read)],
});
