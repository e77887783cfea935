import { secretsInBuild } from "../../../src/containers/dockerfile.ts";
import { dockerfileControl } from "./judgement.ts";

/** Environment, labels, arguments and commands of a build stay readable: docker history, docker inspect. */
export const dockerfileSecrets = dockerfileControl({
  id: "dockerfile-secrets",
  guideline: ["CF-03", "RT-05"],
  title: "No Dockerfile has secrets in ENV, ARG, LABEL or a command",
  failing: "A Dockerfile has secrets in ENV, ARG, LABEL or a command",
  severity: "critical",
  rationale:
    "Everybody who can pull the image reads them with docker history or docker inspect. RUN --mount=type=secret gives a secret to one command of the build and leaves no trace.",
  references: [
    { source: "CIS Docker", id: "4.10" },
    { source: "CWE", id: "CWE-312" },
  ],
  nothing: "no secret in ENV, ARG, LABEL or a command",
  remarks: ({ file }) => secretsInBuild(file),
});
