/** Arbitrary actions for property tests of the wizard: sensible ones, senseless ones, and reports that nobody asked for. */
import fc from "fast-check";
import type { Action, Intent, Report } from "../../src/core/wizard/actions.ts";
import { edits } from "../../src/core/wizard/draft.ts";
import type { Setting, WizardState } from "../../src/core/wizard/state.ts";
import { initialState, reduce } from "../../src/core/wizard.ts";
import type { Inspection } from "../../src/model/session.ts";
import { hardenedFacts, inspectionOf, steps, target, weakFacts } from "./wizard-fixture.ts";

const questionIds = steps.flatMap((step) => step.questions).map(({ id }) => id as string);
const controlIds = steps.flatMap((step) => step.controls).map(({ id }) => id);
const items = steps.flatMap((step) => [
  ...step.questions.map(({ id }) => ({ kind: "question" as const, step: step.id, id: id as string })),
  ...step.controls.map(({ id }) => ({ kind: "control" as const, step: step.id, id })),
]);

const simple = [
  "enter",
  "enter",
  "enter",
  "back",
  "toggle",
  "acceptAll",
  "skip",
  "leaveOut",
  "previous",
  "resumeWalk",
  "review",
  "explain",
  "search",
  "keys",
  "command",
  "expand",
  "words",
  "save",
  "writeFiles",
  "log",
  "submit",
  "openEditor",
  "undo",
  "inspectAgain",
] as const;

const text = fc.oneof(
  fc.constantFrom("app01.example.net", "app01", "22", "443", "", "ssh-ed25519 AAAA a@b", "right", "\n"),
  fc.string({ unit: "grapheme", maxLength: 12 }),
);

export const intents: fc.Arbitrary<Intent> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...simple).map((type): Intent => ({ type })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("setup", "fix", "templates", "resume")
      .map((mode): Intent => ({ type: "start", mode: mode as "setup" })),
  },
  { weight: 3, arbitrary: fc.constantFrom(-1, 1, 2, 10, -10, 1000, -1000).map((by): Intent => ({ type: "move", by })) },
  { weight: 2, arbitrary: text.map((typed): Intent => ({ type: "type", text: typed })) },
  { weight: 1, arbitrary: text.map((typed): Intent => ({ type: "paste", text: typed })) },
  { weight: 1, arbitrary: text.map((typed): Intent => ({ type: "write", text: typed })) },
  { weight: 1, arbitrary: fc.constantFrom(...edits).map((how): Intent => ({ type: "edited", how })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("list", "question").map((pane): Intent => ({ type: "pane", pane: pane as "list" })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...questionIds, "no.such"),
        fc.oneof(fc.constantFrom(22, 443, "deny", "allow", true, ["op"], [], ["deploy"]), fc.jsonValue()),
      )
      .map(([question, value]): Intent => ({ type: "answer", question, value })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...questionIds, "no.such").map((question): Intent => ({ type: "edit", question })),
  },
  { weight: 1, arbitrary: fc.constantFrom(...questionIds).map((question): Intent => ({ type: "propose", question })) },
  { weight: 2, arbitrary: fc.constantFrom(...items).map((item): Intent => ({ type: "goTo", item })) },
  { weight: 1, arbitrary: fc.integer({ min: -1, max: 5 }).map((index): Intent => ({ type: "openCategory", index })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.subarray([...controlIds, "no-such"]), text)
      .map(([controls, reason]): Intent => ({ type: "exclude", controls, reason })),
  },
  { weight: 1, arbitrary: fc.subarray([...controlIds]).map((controls): Intent => ({ type: "include", controls })) },
);

const inspections: fc.Arbitrary<Inspection> = fc.constantFrom(
  inspectionOf(weakFacts),
  inspectionOf(hardenedFacts),
  inspectionOf(new Map()),
  inspectionOf(weakFacts, { root: false, reason: "sudo wants a password", passwordHelps: true }),
);

export const reports: fc.Arbitrary<Report> = fc.integer({ min: 0, max: 200_000 }).chain((at) =>
  fc.oneof(
    fc.constant<Report>({ type: "tick", at }),
    fc.constant<Report>({ type: "progress", doing: "looking", at }),
    fc
      .tuple(inspections, fc.constantFrom("first" as const, "again" as const, "after" as const))
      .map(([inspection, purpose]): Report => ({ type: "inspected", inspection, purpose, at })),
    fc.constant<Report>({ type: "inspectionFailed", reason: "no", at }),
    fc.constantFrom(undefined, "wrong").map((problem): Report => ({ type: "sudoAnswered", problem, at })),
    fc
      .constantFrom(
        "refused" as const,
        "pending" as const,
        "confirmed" as const,
        "reverted" as const,
        "failed" as const,
      )
      .map(
        (state): Report => ({
          type: "applied",
          outcome: { transactionId: "t1", state, reason: "", verified: [] },
          confirmCommand: "c",
          at,
        }),
      ),
    fc.constant<Report>({ type: "applyFailed", reason: "gone", at }),
    fc.constant<Report>({ type: "confirmAnswered", outcome: { confirmed: true, how: "x" }, at }),
    fc.constant<Report>({ type: "confirmAnswered", outcome: { confirmed: false, reason: "x", remedy: "y" }, at }),
    fc.constant<Report>({ type: "applyEvent", event: { kind: "armed", seconds: 60 }, at }),
    fc.constant<Report>({ type: "applyEvent", event: { kind: "change", change: 99, progress: "begin" }, at }),
    fc.constant<Report>({ type: "applyEvent", event: { kind: "note", text: "n" }, at }),
    fc.constant<Report>({ type: "written", what: "plan", names: ["/tmp/x"] }),
    fc.constant<Report>({ type: "editorClosed", text: "from the editor\n" }),
  ),
);

export const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: intents },
  { weight: 1, arbitrary: reports },
);

export const setting: Setting = {
  steps,
  version: "0.1.0",
  target,
  targetOptions: ["--host", "op@app01"],
  confirmWithin: 120,
};

const inspected: Action = { type: "inspected", inspection: inspectionOf(weakFacts), purpose: "first", at: 1 };
const toReview: readonly Action[] = [{ type: "start", mode: "setup" }, inspected, { type: "review" }];
const named: readonly Action[] = [...toReview, { type: "enter" }, { type: "type", text: "app01.example.net" }];

/** Where journeys begin: most behind an inspection, because little happens before it. */
const beginnings = {
  entry: [],
  setup: [{ type: "start", mode: "setup" }, inspected],
  fix: [{ type: "start", mode: "fix" }, inspected],
  templates: [{ type: "start", mode: "templates" }],
  review: toReview,
  named,
  applying: [...named, { type: "enter" }],
  pending: [
    ...named,
    { type: "enter" },
    {
      type: "applied",
      outcome: { transactionId: "t1", state: "pending", reason: "", verified: [] },
      confirmCommand: "sudo drawbridge confirm",
      at: 100,
    },
  ],
} satisfies Readonly<Record<string, readonly Action[]>>;

/** Small enough to be read when a property fails: `travel` makes the states of it. */
export type Journey = { readonly from: keyof typeof beginnings; readonly actions: readonly Action[] };

export const journeys: fc.Arbitrary<Journey> = fc.record({
  from: fc.constantFrom(...(Object.keys(beginnings) as (keyof typeof beginnings)[])),
  actions: fc.array(actions, { maxLength: 40 }),
});

export type Leg = { readonly before: WizardState; readonly action: Action; readonly after: WizardState };

/** Every state that a journey passes through, as long as the wizard has not ended. */
export const travel = ({
  from,
  actions: taken,
}: Journey): { readonly legs: readonly Leg[]; readonly end: WizardState } => {
  let state = (beginnings[from] as readonly Action[]).reduce(reduce, initialState({ setting, now: 0 }));
  const legs: Leg[] = [];
  for (const action of taken) {
    const after = reduce(state, action);
    if (after.exitCode !== null) break;
    legs.push({ before: state, action, after });
    state = after;
  }
  return { legs, end: state };
};
