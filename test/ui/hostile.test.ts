import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Intent } from "../../src/core/wizard/actions.ts";
import type { WizardState } from "../../src/core/wizard/state.ts";
import { equivalentCommands, summary } from "../../src/core/wizard/views.ts";
import { initialState, reduce } from "../../src/core/wizard.ts";
import { change } from "../../src/model/change.ts";
import { control, guard } from "../../src/model/control.ts";
import { fail } from "../../src/model/finding.ts";
import { question } from "../../src/model/question.ts";
import type { Step } from "../../src/model/step.ts";
import { draw } from "../../src/ui/app.tsx";
import { themes } from "../../src/ui/theme.ts";
import { setting } from "../core/wizard-actions.ts";
import { inspectionOf } from "../core/wizard-fixture.ts";

/** Clears the screen, sets the window's title, turns the reading direction, goes up a line: names on a machine may hold all of it. */
const evil = "x\u001b[2J\u001b]0;owned\u0007\u202e\u009b1A\ty";

const who = question({
  id: "evil.who",
  kind: "multiselect",
  label: evil,
  title: evil,
  why: evil,
  schema: z.array(z.string()),
  needs: {},
  default: () => [evil],
  current: () => `${evil}\n${evil}`,
  choices: () => [
    { value: evil, label: evil, hint: evil },
    { value: "other", label: evil, disabled: evil },
  ],
  check: () => evil,
});
const list = question({
  id: "evil.list",
  kind: "list",
  label: "List",
  title: evil,
  why: evil,
  schema: z.array(z.string()),
  needs: {},
  default: () => [evil],
});
const banner = question({
  id: "evil.text",
  kind: "text",
  multiline: true,
  label: "Text",
  title: evil,
  why: evil,
  schema: z.string(),
  needs: {},
  default: () => `${evil}\n${evil}\n`,
});
const everything = control({
  id: "evil-control",
  guideline: ["OS-05"],
  title: evil,
  failing: evil,
  severity: "high",
  risk: "lockout",
  rationale: evil,
  references: [],
  needs: {},
  inspect: (_, answers) => {
    answers.get(who);
    return fail(`${evil}\n${evil}`, [{ asked: evil, answered: `${evil}\n${evil}` }]);
  },
  plan: () => [
    change({
      kind: "file",
      title: evil.replace("\t", ""),
      risk: "lockout",
      phase: "files",
      path: `/${evil.replace("\t", "")}`,
      before: { content: `${evil}\n`, mode: "0644", owner: "root", group: "root" },
      after: { content: `${evil} ${evil}\n`, mode: "0644", owner: "root", group: "root" },
    }),
  ],
  breaks: () => [evil],
});
const steps: readonly Step[] = [
  {
    id: "evil",
    category: "os",
    title: "Evil",
    intro: evil,
    questions: [who, list, banner],
    controls: [everything],
    guards: [guard({ id: "evil-guard", needs: {}, refuse: () => [{ reason: evil, remedy: evil }] })],
  },
];

const inspection = { ...inspectionOf(new Map()), host: { name: evil, machineId: "0", release: evil } };
const walks: Readonly<Record<string, readonly Intent[]>> = {
  hub: [{ type: "back" }],
  category: [],
  choices: [{ type: "goTo", item: { kind: "question", step: "evil", id: "evil.who" } }],
  "a choice that cannot be taken": [
    { type: "goTo", item: { kind: "question", step: "evil", id: "evil.who" } },
    { type: "move", by: 1 },
    { type: "toggle" },
  ],
  "an answer that does not fit": [
    { type: "goTo", item: { kind: "question", step: "evil", id: "evil.who" } },
    { type: "enter" },
  ],
  list: [{ type: "goTo", item: { kind: "question", step: "evil", id: "evil.list" } }],
  text: [{ type: "goTo", item: { kind: "question", step: "evil", id: "evil.text" } }],
  editor: [{ type: "goTo", item: { kind: "question", step: "evil", id: "evil.text" } }, { type: "toggle" }],
  paste: [
    { type: "goTo", item: { kind: "question", step: "evil", id: "evil.list" } },
    { type: "paste", text: evil },
  ],
  control: [{ type: "goTo", item: { kind: "control", step: "evil", id: "evil-control" } }],
  explanation: [{ type: "goTo", item: { kind: "control", step: "evil", id: "evil-control" } }, { type: "explain" }],
  "leaving out": [
    { type: "goTo", item: { kind: "control", step: "evil", id: "evil-control" } },
    { type: "leaveOut" },
    { type: "type", text: evil },
    { type: "enter" },
    { type: "review" },
  ],
  search: [{ type: "search" }],
  review: [{ type: "review" }, { type: "expand" }],
  refusal: [{ type: "review" }, { type: "enter" }],
};

describe("names from a machine cannot steer the terminal", () => {
  it.each(Object.entries(walks))("%s", (_, walk) => {
    const begun = [
      { type: "start", mode: "setup" } as const,
      { type: "inspected", inspection, purpose: "first", at: 1 } as const,
    ].reduce(reduce, initialState({ setting: { ...setting, steps }, now: 0 }));
    const state: WizardState = walk.reduce(reduce, begun);
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 140, rows: 40 },
    ]) {
      const text = draw(state, themes.unicode, size)
        .map((line) => line.map((part) => part.text).join(""))
        .join("\n");
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    }
    for (const line of [...summary(state), ...equivalentCommands(state)]) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
