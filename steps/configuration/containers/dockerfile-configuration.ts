import { bakedIn } from "../../../src/containers/dockerfile.ts";
import { dockerfileControl } from "./judgement.ts";

/** CF-03: the image is the same everywhere, so nothing of one place is in it. */
export const dockerfileConfiguration = dockerfileControl({
  id: "dockerfile-configuration",
  guideline: ["CF-03", "CF-05"],
  title: "No Dockerfile brings a Config.toml or a secret into its image",
  failing: "A Dockerfile brings configuration or secrets into its image",
  severity: "high",
  rationale:
    "What is copied into an image goes wherever the image goes: every registry, every machine, every developer who pulls it. It cannot be taken back by deleting it in a later layer. Configuration is mounted read-only where the container runs.",
  references: [
    { source: "CIS Docker", id: "4.10" },
    { source: "CWE", id: "CWE-540" },
  ],
  nothing: "copies no configuration and no secret",
  remarks: ({ file, beside, ignore }) => bakedIn(file, beside, ignore),
});
