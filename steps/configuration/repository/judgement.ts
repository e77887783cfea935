import { isConfigurationName, isSecretFileName } from "../../../src/containers/dockerfile.ts";
import { secretsIn } from "../../../src/containers/secret-text.ts";
import { few } from "../../../src/core/few.ts";
import { type Control, control } from "../../../src/model/control.ts";
import type { Evidence } from "../../../src/model/finding.ts";
import { type Repository, type RepositoryFile, repositories } from "../../../src/probes/repositories.ts";
import { type RuleDefinition, remarksLine, verdictOf } from "../remarks.ts";

const needs = { searched: repositories };

type Definition = RuleDefinition & {
  /** Whether files that were left out leave the question open. */
  readonly needsAll: boolean;
  /** What is wrong, in words without any value. */
  readonly remarks: (repository: Repository) => readonly string[];
};

/** A rule about the repositories that were named. Their history belongs to their owners: nothing is rewritten from here. */
export const repositoryControl = (definition: Definition): Control<typeof needs> => {
  const { remarks, nothing, needsAll, ...rest } = definition;
  return control({
    ...rest,
    risk: "none",
    needs,
    inspect: ({ searched }) => {
      const read = searched.filter(({ problem }) => problem === undefined);
      const judged = read.map((repository) => ({ repository, found: remarks(repository) }));
      const evidence = judged.map(
        ({ repository: { path, files, bounds }, found }): Evidence => ({
          asked: `git rev-list --objects --all --reflog in ${path}: ${files.length} files read${bounds.length > 0 ? `, not read: ${bounds.join(", ")}` : ""}`,
          answered: found.join("\n") || nothing,
        }),
      );
      return verdictOf({
        wrong: judged
          .filter(({ found }) => found.length > 0)
          .map(({ repository: { path }, found }) => `${path}: ${remarksLine(found)}`)
          .join(". "),
        evidence,
        unread: [
          ...searched.flatMap(({ path, problem }) => (problem === undefined ? [] : [`${path}: ${problem}`])),
          ...(needsAll
            ? read.flatMap(({ path, bounds }) => bounds.map((bound) => `${path}: ${bound} were not read`))
            : []),
        ],
        none: searched.length === 0 ? "no repository is named (repository.paths)" : undefined,
      });
    },
    plan: () => [],
  });
};

/** Stores and keys are secrets by their name; certificates and public keys are not. */
const isKeyFile = ({ path, content }: RepositoryFile): boolean =>
  isSecretFileName(path) &&
  content.trim() !== "" &&
  !/-----BEGIN (?:CERTIFICATE|PUBLIC KEY)-----/u.test(content) &&
  !/(?:^|\/)\.env/iu.test(path);

/** "deploy/.env:1 TOKEN (3 lines)", and which object it is, so that git can tell the commits. */
export const secretRemarks = (files: readonly RepositoryFile[]): readonly string[] =>
  files.flatMap((file) => {
    const found = secretsIn(file.path, file.content);
    const [first] = found;
    const object = `object ${file.object.slice(0, 12)}`;
    if (first !== undefined) {
      const names = [...new Set(found.map(({ name }) => name))];
      return [`${file.path}:${first.line} ${few(names, 3)} (${object})`];
    }
    return isKeyFile(file) ? [`${file.path} (${object})`] : [];
  });

/** bal test reads tests/Config.toml: it belongs to the source, as long as no secret is in it. */
export const isDeployedConfiguration = (path: string): boolean =>
  isConfigurationName(path) && !/(?:^|\/)tests\//u.test(path);
