import { z } from "zod";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";

const needs = { here: raw(integrations) };
const someIntegration = ({ here }: { readonly here: Fact<WhatRunsHere> }): boolean =>
  (knownValue(here)?.integrations.length ?? 0) > 0;

export const valuesKnown = question({
  id: "values.known",
  kind: "list",
  label: "Overridden on purpose",
  title: "Which keys are given in several places on purpose?",
  why: "The environment wins over arguments, these over files, and the first file over the next. What is named here (key by key, such as ballerina.log.level) is no finding when a stronger source overrides it.",
  schema: z.array(
    z.string().regex(/^[^\s.=[\]"']+(?:\.[^\s.=[\]"']+)*$/u, "must be a key, such as ballerina.log.level"),
  ),
  needs,
  when: someIntegration,
  default: () => [],
});

export const valuesStage = question({
  id: "values.stage",
  kind: "select",
  label: "Stage",
  title: "Which stage is this machine?",
  why: "In production no integration may call a host of development or test, and what was left pointing at localhost calls nobody. In other stages that is as it should be.",
  schema: z.enum(["production", "other"]),
  needs,
  when: someIntegration,
  choices: () => [
    { value: "production", label: "production" },
    { value: "other", label: "development, test or staging" },
  ],
  default: () => "production" as const,
});
