import { isRootUser } from "../../../src/containers/dockerfile.ts";
import { imageControl } from "./images.ts";

/** Config.User of the image; empty means root. */
export const imageUser = imageControl({
  id: "image-user",
  guideline: ["CF-03", "RT-14"],
  title: "Every saved image runs as a user other than root",
  failing: "A saved image runs as root",
  severity: "high",
  rationale:
    "The image's own user counts wherever nobody says otherwise. Root in a container is root on the machine as soon as anything else gives way.",
  references: [{ source: "CIS Docker", id: "4.1" }],
  nothing: "runs as another user than root",
  needsLayers: false,
  found: ({ user }) =>
    user === "" || isRootUser(user) ? [{ what: user === "" ? "names no user: root" : `runs as ${user}` }] : [],
});
