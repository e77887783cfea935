import { imageName, isMoving } from "../../../src/containers/dockerfile.ts";
import { composeControl } from "./judgement.ts";

/** A variable in the name is filled in by whoever releases: Compose then says what runs. */
export const composeImages = composeControl({
  id: "compose-images",
  guideline: ["CF-03", "CF-05"],
  title: "Compose files name images by a release or a digest",
  failing: "A compose file starts whatever an image's name means that day",
  severity: "medium",
  rationale:
    "With latest, or with no tag, two machines that were started on two days run two programs, and going back to the one before is guessing.",
  references: [{ source: "NIST 800-53", id: "CM-2" }],
  nothing: "images have a release or a digest",
  remarks: ({ image, builds }) => {
    if (image === undefined || builds || image.includes("$")) return [];
    const name = imageName(image);
    return isMoving(name) ? [`image ${name.name}${name.tag === undefined ? " without a tag" : `:${name.tag}`}`] : [];
  },
});
