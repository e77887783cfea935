import type { Step } from "../../../src/model/step.ts";
import { generateSecretFiles } from "./generate.ts";
import { secretsPlace } from "./questions.ts";
import { secretDefaultValues } from "./secret-default-values.ts";
import { secretFilePermissions } from "./secret-file-permissions.ts";
import { secretInCommandLine } from "./secret-in-command-line.ts";
import { secretInComposeFile } from "./secret-in-compose-file.ts";
import { secretInConfiguration } from "./secret-in-configuration.ts";
import { secretInEnvironmentFile } from "./secret-in-environment-file.ts";
import { secretInJar } from "./secret-in-jar.ts";
import { secretInUnit } from "./secret-in-unit.ts";

export const secrets: Step = {
  id: "secrets",
  category: "runtime",
  title: "Secrets",
  intro: "Passwords, keys and tokens are where only the integration can read them, and nowhere else.",
  questions: [secretsPlace],
  controls: [
    secretInCommandLine,
    secretDefaultValues,
    secretInConfiguration,
    secretInUnit,
    secretInEnvironmentFile,
    secretInJar,
    secretFilePermissions,
    secretInComposeFile,
  ],
  generate: generateSecretFiles,
};
