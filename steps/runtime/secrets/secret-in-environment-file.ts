import { described, environmentFileSecrets } from "./found.ts";
import { secretControl } from "./judgement.ts";

/** Guideline: environment files with secrets are root's alone: systemd reads them before it gives up root's rights. */
export const secretInEnvironmentFile = secretControl({
  id: "secret-in-environment-file",
  kind: "environment file",
  title: "Environment files with passwords can be read by root only",
  failing: "An environment file with passwords lies open",
  severity: "high",
  rationale:
    "systemd reads the files of EnvironmentFile= as root, before the service gives its rights up. No other account has to read them, so every one that can is one too many.",
  references: [
    { source: "man", id: "systemd.exec(5)" },
    { source: "NIST 800-53", id: "AC-6" },
    { source: "CWE", id: "CWE-732" },
  ],
  asked: ({ environmentFiles }) =>
    environmentFiles.length === 0
      ? "EnvironmentFile= of its unit"
      : `stat and names in ${environmentFiles.map(({ path }) => path).join(", ")}`,
  found: environmentFileSecrets,
  state: (integration, file) => `${described(integration.environmentFiles.find(({ path }) => path === file)?.stat)} `,
});
