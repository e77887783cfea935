import { stepWhere } from "../../../src/core/where.ts";
import type { Step } from "../../../src/model/step.ts";
import { whereIntegrations } from "../../runtime/workload/questions.ts";
import { generateKubernetes } from "./generate.ts";
import { kubernetesAvailability } from "./kubernetes-availability.ts";
import { kubernetesConfiguration } from "./kubernetes-configuration.ts";
import { kubernetesImages } from "./kubernetes-images.ts";
import { kubernetesIsolation } from "./kubernetes-isolation.ts";
import { kubernetesMounts } from "./kubernetes-mounts.ts";
import { kubernetesNetwork } from "./kubernetes-network.ts";
import { kubernetesPrivileges } from "./kubernetes-privileges.ts";
import { kubernetesResources } from "./kubernetes-resources.ts";
import { kubernetesSecrets } from "./kubernetes-secrets.ts";
import { kubernetesServiceAccount } from "./kubernetes-service-account.ts";
import { kubernetesUser } from "./kubernetes-user.ts";
import {
  kubernetesEgress,
  kubernetesIngress,
  kubernetesManifests,
  kubernetesName,
  kubernetesPort,
  kubernetesReplicas,
} from "./questions.ts";

export const kubernetes: Step = stepWhere(whereIntegrations, {
  id: "kubernetes",
  category: "configuration",
  title: "Kubernetes",
  intro: "Configuration and secrets are apart, pods have no rights they do not use, and losing a node stops nothing.",
  questions: [
    kubernetesManifests,
    kubernetesName,
    kubernetesPort,
    kubernetesEgress,
    kubernetesReplicas,
    kubernetesIngress,
  ],
  controls: [
    kubernetesSecrets,
    kubernetesIsolation,
    kubernetesConfiguration,
    kubernetesUser,
    kubernetesPrivileges,
    kubernetesMounts,
    kubernetesNetwork,
    kubernetesServiceAccount,
    kubernetesImages,
    kubernetesAvailability,
    kubernetesResources,
  ],
  generate: generateKubernetes,
});
