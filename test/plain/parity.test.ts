import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { render } from "ink-testing-library";
import { createElement } from "react";
import { describe, expect, test } from "vitest";
import { runEffects, type WizardRunner } from "../../src/commands/wizard-effects.ts";
import type { WizardState } from "../../src/core/wizard/state.ts";
import { summary } from "../../src/core/wizard/views.ts";
import { initialState } from "../../src/core/wizard.ts";
import { converse } from "../../src/plain/conversation.ts";
import { openTerminal } from "../../src/plain/terminal.ts";
import { App } from "../../src/ui/app.tsx";
import { themes } from "../../src/ui/theme.ts";
import { type FakeSession, fakeSession, fakeSteps, noCallbacks } from "./fake-wizard.ts";

/** One thing an operator does, as keys on the full screen and as lines where there is none. */
type Deed = { readonly does: string; readonly keys: readonly string[]; readonly lines: readonly string[] };

const enter = "\r";
const space = " ";
const down = "\u001b[B";
const up = "\u001b[A";
const backspace = "\u007f";
const clearLine = "\u0015";
const typed = (text: string): readonly string[] => [...text];

const begin = (session: FakeSession): WizardRunner =>
  runEffects({
    initial: initialState({
      setting: {
        steps: fakeSteps,
        version: "0.1.0",
        target: { label: session.label, kind: session.kind },
        targetOptions: ["--host", "op@app01"],
        confirmWithin: 120,
      },
      now: 0,
    }),
    session,
    callbacks: noCallbacks,
    now: () => 0,
  });

/** Settles when the wizard is at rest: what was asked of the machine has been answered. */
const rest = async (runner: WizardRunner): Promise<void> => {
  const isBusy = ({ waiting, run, overlay }: WizardState) =>
    waiting !== null ||
    run?.phase === "applying" ||
    run?.phase === "undoing" ||
    (overlay?.name === "sudo" && overlay.checking);
  while (isBusy(runner.state())) await changed(runner);
  await new Promise((resolve) => setImmediate(resolve));
};

const changed = (runner: WizardRunner): Promise<void> =>
  new Promise((resolve) => {
    const unsubscribe = runner.subscribe(() => {
      unsubscribe();
      resolve();
    });
  });

/** What the operator has decided, and where the wizard stands; not where a cursor is, which only one of the two has. */
const essence = ({
  mode,
  screen,
  overlay,
  answers,
  secrets,
  excluded,
  decided,
  assessment,
  run,
  exitCode,
}: WizardState) => ({
  mode,
  screen: screen.name,
  item: screen.name === "step" ? screen.item : "",
  overlay: overlay?.name,
  answers,
  secrets: [...secrets],
  excluded,
  decided: [...decided].sort(),
  plan: assessment.plan?.id,
  scores: [assessment.scoreNow, assessment.scoreThen],
  outcome: run?.outcome?.state,
  exitCode,
});

type Course = {
  readonly essences: readonly unknown[];
  readonly summary: readonly string[];
  readonly session: FakeSession;
};

const onFullScreen = async (deeds: readonly Deed[]): Promise<Course> => {
  const session = fakeSession();
  const runner = begin(session);
  const app = render(createElement(App, { runner, theme: themes.ascii, size: { columns: 100, rows: 30 } }));
  await new Promise((resolve) => setImmediate(resolve));
  const essences: unknown[] = [];
  for (const { keys } of deeds) {
    for (const key of keys) {
      const before = runner.state();
      app.stdin.write(key);
      if (runner.state() === before) await changed(runner);
      await rest(runner);
    }
    essences.push(essence(runner.state()));
  }
  app.unmount();
  return { essences, summary: summary(runner.state()), session };
};

const lineByLine = async (deeds: readonly Deed[]): Promise<Course> => {
  const session = fakeSession();
  const runner = begin(session);
  const input = new PassThrough();
  const output = new PassThrough();
  const asked = new EventEmitter();
  const terminal = openTerminal({
    input: input as unknown as NodeJS.ReadStream,
    output,
    plainText: themes.ascii.plainText,
  });
  let questions = 0;
  const watched: typeof terminal = {
    ...terminal,
    ask: (ask, signal) => {
      questions += 1;
      setImmediate(() => asked.emit("asked"));
      return terminal.ask(ask, signal);
    },
  };
  output.resume();
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      asked.once("asked", () => resolve());
    });
  let isOver = false;
  const first = next();
  const ended = converse(runner, watched).then(() => {
    isOver = true;
    asked.emit("asked");
  });
  await first;
  const essences: unknown[] = [];
  for (const { lines } of deeds) {
    for (const line of lines) {
      const answered = next();
      input.write(`${line}\n`);
      await answered;
      await rest(runner);
    }
    essences.push(essence(runner.state()));
  }
  expect(questions).toBeGreaterThan(0);
  if (!isOver) runner.dispatch({ type: "interrupt" });
  await ended;
  terminal.close();
  return { essences, summary: summary(runner.state()), session };
};

const compare = async (deeds: readonly Deed[]): Promise<{ full: Course; plain: Course }> => {
  const full = await onFullScreen(deeds);
  const plain = await lineByLine(deeds);
  for (const [index, { does }] of deeds.entries()) {
    expect({ does, ...(plain.essences[index] as object) }).toEqual({ does, ...(full.essences[index] as object) });
  }
  expect(plain.session.calls).toEqual(full.session.calls);
  expect(plain.session.applied).toEqual(full.session.applied);
  return { full, plain };
};

const limit = 30_000;

describe("one script of answers through both renderers", () => {
  test(
    "a set-up with an answer of every kind, applied and confirmed",
    async () => {
      const { full, plain } = await compare([
        { does: "set up this server", keys: [enter], lines: ["1"] },
        { does: "the first step", keys: [enter], lines: [""] },
        { does: "a text that is not valid", keys: [space, clearLine, "7", enter], lines: ["7"] },
        { does: "corrects it", keys: [backspace, "4", enter, enter], lines: ["4"] },
        { does: "the second category", keys: [enter], lines: [""] },
        { does: "no", keys: [down, enter], lines: ["2"] },
        { does: "back", keys: [backspace], lines: ["b"] },
        { does: "forward", keys: [enter], lines: [""] },
        { does: "another choice", keys: [up, enter], lines: ["1"] },
        { does: "two of three", keys: [down, space, enter], lines: ["1 2"] },
        {
          does: "a secret",
          keys: [space, ...typed("open sesame"), enter, enter],
          lines: ["1", "open sesame", "open sesame"],
        },
        {
          does: "an entry more",
          keys: [space, ...typed("10.0.0.2"), enter, enter, enter],
          lines: ["+", "10.0.0.2", ""],
        },
        { does: "skips", keys: ["s"], lines: ["s"] },
        { does: "leaves one out", keys: [down, "x", ...typed("not here"), enter], lines: ["x 2", "not here"] },
        { does: "asks to apply", keys: [enter], lines: [""] },
        { does: "the wrong name", keys: [...typed("app02"), enter], lines: ["app02"] },
        { does: "the right name", keys: [backspace, "1", enter], lines: ["app01"] },
        { does: "keeps it", keys: [enter], lines: [""] },
        { does: "leaves", keys: [enter], lines: [""] },
      ]);
      expect(full.session.calls).toEqual(["inspect", "apply 5 within 120", "confirm 20261122-0731", "inspect"]);
      expect(full.session.applied[0]?.answers).toMatchObject({
        "dial.wanted": 4,
        "kinds.confirm": false,
        "kinds.select": "low",
        "kinds.multiselect": ["op", "deploy"],
        "kinds.list": ["10.0.0.1", "10.0.0.2"],
      });
      // What was skipped is left alone this time, but is no policy of the machine.
      expect(full.session.applied[0]?.excluded).toEqual({ "kinds-confirm": "not here" });
      expect(JSON.stringify(full.session.applied)).not.toContain("sesame");
      expect(plain.summary).toEqual(full.summary);
    },
    limit,
  );

  test(
    "what inspection found, explained, searched, proposed again, applied and undone",
    async () => {
      const { full } = await compare([
        { does: "fix what inspection finds", keys: [down, enter], lines: ["2"] },
        { does: "opens the most urgent", keys: [enter], lines: [""] },
        { does: "reads why", keys: ["e", "e"], lines: ["e"] },
        { does: "answers", keys: [space, clearLine, "9", enter, enter], lines: ["9"] },
        { does: "looks for it", keys: ["/", ...typed("dial.wanted")], lines: ["/dial.wanted"] },
        { does: "goes there", keys: [enter], lines: ["1"] },
        { does: "takes the proposal again", keys: ["p"], lines: ["p"] },
        { does: "accepts it", keys: [enter], lines: [""] },
        { does: "accepts all that is proposed", keys: ["a"], lines: ["a"] },
        { does: "asks to apply", keys: [enter], lines: [""] },
        { does: "the name", keys: [...typed("app01"), enter], lines: ["app01"] },
        { does: "undoes it at once", keys: ["u"], lines: ["u"] },
        { does: "leaves", keys: [enter], lines: [""] },
      ]);
      expect(full.session.calls).toEqual(["inspect", "apply 7 within 120", "undo 20261122-0731", "inspect"]);
    },
    limit,
  );
});
