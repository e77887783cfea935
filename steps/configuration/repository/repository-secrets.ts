import { repositoryControl, secretRemarks } from "./judgement.ts";

/** CF-09: what the newest commit holds. */
export const repositorySecrets = repositoryControl({
  id: "repository-secrets",
  guideline: ["CF-09", "RT-05"],
  title: "No secret is in the newest commit of a repository",
  failing: "A repository holds secrets",
  severity: "critical",
  rationale:
    "Everybody who ever clones it has them, and so has every build server and every copy. They have to be changed where they are accepted, then taken out: the other way round leaves a door open that somebody knows.",
  references: [
    { source: "CWE", id: "CWE-798" },
    { source: "NIST 800-53", id: "IA-5(7)" },
  ],
  nothing: "no secret in the newest commit",
  needsAll: true,
  remarks: ({ files }) => secretRemarks(files.filter(({ current }) => current)),
});
