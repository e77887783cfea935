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

export const schemaTrial = question({
  id: "schema.trial",
  kind: "confirm",
  label: "Trial start",
  title:
    "Should every integration be started once more, beside the one that runs, to see whether it accepts its configuration?",
  why: "It gets the account, folder and environment of its service, but no network and no place to write, and is stopped after 15 seconds: neither its port nor anybody it calls is touched. It takes memory for a second program, so nothing is started unless this is asked for (--set schema.trial=true); the answer is not remembered.",
  schema: z.boolean(),
  needs,
  when: ({ here }) => (knownValue(here)?.integrations.length ?? 0) > 0,
  default: () => false,
  remembered: false,
});
