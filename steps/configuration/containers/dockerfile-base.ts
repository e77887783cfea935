import { basesOf, isMoving } from "../../../src/containers/dockerfile.ts";
import { dockerfileControl } from "./judgement.ts";

/** A build that can be repeated starts from the same bytes. */
export const dockerfileBase = dockerfileControl({
  id: "dockerfile-base",
  guideline: ["CF-03", "RT-01"],
  title: "Every Dockerfile starts from an image named by digest",
  failing: "A Dockerfile starts from an image that can change under it",
  severity: "medium",
  rationale:
    "A tag is a name that its owner moves, and latest moves by itself: the same file then builds something else tomorrow. A digest is the image; update bots move it forward by a change that somebody sees.",
  references: [
    { source: "CIS Docker", id: "4.2" },
    { source: "NIST 800-53", id: "SI-7" },
  ],
  nothing: "names its base images by digest",
  remarks: ({ file }) =>
    basesOf(file)
      .filter(({ digest }) => digest === undefined)
      .map((base) => ({
        line: base.line,
        what: isMoving(base)
          ? `FROM ${base.name}${base.tag === undefined ? " without a tag" : `:${base.tag}`}`
          : `FROM ${base.name}:${base.tag} without a digest`,
      })),
});
