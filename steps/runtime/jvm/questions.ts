import { z } from "zod";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { type AnswerReader, question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type RuntimeUnits, unitFiles } from "../../../src/probes/unit-files.ts";
import { explicitHeap, formatHeap, heapShare, parseHeap } from "./heap.ts";
import { lastOption, type Served, served } from "./served.ts";

const needs = { here: raw(integrations), units: raw(unitFiles) };
type Asked = { readonly here: Fact<WhatRunsHere>; readonly units: Fact<RuntimeUnits> };

export const servedByFacts = ({ here, units }: Asked, answers: AnswerReader): readonly Served[] => {
  const found = knownValue(here);
  const files = knownValue(units);
  return found === undefined || files === undefined ? [] : served({ here: found, units: files }, answers);
};

const assignment = /^([^=]+)=(\d+[kKmMgG]?)$/u;

export const jvmHeap = question({
  id: "jvm.heap",
  kind: "list",
  label: "Largest heap",
  title: "How much memory may each integration's heap take?",
  why: "One line each: orders-api=512m. Without a limit a JVM takes what its rule of thumb says, and several of them together can take more than the machine has: the kernel then kills one of them. Proposed is what each may take now, cut so that all heaps together leave a quarter of the memory to everything else.",
  schema: z.array(z.string().regex(assignment, "must be NAME=SIZE, such as orders-api=512m")),
  needs,
  when: (facts, answers) => servedByFacts(facts, answers).length > 0,
  default: (facts, answers) => {
    const all = servedByFacts(facts, answers);
    const memory = knownValue(facts.units)?.memory ?? 0;
    const shares = heapShare(
      all.map(({ integration }) => explicitHeap(integration, memory)),
      memory,
    );
    return all.map(({ integration }, index) => `${integration.id}=${formatHeap(shares[index] as number)}`);
  },
  check: (lines, { units }) => {
    const memory = knownValue(units)?.memory ?? 0;
    const total = lines.reduce((sum, line) => sum + (parseHeap(assignment.exec(line)?.[2] ?? "") ?? 0), 0);
    return memory > 0 && total > memory
      ? `together that is ${formatHeap(total)}, and the machine has ${formatHeap(memory)}`
      : undefined;
  },
});

/** Bytes of the heap answered for an integration; undefined when no line names it. */
export const answeredHeap = (answers: AnswerReader, id: string): number | undefined => {
  const line = answers.get(jvmHeap).findLast((each) => each.startsWith(`${id}=`));
  return line === undefined ? undefined : parseHeap(assignment.exec(line)?.[2] ?? "");
};

export const jvmJmx = question({
  id: "jvm.jmx",
  kind: "select",
  label: "JMX port",
  title: "What becomes of the JMX port?",
  why: "Whoever reaches a JMX port can call methods inside the program, and without a password that is everybody. Metrics come from the metrics endpoint instead; a profiler can come through an ssh tunnel to a port on the loopback address.",
  schema: z.enum(["off", "loopback"]),
  needs,
  when: (facts, answers) =>
    servedByFacts(facts, answers).some(
      ({ integration }) => lastOption(integration, "-Dcom.sun.management.jmxremote") !== undefined,
    ),
  choices: () => [
    { value: "off", label: "off" },
    { value: "loopback", label: "on the loopback address only", hint: "reached through an ssh tunnel" },
  ],
  default: () => "off" as const,
});
