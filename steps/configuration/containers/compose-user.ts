import { isRootUser } from "../../../src/containers/dockerfile.ts";
import { composeControl } from "./judgement.ts";

/** Without `user` the image decides, which the image's own controls judge. */
export const composeUser = composeControl({
  id: "compose-user",
  guideline: ["CF-03", "RT-14"],
  title: "No compose file runs a container as root",
  failing: "A compose file runs a container as root",
  severity: "high",
  rationale:
    "Root in a container is root on the machine as soon as anything gives way: a mount, a hole in the kernel, the engine's socket.",
  references: [{ source: "CIS Docker", id: "4.1" }],
  nothing: "no service asks for root",
  remarks: ({ user }) => (user !== undefined && isRootUser(user) ? [`user ${user}`] : []),
});
