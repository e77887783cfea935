import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import type { Endpoint } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { pathList } from "../../../src/probes/answered-paths.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { kubernetesManifestsQuestion } from "../../../src/probes/kubernetes-manifests.ts";
import { describedByAnswers } from "../../runtime/workload/described.ts";
import { workloadPort } from "../../runtime/workload/questions.ts";
import { containersImage } from "../containers/questions.ts";

const needs = { here: raw(integrations) };

export const kubernetesManifests = question({
  id: kubernetesManifestsQuestion,
  kind: "list",
  label: "Manifests",
  title: "Where are the Kubernetes manifests?",
  why: "Files, or folders that are searched six levels deep, on this machine. Patches and templates say only half: name what kustomize build or helm template makes of them. None is read unless it is named.",
  schema: pathList,
  needs: {},
  default: () => [],
  describe: (paths) => (paths.length === 0 ? "none" : paths.join(", ")),
});

/** RFC 1123 label, as names of namespaces and labels have to be; with room for "-development" behind it. */
const label = z
  .string()
  .trim()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/u, "must be small letters, digits and dashes, 50 at most");

export const kubernetesName = question({
  id: "kubernetes.name",
  kind: "text",
  label: "Name",
  title: "What is the integration called in the cluster?",
  why: "Deployment, service, policies and namespaces carry this name. The default is the last part of the image's name.",
  schema: label,
  needs: {},
  default: (_facts, answers) => {
    const image = answers.get(containersImage);
    return (
      image
        .slice(image.lastIndexOf("/") + 1)
        .replace(/[^a-z0-9]+/gu, "-")
        .replace(/^-+/u, "")
        .slice(0, 50)
        .replace(/-+$/u, "") || "integration"
    );
  },
});

export const kubernetesPort = question({
  id: "kubernetes.port",
  kind: "text",
  label: "Port",
  title: "On which port does the integration listen in its container?",
  why: "Service, probes and the network policy name it. The default is where the integration listens on this machine.",
  schema: z.coerce.number().int().min(1).max(65_535),
  needs,
  default: ({ here }, answers) =>
    knownValue(here)?.integrations[0]?.sockets.find(({ transport }) => transport === "tcp")?.port ??
    answers.get(workloadPort),
});

/** "db.example.net:5432"; an address of version 6 in brackets. */
export const egressEntry = z
  .string()
  .trim()
  .regex(
    /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(?:[1-9]\d{0,4})$/u,
    "must be host:port, such as db.example.net:5432",
  )
  .refine((text) => Number(text.slice(text.lastIndexOf(":") + 1)) <= 65_535, "has a port above 65535");

const entryOf = ({ host, port }: Endpoint): string =>
  `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;

export const kubernetesEgress = question({
  id: "kubernetes.egress",
  kind: "list",
  label: "Calls",
  title: "What does the integration call?",
  why: "host:port of databases, queues and APIs: the network policy lets it out to these ports alone, and to an address where one is given; a policy cannot name hosts. The default is what its configuration names.",
  schema: z.array(egressEntry),
  needs,
  default: ({ here }, answers) => {
    const found = knownValue(here)?.integrations ?? [];
    const endpoints = (found.length > 0 ? found : [describedByAnswers(answers)]).flatMap(({ endpoints }) => endpoints);
    return [...new Set(endpoints.filter(({ port }) => port > 0).map(entryOf))].filter(
      (entry) => egressEntry.safeParse(entry).success && !/^(?:localhost|127\.|\[::1\])/u.test(entry),
    );
  },
  describe: (all) => (all.length === 0 ? "nothing" : all.join(", ")),
});

export const kubernetesReplicas = question({
  id: "kubernetes.replicas",
  kind: "text",
  label: "Replicas",
  title: "How many pods should run in production?",
  why: "Two survive the loss of a node, three also survive it during a maintenance. They are put on different nodes.",
  schema: z.coerce.number().int().min(2).max(50),
  needs: {},
  default: () => 2,
});

export const kubernetesIngress = question({
  id: "kubernetes.ingress-namespace",
  kind: "text",
  label: "Called from",
  title: "Which namespace calls the integration?",
  why: "That of the ingress controller or gateway: the network policy lets nobody else in.",
  schema: label,
  needs: {},
  default: () => "ingress-nginx",
});
