import { configurationFiles, imageControl } from "./images.ts";

/** CF-03: one image for every place, so it holds the configuration of none. */
export const imageConfiguration = imageControl({
  id: "image-configuration",
  guideline: ["CF-03", "CF-05"],
  title: "No saved image has a Config.toml in any layer",
  failing: "A saved image has a Config.toml in it",
  severity: "high",
  rationale:
    "An image with the configuration of one place is wrong in every other one, and hands its values to everybody who can pull it. A file that a later layer deletes is still delivered with the layer below.",
  references: [
    { source: "CIS Docker", id: "4.10" },
    { source: "CWE", id: "CWE-540" },
  ],
  nothing: "no Config.toml in any layer",
  needsLayers: true,
  found: configurationFiles,
});
