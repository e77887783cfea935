import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { workloadHealthPath } from "../../runtime/workload/questions.ts";
import { containersImage } from "../containers/questions.ts";
import {
  kubernetesEgress,
  kubernetesIngress,
  kubernetesName,
  kubernetesPort,
  kubernetesReplicas,
} from "./questions.ts";

const folder = "/repository/deploy/kubernetes";

const abouts: readonly (readonly [path: string, about: string])[] = [
  ["README.md", "How base, overlays and the Secret fit together, and how a release gets in."],
  ["base/kustomization.yaml", "What is the same everywhere; base.toml becomes the Config.toml of a ConfigMap."],
  ["base/namespace.yaml", "A namespace that takes only pods of the restricted Pod Security Standard."],
  ["base/deployment.yaml", "The program: numeric user, read-only, no capabilities, secrets 0440, probes, limits."],
  ["base/service.yaml", "The name inside the cluster."],
  ["base/service-account.yaml", "An account of its own that gets no token."],
  ["base/network-policy.yaml", "Who may call it and what it may call; everything else is closed."],
  ["base/disruption-budget.yaml", "Maintenance takes one pod at a time."],
  ["base/base.toml", "Configuration that is the same everywhere, without secrets."],
  ["overlays/development/kustomization.yaml", "Development: one pod."],
  ["overlays/development/environment.toml", "What differs in development, without secrets."],
  ["overlays/staging/kustomization.yaml", "Staging: as production, smaller."],
  ["overlays/staging/environment.toml", "What differs in staging, without secrets."],
  ["overlays/production/kustomization.yaml", "Production: the image by digest, pods on different nodes."],
  ["overlays/production/spread.yaml", "Pods of production are spread over nodes."],
  ["overlays/production/environment.toml", "What differs in production, without secrets."],
];

/** The lines of a rule for one entry: an address by itself, a name of the cluster by its namespace, any other by its port. */
const rule = (host: string, port: number): readonly string[] => {
  const address = host.replace(/^\[|\]$/gu, "");
  const version6 = address.includes(":");
  const inCluster = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/u.exec(host);
  const to =
    inCluster !== null
      ? ["- namespaceSelector:", "    matchLabels:", `      kubernetes.io/metadata.name: ${inCluster[2]}`]
      : version6 || /^\d+(?:\.\d+){3}$/u.test(address)
        ? ["- ipBlock:", `    cidr: ${version6 ? `"${address}/128"` : `${address}/32`}`]
        : [
            "- ipBlock:",
            "    cidr: 0.0.0.0/0",
            "    # The metadata service of clouds.",
            "    except: [169.254.0.0/16]",
          ];
  return [
    `# ${host}`,
    "- to:",
    ...to.map((line) => `    ${line}`),
    "  ports:",
    "    - protocol: TCP",
    `      port: ${port}`,
  ];
};

const egressRules = (entries: readonly string[]): string =>
  entries
    .toSorted()
    .flatMap((entry) => {
      const at = entry.lastIndexOf(":");
      return rule(entry.slice(0, at), Number(entry.slice(at + 1)));
    })
    .map((line) => `    ${line}`)
    .join("\n");

/** An answer of 200 to 399 is asked for only where somebody named a path; else a connection has to do. */
const readiness = (path: string, port: number): string =>
  (path === "/"
    ? ["tcpSocket:", "  port: service"]
    : [
        "httpGet:",
        `  path: ${JSON.stringify(path)}`,
        "  port: service",
        `  scheme: ${[443, 8443, 9443].includes(port) ? "HTTPS" : "HTTP"}`,
      ]
  )
    .map((line) => `            ${line}`)
    .join("\n");

/** A kustomize base and its overlays. Pure; no value of a secret is in it. */
export const generateKubernetes = (answers: AnswerReader): readonly RenderedFile[] => {
  const port = answers.get(kubernetesPort);
  const rules = egressRules(answers.get(kubernetesEgress));
  const values: Readonly<Record<string, string>> = {
    name: answers.get(kubernetesName),
    image: answers.get(containersImage),
    port: String(port),
    replicas: String(answers.get(kubernetesReplicas)),
    ingress: answers.get(kubernetesIngress),
    egress: rules === "" ? "" : `\n${rules}`,
    readiness: readiness(answers.get(workloadHealthPath), port),
  };
  return abouts.map(([path, about]) => ({
    path: `${folder}/${path}`,
    content: template(`configuration/kubernetes/${path}`).replace(
      /\{\{([a-z]+)\}\}/gu,
      (whole, name: string) => values[name] ?? whole,
    ),
    mode: "0644",
    about,
  }));
};
