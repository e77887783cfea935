import { isRootUser, userOf } from "../../../src/containers/dockerfile.ts";
import { dockerfileControl } from "./judgement.ts";

/** The last USER of the final stage; without one the base image decides, and most say root. */
export const dockerfileUser = dockerfileControl({
  id: "dockerfile-user",
  guideline: ["CF-03", "RT-14"],
  title: "Every Dockerfile ends as a user other than root",
  failing: "A Dockerfile leaves its program to run as root",
  severity: "high",
  rationale:
    "Whoever breaks out of a program that is root in its container is root on the machine, wherever user namespaces are not used. A number is better than a name: Kubernetes can only check numbers.",
  references: [{ source: "CIS Docker", id: "4.1" }],
  nothing: "ends as another user than root",
  remarks: ({ file }) => {
    const given = userOf(file);
    if (given === undefined) {
      const last = file.stages.at(-1);
      return last === undefined ? [] : [{ line: last.line, what: "names no USER: the base image decides" }];
    }
    return isRootUser(given.user) ? [{ line: given.line, what: `USER ${given.user}` }] : [];
  },
});
