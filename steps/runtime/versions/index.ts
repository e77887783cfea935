import type { Step } from "../../../src/model/step.ts";
import { generateVersions } from "./generate.ts";
import { wantedTools } from "./questions.ts";
import { toolsDevelopment } from "./tools-development.ts";
import { toolsInstallerPermissions } from "./tools-installer-permissions.ts";
import { toolsWorkstations } from "./tools-workstations.ts";
import { versionsBallerina } from "./versions-ballerina.ts";
import { versionsBaseImage } from "./versions-base-image.ts";
import { versionsJava } from "./versions-java.ts";
import { versionsJavaBundled } from "./versions-java-bundled.ts";
import { versionsJavaSupported } from "./versions-java-supported.ts";
import { versionsNetty } from "./versions-netty.ts";
import { versionsOs } from "./versions-os.ts";
import { versionsPackages } from "./versions-packages.ts";
import { versionsTableAge } from "./versions-table-age.ts";

export const versionsStep: Step = {
  id: "versions",
  category: "runtime",
  title: "Versions",
  intro: "What integrations run on, and whether its known holes are closed: Java, Ballerina, packages, images.",
  questions: [wantedTools, toolsWorkstations.question],
  controls: [
    versionsBallerina,
    versionsJava,
    versionsJavaBundled,
    versionsJavaSupported,
    versionsOs,
    versionsPackages,
    versionsBaseImage,
    versionsNetty,
    versionsTableAge,
    toolsDevelopment,
    toolsInstallerPermissions,
    toolsWorkstations.control,
  ],
  generate: generateVersions,
};
