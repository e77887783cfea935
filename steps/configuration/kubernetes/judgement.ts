import {
  type KubernetesObject,
  type Manifests,
  readManifests,
  type Workload,
  workloadsIn,
} from "../../../src/containers/kubernetes.ts";
import { type Control, control } from "../../../src/model/control.ts";
import { kubernetesManifests, type ManifestFiles } from "../../../src/probes/kubernetes-manifests.ts";
import { type RuleDefinition, remarksLine, verdictOf } from "../remarks.ts";

const needs = { manifests: kubernetesManifests };

const readAll = ({ files }: ManifestFiles): Manifests => {
  const read = files.map(({ path, content }) =>
    content === undefined
      ? { objects: [], problems: [`${path} is larger than 128 KiB`] }
      : readManifests(path, content),
  );
  return {
    objects: read.flatMap(({ objects }) => objects),
    problems: read.flatMap(({ problems }) => problems),
  };
};

type Remark = readonly [KubernetesObject, string];

const spoken = ([{ path, line, kind, name }, what]: Remark): string => `${path}:${line} ${kind} ${name}: ${what}`;

/** A rule about the objects of the manifests that were named, each judged as it stands in its file. */
export const manifestControl = (
  definition: RuleDefinition & { readonly remarks: (objects: readonly KubernetesObject[]) => readonly Remark[] },
): Control<typeof needs> => {
  const { remarks, nothing, ...rest } = definition;
  return control({
    ...rest,
    risk: "none",
    needs,
    inspect: ({ manifests }) => {
      const { objects, problems } = readAll(manifests);
      const found = remarks(objects).map(spoken);
      const named = manifests.files.length > 0;
      return verdictOf({
        wrong: remarksLine(found),
        evidence: named
          ? [{ asked: `${manifests.files.length} files of manifests`, answered: found.join("\n") || nothing }]
          : [],
        unread: [
          ...problems,
          ...manifests.missing.map((path) => `${path} is not there`),
          ...(manifests.bounded ? ["more than 200 files are there: the rest was not read"] : []),
        ],
        none: objects.length === 0 ? "no manifest is named (kubernetes.manifests)" : undefined,
      });
    },
    plan: () => [],
  });
};

/** A rule about everything that runs. */
export const workloadControl = (
  definition: RuleDefinition & {
    readonly remarks: (workload: Workload, objects: readonly KubernetesObject[]) => readonly string[];
  },
): Control<typeof needs> =>
  manifestControl({
    ...definition,
    remarks: (objects) =>
      workloadsIn(objects).flatMap((workload) => {
        const found = definition.remarks(workload, objects);
        return found.length === 0 ? [] : [[workload.object, found.join("; ")] as const];
      }),
  });
