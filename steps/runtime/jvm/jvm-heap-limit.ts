import { control, fragment } from "../../../src/model/control.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type RuntimeUnits, unitFiles } from "../../../src/probes/unit-files.ts";
import { unitAdditions } from "../unit.ts";
import { explicitHeap, formatHeap, heapsTogether, impliedHeap } from "./heap.ts";
import { answeredHeap } from "./questions.ts";
import { appliesToServed, type Served, served, verdictOn } from "./served.ts";

const together = (all: readonly Served[], memory: number): number =>
  all.reduce((sum, { integration }) => sum + (explicitHeap(integration, memory) ?? impliedHeap(memory)), 0);

const problemOf =
  (all: readonly Served[], { memory }: RuntimeUnits, answers: AnswerReader) =>
  ({ integration }: Served): string | undefined => {
    const limit = explicitHeap(integration, memory);
    const answered = answeredHeap(answers, integration.id);
    if (limit === undefined) return "no limit for its heap";
    if (answered !== undefined && limit > answered)
      return together(all, memory) > memory * heapsTogether
        ? `its heap may grow to ${formatHeap(limit)}, and all heaps together to more than the machine can give (${formatHeap(memory)})`
        : `its heap may grow to ${formatHeap(limit)}, more than ${formatHeap(answered)}`;
    return undefined;
  };

/** java(1) -Xmx, -XX:MaxRAMPercentage. */
export const jvmHeapLimit = control({
  id: "jvm-heap-limit",
  guideline: ["RT-13"],
  title: "Every integration's heap has a limit that the machine can give",
  failing: "An integration's heap can take more memory than there is",
  severity: "medium",
  risk: "restart",
  rationale:
    "A flood of large requests fills the heap. With a limit that the machine can give, the one program fails and starts again; without it the kernel kills whatever it likes, the database or sshd included.",
  references: [
    { source: "NIST 800-53", id: "SC-6" },
    { source: "man", id: "java(1)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) => {
    const all = served(facts, answers);
    return verdictOn(all, problemOf(all, facts.units, answers));
  },
  plan: (facts, answers) =>
    served(facts, answers).flatMap(({ integration, unit }) => {
      const bytes = answeredHeap(answers, integration.id);
      if (bytes === undefined) return [];
      const limit = explicitHeap(integration, facts.units.memory);
      // A limit below the answer is the owner's choice, in his own words: it stays.
      if (limit !== undefined && limit <= bytes) return [];
      return [fragment(unitAdditions, { unit: unit.name, jvmOptions: [`-Xmx${formatHeap(bytes)}`] })];
    }),
  breaks: (facts, answers) =>
    served(facts, answers).flatMap(({ integration, unit }) => {
      const bytes = answeredHeap(answers, integration.id);
      const peak = unit.process?.peakMemory ?? 0;
      return bytes !== undefined && peak > bytes * 1.2
        ? [`${integration.id} has used ${formatHeap(peak)} at once: ${formatHeap(bytes)} of heap may be too little`]
        : [];
    }),
});
