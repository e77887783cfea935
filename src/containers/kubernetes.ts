import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { isSecretKey, looksLikeSecret } from "../workload/secrecy.ts";
import { imageName, isMoving } from "./dockerfile.ts";
import { secretsIn } from "./secret-text.ts";

/** Kubernetes manifests, as far as they say how a program runs and what it is given. Values of secrets are never said. */

type Mapping = Readonly<Record<string, unknown>>;

export type KubernetesObject = {
  /** File that holds it, and the line where its document begins, from 1. */
  readonly path: string;
  readonly line: number;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly body: Mapping;
};

export type Manifests = {
  readonly objects: readonly KubernetesObject[];
  /** "deploy/a.yaml: line 3 is no YAML" */
  readonly problems: readonly string[];
};

const mapping = (value: unknown): Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
const list = (value: unknown): readonly Mapping[] => (Array.isArray(value) ? value.map(mapping) : []);
const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";

/** YAML 1.1, as Kubernetes reads it: 0440 is octal there. */
export const readManifests = (path: string, content: string): Manifests => {
  const counter = new LineCounter();
  const objects: KubernetesObject[] = [];
  const lineOf = (document: Document.Parsed) => counter.linePos(document.contents?.range?.[0] ?? 0).line;
  try {
    const documents = parseAllDocuments(content, {
      lineCounter: counter,
      version: "1.1",
      merge: true,
      uniqueKeys: false,
      logLevel: "silent",
    });
    for (const document of Array.isArray(documents) ? documents : []) {
      const [error] = document.errors;
      if (error !== undefined) {
        const template = content.includes("{{") ? "; name what helm template makes of it" : "";
        return {
          objects,
          problems: [`${path}: line ${counter.linePos(error.pos[0]).line} is no YAML (${error.code})${template}`],
        };
      }
      const body = mapping(document.toJS({ maxAliasCount: 100 }));
      const line = lineOf(document);
      const items = text(body.kind) === "List" ? list(body.items) : [body];
      for (const item of items) {
        if (text(item.kind) === "") continue;
        const metadata = mapping(item.metadata);
        objects.push({
          path,
          line,
          kind: text(item.kind),
          name: text(metadata.name),
          namespace: text(metadata.namespace),
          body: item,
        });
      }
    }
    return { objects, problems: [] };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "it is no YAML";
    return { objects, problems: [`${path}: ${reason}`] };
  }
};

/** A program as it runs: the template of its pods. */
export type Workload = {
  readonly object: KubernetesObject;
  readonly pod: Mapping;
  readonly labels: Mapping;
  readonly containers: readonly Mapping[];
};

const podPath: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Objects that run something. One without an image is a patch of another: it is not judged by itself. */
export const workloadsIn = (objects: readonly KubernetesObject[]): readonly Workload[] =>
  objects.flatMap((object) => {
    const path = podPath[object.kind];
    if (path === undefined) return [];
    const template = path.reduce<Mapping>((at, key) => mapping(at[key]), object.body);
    const pod = mapping(template.spec);
    const containers = [...list(pod.initContainers), ...list(pod.containers)];
    if (containers.length === 0 || containers.some(({ image }) => text(image) === "")) return [];
    return [{ object, pod, labels: mapping(mapping(template.metadata).labels), containers }];
  });

/** A mode as people write it: 288 is 0440. */
const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

const isSet = (value: string): boolean => value !== "" && !/^\$[({]/u.test(value);

/** Secrets where everybody with a look at the object sees them: ConfigMaps, variables of pods, arguments. */
export const openSecrets = (objects: readonly KubernetesObject[]): readonly (readonly [KubernetesObject, string])[] => [
  ...objects
    .filter(({ kind }) => kind === "ConfigMap")
    .flatMap((object) =>
      Object.entries(mapping(object.body.data)).flatMap(([key, value]) => {
        const content = text(value);
        const names = content.includes("\n") || /[=:]/u.test(content) ? secretsIn(key, content) : [];
        const found = [...new Set(names.map(({ name }) => name))];
        if (found.length > 0) return [[object, `${key} holds ${found.slice(0, 3).join(", ")}`] as const];
        return isSecretKey(key) && isSet(content) ? [[object, key] as const] : [];
      }),
    ),
  ...workloadsIn(objects).flatMap(({ object, containers }) =>
    containers.flatMap((container) =>
      list(container.env).flatMap(({ name, value }) =>
        isSet(text(value)) && !text(value).startsWith("/") && (isSecretKey(text(name)) || looksLikeSecret(text(value)))
          ? [[object, `variable ${text(name)} of ${text(container.name)}`] as const]
          : [],
      ),
    ),
  ),
];

/** Secrets with their values in a file: base64 hides nothing. Keys without a value, and comments, are a form to fill in. */
export const writtenSecrets = (
  objects: readonly KubernetesObject[],
): readonly (readonly [KubernetesObject, string])[] => [
  ...objects
    .filter(({ kind }) => kind === "Secret")
    .flatMap((object) => {
      const decoded = Object.entries(mapping(object.body.data)).map(
        ([key, value]) => [key, Buffer.from(text(value), "base64").toString("utf8")] as const,
      );
      const given = Object.entries(mapping(object.body.stringData)).map(([key, value]) => [key, text(value)] as const);
      const filled = [...decoded, ...given].filter(([, value]) =>
        value.split("\n").some((line) => line.trim() !== "" && !/^\s*#/u.test(line)),
      );
      return filled.length === 0 ? [] : [[object, filled.map(([key]) => key).join(", ")] as const];
    }),
  ...objects
    .filter(({ kind }) => kind === "Kustomization")
    .flatMap((object) =>
      list(object.body.secretGenerator).flatMap(({ name, literals }) =>
        Array.isArray(literals) && literals.length > 0
          ? [[object, `secretGenerator ${text(name)} with literals`] as const]
          : [],
      ),
    ),
];

/** Mounts of configuration and secrets that the program may write, or that others in the pod may read. */
export const mountRemarks = ({ pod, containers }: Workload): readonly string[] => {
  const given = list(pod.volumes).filter(
    ({ secret, configMap, projected }) => secret !== undefined || configMap !== undefined || projected !== undefined,
  );
  const modes = given.flatMap((volume) => {
    const source = mapping(volume.secret ?? volume.configMap ?? volume.projected);
    const name = text(volume.name);
    const { defaultMode } = source;
    // What is written without a mode is 0644.
    if (defaultMode === undefined) return volume.secret === undefined ? [] : [`volume ${name} has mode 0644`];
    const mode = Number(defaultMode);
    if (!Number.isInteger(mode)) return [`volume ${name} has a defaultMode that is no number`];
    const open = (mode & 0o337) !== 0 && (volume.secret !== undefined || (mode & 0o333) !== 0);
    if (!open) return [];
    const meant = /^[0-7]{3}$/u.test(String(defaultMode))
      ? `: ${mode} is decimal; 0${mode} is ${Number.parseInt(String(mode), 8)}`
      : "";
    return [`volume ${name} has mode ${octal(mode)}${meant}`];
  });
  const names = new Set(given.map(({ name }) => text(name)));
  const mounts = containers.flatMap((container) =>
    list(container.volumeMounts)
      .filter(({ name, readOnly }) => names.has(text(name)) && readOnly !== true)
      .map(({ name, mountPath }) => `${text(name)} on ${text(mountPath)} without readOnly`),
  );
  return [...modes, ...mounts];
};

/** securityContext of a container over that of its pod. */
const context = ({ pod }: Workload, container: Mapping): Mapping => ({
  ...mapping(pod.securityContext),
  ...mapping(container.securityContext),
});

const perContainer = (
  workload: Workload,
  judge: (given: Mapping, container: Mapping) => readonly string[],
): readonly string[] =>
  workload.containers.flatMap((container) => {
    const missing = judge(context(workload, container), container);
    return missing.length === 0 ? [] : [`${text(container.name)}: ${missing.join(", ")}`];
  });

/** Kubernetes can hold a container to "not root" only by number. */
export const userRemarks = (workload: Workload): readonly string[] =>
  perContainer(workload, ({ runAsNonRoot, runAsUser }) => [
    ...(runAsNonRoot === true ? [] : ["no runAsNonRoot"]),
    ...(typeof runAsUser === "number" && runAsUser > 0 ? [] : [runAsUser === 0 ? "runAsUser 0" : "no runAsUser"]),
  ]);

export const privilegeRemarks = (workload: Workload): readonly string[] =>
  perContainer(workload, ({ allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities, seccompProfile }) => {
    const { drop } = mapping(capabilities);
    const profile = text(mapping(seccompProfile).type);
    return [
      ...(allowPrivilegeEscalation === false ? [] : ["allowPrivilegeEscalation"]),
      ...(readOnlyRootFilesystem === true ? [] : ["no readOnlyRootFilesystem"]),
      ...(Array.isArray(drop) && drop.some((name) => text(name).toUpperCase() === "ALL")
        ? []
        : ["capabilities not dropped"]),
      ...(profile === "RuntimeDefault" || profile === "Localhost" ? [] : ["no seccompProfile"]),
    ];
  });

export const isolationRemarks = (workload: Workload): readonly string[] => {
  const { pod } = workload;
  return [
    ...["hostNetwork", "hostPID", "hostIPC"].filter((name) => pod[name] === true),
    ...list(pod.volumes).flatMap(({ name, hostPath }) =>
      hostPath === undefined ? [] : [`volume ${text(name)} is ${text(mapping(hostPath).path)} of the node`],
    ),
    ...perContainer(workload, ({ privileged, capabilities }, container) => [
      ...(privileged === true ? ["privileged"] : []),
      ...(Array.isArray(mapping(capabilities).add) &&
      (mapping(capabilities).add as unknown[]).some((name) => text(name) !== "NET_BIND_SERVICE")
        ? ["adds capabilities"]
        : []),
      ...list(container.ports).flatMap(({ hostPort }) =>
        hostPort === undefined ? [] : [`hostPort ${text(hostPort)}`],
      ),
    ]),
  ];
};

export const tokenRemarks = (workload: Workload, objects: readonly KubernetesObject[]): readonly string[] => {
  const { pod, object } = workload;
  if (pod.automountServiceAccountToken === false) return [];
  const account = objects.find(
    ({ kind, name, namespace }) =>
      kind === "ServiceAccount" &&
      name === (text(pod.serviceAccountName) || "default") &&
      namespace === object.namespace,
  );
  return pod.automountServiceAccountToken === undefined && account?.body.automountServiceAccountToken === false
    ? []
    : ["its pods get a token of the API"];
};

const selects = (selector: unknown, labels: Mapping): boolean => {
  const { matchLabels, matchExpressions } = mapping(selector);
  return (
    matchExpressions === undefined &&
    Object.entries(mapping(matchLabels)).every(([key, value]) => text(labels[key]) === text(value))
  );
};

export const networkRemarks = (
  { object, labels }: Workload,
  objects: readonly KubernetesObject[],
): readonly string[] => {
  const directions = new Set(
    objects
      .filter(({ kind, namespace, body }) => {
        const spec = mapping(body.spec);
        return kind === "NetworkPolicy" && namespace === object.namespace && selects(spec.podSelector, labels);
      })
      .flatMap(({ body }) => {
        const { policyTypes, egress } = mapping(body.spec);
        return Array.isArray(policyTypes)
          ? policyTypes.map(text)
          : ["Ingress", ...(egress === undefined ? [] : ["Egress"])];
      }),
  );
  const open = ["Ingress", "Egress"].filter((direction) => !directions.has(direction));
  return open.length === 0 ? [] : [`no NetworkPolicy for ${open.join(" and ").toLowerCase()}`];
};

export const availabilityRemarks = (
  { object, pod, labels }: Workload,
  objects: readonly KubernetesObject[],
): readonly string[] => {
  if (object.kind !== "Deployment" && object.kind !== "StatefulSet") return [];
  const replicas = mapping(object.body.spec).replicas;
  const scaled = objects.some(
    ({ kind, body }) =>
      kind === "HorizontalPodAutoscaler" && text(mapping(mapping(body.spec).scaleTargetRef).name) === object.name,
  );
  const budget = objects.some(
    ({ kind, namespace, body }) =>
      kind === "PodDisruptionBudget" && namespace === object.namespace && selects(mapping(body.spec).selector, labels),
  );
  const spread = mapping(pod.affinity).podAntiAffinity !== undefined || list(pod.topologySpreadConstraints).length > 0;
  return [
    ...(scaled || (typeof replicas === "number" && replicas >= 2) ? [] : ["one replica"]),
    ...(budget ? [] : ["no PodDisruptionBudget"]),
    ...(spread ? [] : ["nothing spreads its pods over nodes"]),
  ];
};

export const resourceRemarks = (workload: Workload): readonly string[] =>
  workload.containers.flatMap((container) => {
    const { limits, requests } = mapping(container.resources);
    const starts = list(workload.pod.initContainers).includes(container);
    const job = workload.object.kind === "Job" || workload.object.kind === "CronJob";
    const missing = [
      ...(mapping(limits).memory === undefined ? ["no limit of memory"] : []),
      ...(mapping(requests).memory === undefined || mapping(requests).cpu === undefined ? ["no requests"] : []),
      ...(starts || job || container.readinessProbe !== undefined ? [] : ["no readinessProbe"]),
      ...(starts || job || container.livenessProbe !== undefined ? [] : ["no livenessProbe"]),
    ];
    return missing.length === 0 ? [] : [`${text(container.name)}: ${missing.join(", ")}`];
  });

export const imageRemarks = ({ containers }: Workload): readonly string[] =>
  containers.flatMap(({ image }) => {
    const name = imageName(text(image));
    return isMoving(name) ? [`image ${name.name}${name.tag === undefined ? " without a tag" : `:${name.tag}`}`] : [];
  });
