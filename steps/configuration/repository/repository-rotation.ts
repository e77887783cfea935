import { control } from "../../../src/model/control.ts";
import { fail, notApplicable, pass } from "../../../src/model/finding.ts";
import { secretAges } from "../../../src/probes/secret-ages.ts";
import { repositoryRotationDays } from "./questions.ts";

const day = 86_400;

/** CF-09: files that hold secrets, by when they were last written. Any edit makes one young, so old is certain and young is not. */
export const repositoryRotation = control({
  id: "repository-rotation",
  guideline: ["CF-09"],
  title: "No file of secrets is older than a secret may get",
  failing: "Secrets have not been changed for longer than they may live",
  severity: "low",
  risk: "none",
  rationale:
    "A secret that leaked unseen is good until it is changed. The time of the last write is all that the machine knows: an old file certainly holds old secrets. drawbridge generate writes a procedure for changing them and a timer that reminds; reads of these files are watched by the audit rules of the OS category.",
  references: [
    { source: "NIST 800-53", id: "IA-5(1)" },
    { source: "NIST 800-53", id: "SC-12" },
  ],
  needs: { ages: secretAges },
  inspect: ({ ages }, answers) => {
    if (ages.files.length === 0) return notApplicable("no integration reads a secret from a file here");
    const allowed = answers.get(repositoryRotationDays);
    const files = ages.files.map(({ path, modified }) => ({ path, days: Math.floor((ages.now - modified) / day) }));
    const evidence = [
      {
        asked: "stat -c %y of the files that hold secrets",
        answered: files.map(({ path, days }) => `${path}: ${days} days`).join("\n"),
      },
    ];
    const old = files.filter(({ days }) => days > allowed);
    return old.length === 0
      ? pass(evidence)
      : fail(old.map(({ path, days }) => `${path} was last written ${days} days ago`).join("; "), evidence);
  },
  plan: () => [],
});
