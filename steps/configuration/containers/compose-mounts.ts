import { writableConfiguration } from "../../../src/containers/compose.ts";
import { composeControl } from "./judgement.ts";

/** CF-03: configuration, certificates and secrets are mounted read-only. */
export const composeMounts = composeControl({
  id: "compose-mounts",
  guideline: ["CF-03"],
  title: "Compose files mount configuration and secrets read-only",
  failing: "A container may write its own configuration",
  severity: "medium",
  rationale:
    "A program that was taken over changes what it trusts and where it calls, and that outlives the container: the file is the host's. Nothing in a container has to write its configuration.",
  references: [{ source: "CIS Docker", id: "5.13" }],
  nothing: "configuration is mounted read-only",
  remarks: (service) =>
    writableConfiguration(service).map(({ source, target }) => `${source} on ${target} without :ro`),
});
