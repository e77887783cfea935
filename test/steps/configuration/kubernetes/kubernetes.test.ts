import { describe, expect, test } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import type { Probe } from "../../../../src/model/probe.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import {
  kubernetesManifests,
  type ManifestFiles,
  parseManifestFiles,
} from "../../../../src/probes/kubernetes-manifests.ts";
import { generateKubernetes } from "../../../../steps/configuration/kubernetes/generate.ts";
import { kubernetes } from "../../../../steps/configuration/kubernetes/index.ts";
import { egressEntry } from "../../../../steps/configuration/kubernetes/questions.ts";
import { workloadStep } from "../../../../steps/runtime/workload/index.ts";
import { factsOf, settle } from "../../settle.ts";

const ids = kubernetes.controls.map(({ id }) => id);
const seen = (manifests: ManifestFiles) =>
  settle(
    [workloadStep, kubernetes],
    factsOf(
      [integrations as Probe<unknown>, known({ integrations: [], installations: [], others: [], bounds: [] })],
      [kubernetesManifests as Probe<unknown>, known(manifests)],
    ),
    { "workload.expected": true },
  );
const file = (content: string | undefined, path = "/srv/a.yaml"): ManifestFiles => ({
  files: [{ path, content }],
  missing: [],
  bounded: false,
});
const generated = (answers: Answers = {}) => generateKubernetes(answerReader(new Map(), answers));
/** The base as one list of objects, with the tag that an overlay gives. */
const base = (answers: Answers = {}): string =>
  generated(answers)
    .filter(({ path }) => /\/base\/.*\.yaml$/u.test(path) && !path.endsWith("kustomization.yaml"))
    .map(({ content }) => content.replace(/^(\s+image: \S+)$/mu, "$1:unreleased"))
    .join("---\n");

describe("what is generated", () => {
  test("passes its own inspection", () => {
    const { results, details } = seen(file(base()));
    for (const id of ids) expect([id, results[id], details[id]]).toEqual([id, "pass", ""]);
  });
  test.each<[string, string, string, string]>([
    ["kubernetes-user", "runAsUser: 10014", "runAsUser: 0", "Deployment integration: integration: runAsUser 0"],
    ["kubernetes-user", "runAsNonRoot: true", "runAsNonRoot: false", "integration: no runAsNonRoot"],
    [
      "kubernetes-privileges",
      "readOnlyRootFilesystem: true",
      "readOnlyRootFilesystem: false",
      "no readOnlyRootFilesystem",
    ],
    ["kubernetes-privileges", "drop: [ALL]", "drop: [NET_RAW]", "capabilities not dropped"],
    ["kubernetes-privileges", "type: RuntimeDefault", "type: Unconfined", "no seccompProfile"],
    ["kubernetes-isolation", "enableServiceLinks: false", "hostNetwork: true", "hostNetwork"],
    ["kubernetes-isolation", "allowPrivilegeEscalation: false", "privileged: true", "integration: privileged"],
    [
      "kubernetes-isolation",
      "emptyDir:\n            sizeLimit: 256Mi",
      "hostPath: { path: /var/run }",
      "volume temporary is /var/run of the node",
    ],
    [
      "kubernetes-mounts",
      "secrets\n            defaultMode: 288",
      "secrets\n            defaultMode: 0644",
      "volume secrets has mode 0644",
    ],
    [
      "kubernetes-mounts",
      "secrets\n            defaultMode: 288",
      "secrets\n            defaultMode: 440",
      "volume secrets has mode 0670: 440 is decimal; 0440 is 288",
    ],
    ["kubernetes-mounts", "secrets\n            defaultMode: 288", "secrets", "volume secrets has mode 0644"],
    [
      "kubernetes-mounts",
      "mountPath: /home/ballerina/conf\n              readOnly: true",
      "mountPath: /home/ballerina/conf",
      "config on /home/ballerina/conf without readOnly",
    ],
    [
      "kubernetes-service-account",
      "automountServiceAccountToken: false\n      enable",
      "automountServiceAccountToken: true\n      enable",
      "its pods get a token of the API",
    ],
    ["kubernetes-network", "policyTypes: [Ingress, Egress]", "policyTypes: [Ingress]", "no NetworkPolicy for egress"],
    [
      "kubernetes-network",
      "podSelector:\n    matchLabels:\n      app.kubernetes.io/name: integration",
      "podSelector:\n    matchLabels:\n      app: other",
      "no NetworkPolicy for ingress and egress",
    ],
    ["kubernetes-availability", "replicas: 2", "replicas: 1", "one replica"],
    ["kubernetes-availability", "kind: PodDisruptionBudget", "kind: Other", "no PodDisruptionBudget"],
    ["kubernetes-availability", "affinity:", "nothing:", "nothing spreads its pods over nodes"],
    ["kubernetes-resources", "livenessProbe:", "nothing:", "no livenessProbe"],
    ["kubernetes-resources", "memory: 1Gi", "cpu: 1", "no limit of memory"],
    ["kubernetes-images", ":unreleased", ":latest", "image registry.example.internal/integration:latest"],
    [
      "kubernetes-configuration",
      "env:\n",
      "env:\n            - { name: DB_PASSWORD, value: hunter2 }\n",
      "variable DB_PASSWORD of integration",
    ],
  ])("%s fails where %j becomes %j", (id, from, to, detail) => {
    const text = base();
    expect(text).toContain(from);
    const { results, details, findings, changes } = seen(file(text.replace(from, to)));
    expect(results[id]).toBe("fail");
    expect(details[id]).toContain(detail);
    expect(changes).toEqual([]);
    expect(JSON.stringify(findings)).not.toContain("hunter2");
  });
});

describe("secrets in manifests", () => {
  test("a Secret with values fails kubernetes-secrets, a form to fill in does not", () => {
    const secret = (body: string) => seen(file(`apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${body}\n`));
    const filled = secret(`data: {secrets.toml: ${Buffer.from("a = 1").toString("base64")}}`);
    expect(filled.details["kubernetes-secrets"]).toBe("/srv/a.yaml:1 Secret s: secrets.toml");
    expect(secret("stringData: {a: hunter2}").results["kubernetes-secrets"]).toBe("fail");
    expect(secret("stringData:\n  a: |\n    # fill in").results["kubernetes-secrets"]).toBe("pass");
  });
  test("literals of a kustomize generator are values", () =>
    expect(
      seen(file("kind: Kustomization\nsecretGenerator: [{name: s, literals: [a=hunter2]}]")).results[
        "kubernetes-secrets"
      ],
    ).toBe("fail"));
  test("a ConfigMap with a password fails kubernetes-configuration", () => {
    const { details } = seen(
      file('kind: ConfigMap\nmetadata: {name: c}\ndata:\n  Config.toml: |\n    dbPassword = "hunter2"\n    port = 1\n'),
    );
    expect(details["kubernetes-configuration"]).toBe("/srv/a.yaml:1 ConfigMap c: Config.toml holds dbPassword");
  });
});

test("a patch says half and is not judged, a CronJob and a List are read", () => {
  const patch = "kind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: a}]}}}";
  expect(seen(file(patch)).results["kubernetes-user"]).toBe("pass");
  const pod = "{template: {spec: {containers: [{name: a, image: a:1}]}}}";
  const job = `kind: List\nitems:\n- {kind: CronJob, metadata: {name: j}, spec: {jobTemplate: {spec: ${pod}}}}`;
  expect(seen(file(job)).details["kubernetes-user"]).toContain("CronJob j: a: no runAsNonRoot, no runAsUser");
});

test("what cannot be read is unknown, and nothing named is nothing to judge", () => {
  const helm = seen(file("a: {{ .Values.x }}\nb: [\n"));
  expect(helm.results["kubernetes-user"]).toBe("unknown");
  expect(helm.details["kubernetes-user"]).toContain("name what helm template makes of it");
  expect(seen(file(undefined)).details["kubernetes-user"]).toBe("/srv/a.yaml is larger than 128 KiB");
  const nothing = seen(parseManifestFiles(""));
  for (const id of ids) expect([id, nothing.results[id]]).toEqual([id, "notapplicable"]);
});

describe("the network policy", () => {
  const policy = (...egress: string[]) =>
    generated({ "kubernetes.egress": egress }).find(({ path }) => path.endsWith("network-policy.yaml"))?.content ?? "";
  test.each([
    ["10.0.0.5:5432", "cidr: 10.0.0.5/32"],
    ["[2001:db8::5]:5432", 'cidr: "2001:db8::5/128"'],
    ["db.orders.svc.cluster.local:5432", "kubernetes.io/metadata.name: orders"],
    ["api.example.net:443", "except: [169.254.0.0/16]"],
  ])("%s: %s", (entry, expected) => {
    expect(policy(entry)).toContain(expected);
    expect(policy(entry)).toContain(`port: ${entry.slice(entry.lastIndexOf(":") + 1)}`);
  });
  test("without anything to call only names are looked up", () => expect(policy()).not.toContain("ipBlock"));
  test.each(["a b:1", "a:0", "a:70000", "a", "a\n:1", "#x:1"])("%j is no entry", (entry) =>
    expect(egressEntry.safeParse(entry).success).toBe(false));
});

test("a health path is asked for by its scheme, and only where one is named", () => {
  const deployment = (answers: Answers) =>
    generated(answers).find(({ path }) => path.endsWith("deployment.yaml"))?.content ?? "";
  expect(deployment({})).not.toContain("httpGet");
  expect(deployment({ "kubernetes.port": 9090 })).toContain("containerPort: 9090");
});
