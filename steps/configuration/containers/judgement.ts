import { type Compose, type ComposeService, readCompose } from "../../../src/containers/compose.ts";
import { type Dockerfile, type Remark, readDockerfile } from "../../../src/containers/dockerfile.ts";
import { type Control, control } from "../../../src/model/control.ts";
import type { Evidence, Verdict } from "../../../src/model/finding.ts";
import { type ContainerFile, type ContainerFiles, containerFiles } from "../../../src/probes/container-files.ts";
import { type RuleDefinition, remarksLine, verdictOf } from "../remarks.ts";

/** A file that was read, as the two kinds that are judged. */
export type ReadDockerfile = {
  readonly path: string;
  readonly file: Dockerfile;
  readonly ignore: string | undefined;
  readonly beside: readonly string[];
};
export type ReadCompose = { readonly path: string; readonly services: readonly ComposeService[] };

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** By its name, and by its content where the name says nothing: any file may be answered. */
const kindOf = ({ path, content = "" }: ContainerFile): "dockerfile" | "compose" | "other" => {
  if (/dockerfile|containerfile/iu.test(nameOf(path))) return "dockerfile";
  if (/^services\s*:/mu.test(content)) return "compose";
  if (/\.ya?ml$/iu.test(path)) return "compose";
  return /^\s*FROM\s+\S/imu.test(content) ? "dockerfile" : "other";
};

export const dockerfilesIn = ({ files, contexts }: ContainerFiles): readonly ReadDockerfile[] =>
  files.flatMap((given) => {
    if (given.content === undefined || kindOf(given) !== "dockerfile") return [];
    const context = contexts.get(folderOf(given.path));
    return [
      {
        path: given.path,
        file: readDockerfile(given.content),
        ignore: context?.ignore,
        beside: context?.beside ?? [],
      },
    ];
  });

const composeIn = ({ files }: ContainerFiles): readonly { readonly path: string; readonly read: Compose }[] =>
  files.flatMap((given) =>
    given.content !== undefined && kindOf(given) === "compose"
      ? [{ path: given.path, read: readCompose(given.content) }]
      : [],
  );

/** What kept a file from being judged, in words. */
const unjudged = (found: ContainerFiles, kind: "dockerfile" | "compose"): readonly string[] => [
  ...found.files
    .filter((given) => given.content === undefined && kindOf(given) === kind)
    .map(({ path }) => `${path} is larger than 64 KiB`),
  ...(kind === "compose"
    ? composeIn(found).flatMap(({ path, read }) => (read.ok ? [] : [`${path}: ${read.problem}`]))
    : []),
  ...found.missing.map((path) => `${path} is not there`),
  ...(found.bounded ? ["not everything was searched: more than 60 such files, or too many folders"] : []),
];

/** "compose.yaml:3 orders: privileged" */
export type Spoken = Remark & { readonly path: string };

const verdict = (
  asked: readonly string[],
  found: readonly Spoken[],
  unread: readonly string[],
  nothing: string,
): Verdict => {
  const lineOf = ({ path, line, what }: Spoken): string => `${path}:${line} ${what}`;
  return verdictOf({
    wrong: remarksLine(found.map(lineOf)),
    evidence: asked.map((path): Evidence => {
      const lines = found.filter((remark) => remark.path === path).map(lineOf);
      return { asked: `cat ${path}`, answered: lines.join("\n") || nothing };
    }),
    unread,
    none: asked.length === 0 ? "no such file was found or named (containers.files)" : undefined,
  });
};

const needs = { found: containerFiles };

/** A rule about Dockerfiles. They belong to a program's source: what is wrong is said, and a right one is generated. */
export const dockerfileControl = (
  definition: RuleDefinition & { readonly remarks: (given: ReadDockerfile) => readonly Remark[] },
): Control<typeof needs> => {
  const { remarks, nothing, ...rest } = definition;
  return control({
    ...rest,
    risk: "none",
    needs,
    inspect: ({ found }) => {
      const files = dockerfilesIn(found);
      const spoken = files.flatMap((file) => remarks(file).map((remark) => ({ ...remark, path: file.path })));
      return verdict(
        files.map(({ path }) => path),
        spoken,
        unjudged(found, "dockerfile"),
        nothing,
      );
    },
    plan: () => [],
  });
};

/** A rule about the services of compose and stack files. */
export const composeControl = (
  definition: RuleDefinition & { readonly remarks: (service: ComposeService) => readonly string[] },
): Control<typeof needs> => {
  const { remarks, nothing, ...rest } = definition;
  return control({
    ...rest,
    risk: "none",
    needs,
    inspect: ({ found }) => {
      const files = composeIn(found).flatMap(({ path, read }): readonly ReadCompose[] =>
        read.ok ? [{ path, services: read.services }] : [],
      );
      const spoken = files.flatMap(({ path, services }) =>
        services.flatMap((service) =>
          remarks(service).map((what) => ({ path, line: service.line, what: `${service.name}: ${what}` })),
        ),
      );
      return verdict(
        files.map(({ path }) => path),
        spoken,
        unjudged(found, "compose"),
        nothing,
      );
    },
    plan: () => [],
  });
};
