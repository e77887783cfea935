import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";

const needs = { here: raw(integrations) };

export const schemaDocument = question({
  id: "schema.document",
  kind: "confirm",
  label: "Write it down",
  title: "Should what the integrations can be configured with be written down on this machine?",
  why: "An example of each Config.toml with types and without secrets, a schema, and a list of every endpoint go to /etc/integrations, for root. Whoever looks after the machine at night then needs neither the sources nor their author.",
  schema: z.boolean(),
  needs,
  when: ({ here }) => (knownValue(here)?.integrations.length ?? 0) > 0,
  default: () => true,
});
