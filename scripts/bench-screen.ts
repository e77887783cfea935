/** The wizard over a made-up machine with 500 failed controls in 25 steps: what scripts/bench.ts presses keys in. */
import { control } from "../src/model/control.ts";
import { categories, fail } from "../src/model/finding.ts";
import type { Session } from "../src/model/session.ts";
import type { Step } from "../src/model/step.ts";
import { runWizard } from "../src/ui/index.tsx";

const steps = Array.from(
  { length: 25 },
  (_, step): Step => ({
    id: `step-${step}`,
    category: categories[step % categories.length] ?? "os",
    title: `Step ${step}`,
    intro: "Twenty controls, none of which holds.",
    questions: [],
    controls: Array.from({ length: 20 }, (_, index) =>
      control({
        id: `step-${step}-control-${index}`,
        guideline: ["OS-01"],
        title: `Control ${index} of step ${step} holds`,
        failing: `Control ${index} of step ${step} does not hold`,
        severity: "high",
        risk: "none",
        rationale: "A reason of ordinary length, so that there is something to wrap and to draw. It ends here.",
        references: [{ source: "man", id: "ink(1)" }],
        needs: {},
        inspect: () => fail("not as wanted", [{ asked: "cat /etc/setting", answered: "no" }]),
        plan: () => [],
      }),
    ),
  }),
);

const never = (): Promise<never> => Promise.reject(new Error("the made-up machine cannot do that"));

const session: Session = {
  label: "made-up machine",
  kind: "local",
  inspect: async () => ({
    host: { name: "made-up", machineId: "0", release: "Made-up Linux 1" },
    facts: new Map(),
    recorded: {},
    excluded: {},
    rights: { root: true },
    durationMs: 0,
  }),
  giveSudoPassword: never,
  apply: never,
  confirm: never,
  confirmCommand: () => "",
  undo: never,
  status: async () => [],
  close: async () => {},
};

await runWizard({
  session,
  steps,
  version: "0.0.0",
  targetOptions: [],
  confirmWithin: 120,
  startAt: "fix",
  callbacks: { savePlan: never, saveAnswers: never, writeFiles: never },
  input: process.stdin,
  output: process.stdout,
  environment: process.env,
});
