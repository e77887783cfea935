import { z } from "zod";
import type { WizardCallbacks } from "../../src/commands/wizard-effects.ts";
import type { AnyControl } from "../../src/model/control.ts";
import { known } from "../../src/model/fact.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Facts } from "../../src/model/probe.ts";
import { type AnyQuestion, question } from "../../src/model/question.ts";
import type { Inspection, Session } from "../../src/model/session.ts";
import type { Step } from "../../src/model/step.ts";
import { dial, dialControl, facts, fileChange, step, wanted } from "../core/fake-steps.ts";

const asked = (
  definition: Partial<AnyQuestion> & Pick<AnyQuestion, "id" | "kind" | "schema" | "default">,
): AnyQuestion =>
  question({
    label: definition.id,
    title: `What about ${definition.id}?`,
    why: "Because it is so.",
    needs: { dial },
    ...definition,
  }) as AnyQuestion;

/** One question of every kind. */
export const questionOf = {
  confirm: asked({ id: "kinds.confirm", kind: "confirm", schema: z.boolean(), default: () => true }),
  select: asked({
    id: "kinds.select",
    kind: "select",
    schema: z.enum(["low", "middle", "high"]),
    default: () => "middle",
    choices: () => [
      { value: "low", label: "Low", hint: "quiet" },
      { value: "middle", label: "Middle" },
      { value: "high", label: "High", disabled: "the fuse would blow" },
    ],
  }),
  multiselect: asked({
    id: "kinds.multiselect",
    kind: "multiselect",
    schema: z.array(z.string()).min(1, "somebody has to be let in"),
    default: () => ["op"],
    current: () => "everyone with a shell (3 accounts)",
    choices: () => [
      { value: "op", label: "op", hint: "key ed25519, sudo, here now" },
      { value: "deploy", label: "deploy" },
      { value: "root", label: "root", disabled: "refused by Root login" },
    ],
  }),
  text: wanted as AnyQuestion,
  secret: asked({
    id: "kinds.secret",
    kind: "secret",
    schema: z.string().min(4, "four letters at least"),
    default: () => "none",
  }),
  list: asked({
    id: "kinds.list",
    kind: "list",
    schema: z.array(z.string().regex(/^\S+$/u, "no spaces inside an entry")),
    default: () => ["10.0.0.1"],
  }),
  multiline: asked({
    id: "kinds.multiline",
    kind: "text",
    multiline: true,
    schema: z.string(),
    default: () => "Keep\nout\n",
  }),
};

const reading = (id: string, read: AnyQuestion, file: string): AnyControl =>
  dialControl(
    id,
    (_, answers) => [
      fileChange(file, `${JSON.stringify(answers.get(read))}\n`, { risk: id === "dial-set" ? "lockout" : "none" }),
    ],
    {
      failing: `${id} stands wrong`,
      inspect: ({ dial: value }, answers) => {
        answers.get(read);
        const result = value === 5 ? "pass" : "fail";
        return { result, detail: "", evidence: [{ asked: "read the dial", answered: String(value) }] };
      },
    },
  );

export const fakeSteps: readonly Step[] = [
  step([reading("dial-set", wanted as AnyQuestion, "/etc/dial")], {
    access: { needs: {}, after: () => ({ administrator: "op", port: 22022 }) },
  }),
  step(
    (["confirm", "select", "multiselect", "secret", "list", "multiline"] as const).map((kind) =>
      kind === "secret"
        ? reading("kinds-secret", questionOf.confirm, "/etc/secret")
        : reading(`kinds-${kind}`, questionOf[kind], `/etc/${kind}`),
    ),
    {
      id: "kinds",
      category: "network",
      title: "Kinds",
      intro: "One of every kind.",
      questions: [
        questionOf.confirm,
        questionOf.select,
        questionOf.multiselect,
        questionOf.secret,
        questionOf.list,
        questionOf.multiline,
      ],
    },
  ),
];

export const inspectionOf = (value: number, more: Partial<Inspection> = {}): Inspection => ({
  host: { name: "app01", machineId: "0".repeat(32), release: "Debian 12" },
  facts: facts({ dial: known(value) }) as Facts,
  recorded: {},
  excluded: {},
  rights: { root: true },
  durationMs: 812,
  ...more,
});

export type FakeSession = Session & {
  /** Everything that was asked of the machine. */
  readonly calls: string[];
  readonly applied: Plan[];
};

/** A machine that takes every plan, waits for its confirmation, and stands right afterwards. */
export const fakeSession = (more: Partial<Session> = {}): FakeSession => {
  const calls: string[] = [];
  const applied: Plan[] = [];
  let isApplied = false;
  return {
    calls,
    applied,
    label: "op@app01",
    kind: "ssh",
    inspect: async (progress) => {
      calls.push("inspect");
      progress("asking op@app01 2 questions");
      return inspectionOf(isApplied ? 5 : 1);
    },
    giveSudoPassword: async () => undefined,
    apply: async (plan, options, on) => {
      calls.push(`apply ${plan.changes.length} within ${options.confirmWithin}`);
      applied.push(plan);
      on({ kind: "note", text: "staging the files and keeping the originals" });
      on({ kind: "state", state: "staged" });
      on({ kind: "check", ok: true, text: "sshd -t" });
      on({ kind: "check", ok: true, text: "nft -c" });
      on({ kind: "armed", seconds: options.confirmWithin });
      for (const index of plan.changes.keys()) {
        on({ kind: "change", change: index, progress: "begin" });
        on({ kind: "change", change: index, progress: "done" });
      }
      on({ kind: "state", state: "pending" });
      isApplied = true;
      return { transactionId: "20261122-0731", state: "pending", reason: "", verified: [] };
    },
    confirm: async (id) => {
      calls.push(`confirm ${id}`);
      return { confirmed: true, how: "a new login as op on port 22022 works and can become root" };
    },
    confirmCommand: (id) => `sudo sh /var/lib/drawbridge/transactions/${id}/confirm`,
    undo: async (id, on) => {
      calls.push(`undo ${id}`);
      on({ kind: "state", state: "reverting" });
      isApplied = false;
      return { transactionId: id, state: "reverted", reason: "", verified: [] };
    },
    status: async () => [],
    close: async () => {},
    ...more,
  };
};

export const noCallbacks: WizardCallbacks = {
  savePlan: async (_, path) => path,
  saveAnswers: async (_, path) => path,
  writeFiles: async ({ directory }) => [directory],
};
