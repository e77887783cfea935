import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, notApplicable, pass } from "../../../src/model/finding.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { PathState } from "../../../src/probes/accounts.ts";
import {
  credentialFile,
  credentialsFolder,
  encryptedFolder,
  environmentFile,
  optionsFile,
  type SecretPlaces,
  secretsFile,
  secretsFolder,
} from "../../../src/probes/secret-places.ts";
import { described } from "./found.ts";
import { needs, someIntegration } from "./judgement.ts";
import { readingGroup } from "./place.ts";

type Attributes = { readonly mode: string; readonly owner: string; readonly group: string };
type Judged = {
  readonly path: string;
  readonly stat: Exclude<PathState, { kind: "missing" }>;
  readonly after: Attributes;
};

const alone: Attributes = { mode: "0600", owner: "root", group: "root" };

/** Files of secrets that exist, and what they should be. */
const judged = (here: WhatRunsHere, places: SecretPlaces, answers: AnswerReader): readonly Judged[] => {
  const wanted = new Map<string, Attributes>([
    [secretsFolder, { mode: "0755", owner: "root", group: "root" }],
    [credentialsFolder, { mode: "0700", owner: "root", group: "root" }],
    [encryptedFolder, { mode: "0700", owner: "root", group: "root" }],
  ]);
  for (const integration of here.integrations) {
    const shared = { mode: "0640", owner: "root", group: readingGroup(integration, answers) };
    wanted.set(secretsFile(integration.id), shared);
    wanted.set(optionsFile(integration.id), shared);
    wanted.set(environmentFile(integration.id), alone);
    for (const encrypted of [false, true]) {
      for (const name of ["secrets.toml", "options"] as const)
        wanted.set(credentialFile(integration.id, encrypted, name), alone);
    }
  }
  return [...wanted].flatMap(([path, after]) => {
    const stat = places.files.get(path)?.stat ?? places.folders.get(path);
    return stat === undefined || stat.kind === "missing" ? [] : [{ path, stat, after }];
  });
};

const holds = ({ stat, after }: Judged): boolean => {
  const mode = Number.parseInt(stat.mode, 8);
  const most = Number.parseInt(after.mode, 8);
  if (stat.owner !== after.owner || (mode & ~most) !== 0) return false;
  if (stat.kind === "directory") return (mode & 0o700) === 0o700;
  return (most & 0o040) === 0 || (stat.group === after.group && (mode & 0o040) !== 0);
};

/** What the other secrets controls made stays as they made it. */
export const secretFilePermissions = control({
  id: "secret-file-permissions",
  guideline: ["RT-05", "OS-01"],
  title: "Files that hold the integration's secrets are root's, and open to its service at most",
  failing: "A file that holds the integration's secrets is open to others",
  severity: "high",
  risk: "none",
  rationale:
    "A file made for secrets is only as good as its mode. An editor, a restore or a well-meant chmod opens it again without anybody noticing.",
  references: [
    { source: "NIST 800-53", id: "AC-6" },
    { source: "CWE", id: "CWE-732" },
    { source: "man", id: "chmod(1)" },
  ],
  needs,
  applies: someIntegration,
  inspect: ({ here, places }, answers) => {
    const files = judged(here, places, answers);
    if (!files.some(({ stat }) => stat.kind !== "directory")) return notApplicable("no file of secrets is here yet");
    const evidence = [
      {
        asked: `stat of the files in ${secretsFolder}, ${credentialsFolder} and ${encryptedFolder}`,
        answered: files.map(({ path, stat }) => `${described(stat)} ${path}`).join("\n"),
      },
    ];
    const wrong = files.filter((file) => !holds(file));
    return wrong.length === 0
      ? pass(evidence)
      : fail(
          wrong
            .map(
              ({ path, stat, after }) =>
                `${path} is ${described(stat)}, not ${after.mode} ${after.owner}:${after.group}`,
            )
            .join("; "),
          evidence,
        );
  },
  plan: ({ here, places }, answers) =>
    judged(here, places, answers)
      .filter((file) => !holds(file) && (file.stat.kind === "file" || file.stat.kind === "directory"))
      .map(({ path, stat, after }) =>
        change({
          kind: "permissions",
          phase: "files",
          risk: "none",
          title: `Secrets: close ${path}`,
          path,
          before: { mode: stat.mode, owner: stat.owner, group: stat.group },
          after,
        }),
      ),
});
