import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { type forges, pipelineDistribution } from "../../runtime/pipeline/questions.ts";
import { containersImage } from "../containers/questions.ts";
import { kubernetesName } from "../kubernetes/questions.ts";
import { deliveryForge } from "./questions.ts";

type DeliveryFile = {
  readonly path: string;
  readonly mode: string;
  readonly about: string;
  /** Left out: whichever build server it is. */
  readonly forge?: (typeof forges)[number];
};

const files: readonly DeliveryFile[] = [
  {
    path: ".github/workflows/image-delivery.yml",
    mode: "0644",
    about: "GitHub: builds the image once, scans it, and promotes its digest; production waits for reviewers.",
    forge: "github",
  },
  {
    path: ".gitlab/image-delivery.yml",
    mode: "0644",
    about: "GitLab: the same, to be included from .gitlab-ci.yml; production is started by hand.",
    forge: "gitlab",
  },
  {
    path: "Jenkinsfile.image-delivery",
    mode: "0644",
    about: "Jenkins: the same; production waits for an answer.",
    forge: "jenkins",
  },
  {
    path: "deploy/build-image.sh",
    mode: "0755",
    about:
      "Builds and pushes the image with bill of materials and provenance, and refuses one with configuration in it.",
  },
  {
    path: "deploy/promote.sh",
    mode: "0755",
    about: "Brings a digest to an environment, waits until it answers, goes back when it does not.",
  },
];

/** Everything that brings an image to its environments. Pure. */
export const generateDelivery = (answers: AnswerReader): readonly RenderedFile[] => {
  const chosen = answers.get(deliveryForge);
  if (chosen.length === 0) return [];
  const values: Readonly<Record<string, string>> = {
    distribution: answers.get(pipelineDistribution),
    image: answers.get(containersImage),
    name: answers.get(kubernetesName),
  };
  return files
    .filter(({ forge }) => forge === undefined || chosen.includes(forge))
    .map(({ path, mode, about }) => ({
      path: `/repository/${path}`,
      content: template(`configuration/delivery/${path}`).replace(
        /\{\{([a-z]+)\}\}/gu,
        (whole, name: string) => values[name] ?? whole,
      ),
      mode,
      about,
    }));
};
