import { isDeployedConfiguration, repositoryControl } from "./judgement.ts";

/** CF-05, CF-09: the settings of a place belong to that place. */
export const repositoryConfiguration = repositoryControl({
  id: "repository-configuration",
  guideline: ["CF-05", "CF-09"],
  title: "No Config.toml of a deployment is tracked with the source",
  failing: "A repository tracks a Config.toml",
  severity: "medium",
  rationale:
    "It is found on every checkout, is copied into images by accident, and collects a password sooner or later. The source carries Config.toml.example; tests/Config.toml is for tests and stays.",
  references: [{ source: "NIST 800-53", id: "CM-6" }],
  nothing: "no Config.toml is tracked",
  needsAll: false,
  remarks: ({ tracked }) => tracked.filter(isDeployedConfiguration),
});
