import { composeControl } from "./judgement.ts";

/** Every compose file that was found or named; secret-in-compose-file moves those of files beside the integrations. */
export const composeEnvironment = composeControl({
  id: "compose-environment",
  guideline: ["CF-03", "RT-05"],
  title: "Compose files give no secret as a variable's value",
  failing: "A compose file gives secrets as values of variables",
  severity: "high",
  rationale:
    "The file is committed and copied, and a variable shows in docker inspect and to every process of the container. Secrets of Compose and of Swarm are files that only the service sees.",
  references: [
    { source: "CWE", id: "CWE-526" },
    { source: "NIST 800-53", id: "IA-5(7)" },
  ],
  nothing: "no variable has a secret as its value",
  remarks: ({ secretVariables }) => secretVariables.map((name) => `${name} is given as it is`),
});
