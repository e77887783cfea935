import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { pathList } from "../../../src/probes/answered-paths.ts";
import { containerFiles, containerFilesQuestion, usualPlaces } from "../../../src/probes/container-files.ts";
import { containerImages, containerImagesQuestion } from "../../../src/probes/container-images.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { workloadName } from "../../runtime/workload/questions.ts";

const described = (paths: readonly string[]): string => (paths.length === 0 ? "none" : paths.join(", "));

export const containersFiles = question({
  id: containerFilesQuestion,
  kind: "list",
  label: "Container files",
  title: "Where are the Dockerfiles and compose files?",
  why: "Files, or folders that are searched six levels deep, on this machine. The default is where programs and accounts usually keep them, four levels deep.",
  schema: pathList,
  needs: { found: raw(containerFiles) },
  default: () => [...usualPlaces],
  current: ({ found }) =>
    knownValue(found)
      ?.files.slice(0, 4)
      .map(({ path }) => path)
      .join(", ") || "none found",
  describe: described,
});

export const containersImages = question({
  id: containerImagesQuestion,
  kind: "list",
  label: "Saved images",
  title: "Which saved images should be looked into?",
  why: "Archives of docker save, podman save or skopeo (OCI), packed or not, on this machine: their layers are searched without an engine. Looking takes as long as reading the archive, so none is looked into unless it is named.",
  schema: pathList,
  needs: { images: raw(containerImages) },
  default: () => [],
  describe: described,
});

/** A name of an image without tag and digest: distribution reference grammar. */
const reference = z
  .string()
  .trim()
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?\/)?[a-z0-9]+(?:[._-][a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/u,
    "must be the name of an image without tag, such as registry.example.com/team/orders",
  );

export const containersImage = question({
  id: "containers.image",
  kind: "text",
  label: "Name of the image",
  title: "What is the integration's image called?",
  why: "Generated compose files, manifests and pipelines name it. Tag and digest are left to the release. The default is the integration's own name below a registry that has to be replaced.",
  schema: reference,
  needs: { here: raw(integrations) },
  default: ({ here }, answers) => {
    const name = knownValue(here)?.integrations[0]?.id ?? answers.get(workloadName);
    const plain = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/gu, "-")
      .replace(/^-+|-+$/gu, "");
    return `registry.example.internal/${plain || "integration"}`;
  },
});
