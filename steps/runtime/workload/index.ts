import { picture, type Step } from "../../../src/model/step.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { pictureLines } from "../../../src/workload/picture.ts";
import { workloadHealth } from "./health.ts";
import {
  workloadApplication,
  workloadConfiguration,
  workloadDistribution,
  workloadExpected,
  workloadHealthPath,
  workloadJava,
  workloadLogs,
  workloadModules,
  workloadName,
  workloadPeers,
  workloadPort,
  workloadStartTime,
  workloadUpstreams,
} from "./questions.ts";
import { workloadConfigurationValid } from "./workload-configuration-valid.ts";
import { workloadService } from "./workload-service.ts";

export const workloadStep: Step = {
  id: "workload",
  category: "runtime",
  title: "What runs here",
  intro: "Looks at every integration of this machine: what follows is judged and proposed by what it finds.",
  questions: [
    workloadExpected,
    workloadName,
    workloadPort,
    workloadApplication,
    workloadConfiguration,
    workloadLogs,
    workloadJava,
    workloadModules,
    workloadDistribution,
    workloadUpstreams,
    workloadPeers,
    workloadHealthPath,
    workloadStartTime,
  ],
  controls: [workloadService, workloadConfigurationValid],
  health: workloadHealth,
  picture: picture({
    needs: { here: integrations },
    names: ({ here }) => here.integrations.map(({ id }) => id),
    lines: ({ here }) => pictureLines(here),
  }),
};
