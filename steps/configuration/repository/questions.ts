import { z } from "zod";
import { question } from "../../../src/model/question.ts";
import { pathList } from "../../../src/probes/answered-paths.ts";
import { repositoriesQuestion } from "../../../src/probes/repositories.ts";

export const repositoryPaths = question({
  id: repositoriesQuestion,
  kind: "list",
  label: "Repositories",
  title: "Which git repositories on this machine should be searched, with their history?",
  why: "Folders with a .git in them, or bare repositories. Every commit that a branch, tag, stash or reflog still reaches is read, as the repository's owner, and nothing in it is run. None is searched unless it is named.",
  schema: pathList,
  needs: {},
  default: () => [],
  describe: (paths) => (paths.length === 0 ? "none" : paths.join(", ")),
});

export const repositoryRotationDays = question({
  id: "repository.rotation-days",
  kind: "text",
  label: "Secrets live",
  title: "After how many days should a secret be changed?",
  why: "A secret that leaked without anybody noticing is good for as long as it is not changed. A year is the least; keys to payments and personal data are usually changed every quarter.",
  schema: z.coerce.number().int().min(1).max(3650),
  needs: {},
  default: () => 365,
  describe: (days) => `${days} days`,
});
