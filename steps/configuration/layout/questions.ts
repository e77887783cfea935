import { z } from "zod";
import { layoutFound } from "../../../src/configuration/layout.ts";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";

const needs = { here: raw(integrations) };

export const layoutForm = question({
  id: "layout.form",
  kind: "select",
  label: "Layout",
  title: "How should the configuration of the integrations lie on this machine?",
  why: "One Config.toml mixes what is the same everywhere, what differs from stage to stage, whom the integration calls, and its secrets: each has other readers and changes for other reasons. Both layouts split it, with the same values; the service is restarted once. The default leaves it as it is.",
  schema: z.enum(["keep", "centralised", "decentralised"]),
  needs,
  when: ({ here }) => (knownValue(here)?.integrations.length ?? 0) > 0,
  choices: () => [
    { value: "keep", label: "as it is" },
    { value: "centralised", label: "centralised", hint: "/etc/integrations/NAME, one loader for all" },
    { value: "decentralised", label: "decentralised", hint: "/etc/opt/NAME, each service names its own files" },
  ],
  current: ({ here }) =>
    (knownValue(here)?.integrations ?? [])
      .map((integration) => `${integration.id}: ${layoutFound(integration)}`)
      .join("; "),
  default: () => "keep" as const,
});

export const layoutEnvironment = question({
  id: "layout.environment",
  kind: "list",
  label: "Differs by stage",
  title: "Which keys of your own differ from stage to stage?",
  why: "Ports, log levels and metrics of the libraries do anyway. What is named here (a key or a table, such as maxPayload) goes to environment.toml with them; everything else that is no secret and no address stays in base.toml, which is the same in every stage.",
  schema: z.array(
    z.string().regex(/^[^\s.=[\]"']+(?:\.[^\s.=[\]"']+)*$/u, "must be a key or a table, such as limits.maxPayload"),
  ),
  needs,
  when: (_facts, answers) => answers.get(layoutForm) !== "keep",
  default: () => [],
});
