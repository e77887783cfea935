import { stepWhere } from "../../../src/core/where.ts";
import type { Step } from "../../../src/model/step.ts";
import { whereIntegrations } from "../../runtime/workload/questions.ts";
import { composeEnvironment } from "./compose-environment.ts";
import { composeImages } from "./compose-images.ts";
import { composeIsolation } from "./compose-isolation.ts";
import { composeLimits } from "./compose-limits.ts";
import { composeMounts } from "./compose-mounts.ts";
import { composePorts } from "./compose-ports.ts";
import { composePrivileges } from "./compose-privileges.ts";
import { composeUser } from "./compose-user.ts";
import { dockerfileBase } from "./dockerfile-base.ts";
import { dockerfileConfiguration } from "./dockerfile-configuration.ts";
import { dockerfileSecrets } from "./dockerfile-secrets.ts";
import { dockerfileUser } from "./dockerfile-user.ts";
import { generateContainers } from "./generate.ts";
import { imageConfiguration } from "./image-configuration.ts";
import { imageSecrets } from "./image-secrets.ts";
import { imageUser } from "./image-user.ts";
import { containersFiles, containersImage, containersImages } from "./questions.ts";

export const containers: Step = stepWhere(whereIntegrations, {
  id: "containers",
  category: "configuration",
  title: "Containers",
  intro:
    "Images hold no configuration and no secret; compose files mount both read-only and give nothing of the host away.",
  questions: [containersFiles, containersImages, containersImage],
  controls: [
    dockerfileConfiguration,
    dockerfileSecrets,
    dockerfileUser,
    dockerfileBase,
    composeIsolation,
    composeEnvironment,
    composeUser,
    composeMounts,
    composeImages,
    composePorts,
    composePrivileges,
    composeLimits,
    imageSecrets,
    imageConfiguration,
    imageUser,
  ],
  generate: generateContainers,
});
