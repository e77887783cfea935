import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { servedByFacts } from "../jvm/questions.ts";

const needs = { here: raw(integrations), units: raw(unitFiles) };

/** Without a machine what is generated for collectors goes by them; on one that has no integration there is nothing to ask. */
const when: NonNullable<Parameters<typeof question<string, typeof needs>>[0]["when"]> = (facts, answers) =>
  knownValue(facts.here) === undefined || servedByFacts(facts, answers).length > 0;

export const logsFormat = question({
  id: "logs.format",
  kind: "select",
  label: "Log format",
  title: "How are the integrations' logs written?",
  why: "Both forms escape what comes from outside, so nobody forges a line. JSON is what Elasticsearch and its like read without rules of their own; logfmt is easier on human eyes. Whatever parses the logs today has to know.",
  schema: z.enum(["json", "logfmt"]),
  needs,
  when,
  choices: () => [
    { value: "json", label: "JSON" },
    { value: "logfmt", label: "logfmt", hint: "Ballerina's own default" },
  ],
  default: () => "json" as const,
});

export const logsLevel = question({
  id: "logs.level",
  kind: "select",
  label: "Log level",
  title: "From which level on do the integrations log?",
  why: "DEBUG writes what requests and answers hold, customers' data and tokens included. ERROR alone hides the warnings that come before a break-in.",
  schema: z.enum(["INFO", "WARN"]),
  needs,
  when,
  choices: () => [
    { value: "INFO", label: "INFO" },
    { value: "WARN", label: "WARN" },
  ],
  default: () => "INFO" as const,
});

export const logsMetricsAddress = question({
  id: "logs.metrics-address",
  kind: "text",
  label: "Metrics address",
  title: "On which address do the integrations show their metrics?",
  why: "The metrics endpoint asks for no password and no certificate, and tells names, paths and volumes of your business. On the loopback address an agent on this machine reads it (the Prometheus agent, an OpenTelemetry collector); for a scraper from outside name an address of an inner network.",
  schema: z.string().regex(/^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]+)$/u, "must be an IP address"),
  needs,
  when,
  default: () => "127.0.0.1",
  check: (address) =>
    /^(?:0\.0\.0\.0|::)$/u.test(address) ? `${address} is every address of the machine: name one` : undefined,
});
