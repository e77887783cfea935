import { repositoryControl, secretRemarks } from "./judgement.ts";

/** CF-09: what older commits, other branches, stashes and reflogs still hold. */
export const repositoryHistory = repositoryControl({
  id: "repository-history",
  guideline: ["CF-09", "RT-05"],
  title: "No secret is in the history of a repository",
  failing: "The history of a repository holds secrets",
  severity: "high",
  rationale:
    "Deleting a file makes a new commit and leaves the old one: git log -p shows it to everybody. What was there has to be changed; rewriting the history only helps those who clone afterwards. git log --all --find-object=OBJECT names the commits.",
  references: [
    { source: "CWE", id: "CWE-540" },
    { source: "NIST 800-53", id: "IA-5(7)" },
  ],
  nothing: "no secret in what only the history holds",
  needsAll: true,
  remarks: ({ files }) => secretRemarks(files.filter(({ current }) => !current)),
});
