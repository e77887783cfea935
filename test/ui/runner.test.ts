import { describe, expect, it } from "vitest";
import { type RunnerParts, runEffects, type WizardRunner } from "../../src/commands/wizard-effects.ts";
import type { Intent } from "../../src/core/wizard/actions.ts";
import { restoreProgress } from "../../src/core/wizard/progress.ts";
import type { WizardState } from "../../src/core/wizard/state.ts";
import { initialState } from "../../src/core/wizard.ts";
import { setting } from "../core/wizard-actions.ts";
import { fakeSession } from "../core/wizard-fixture.ts";

const begin = (parts: Partial<RunnerParts> = {}): WizardRunner =>
  runEffects({
    initial: initialState({ setting, now: 0 }),
    session: fakeSession(),
    callbacks: {
      savePlan: async (_, path) => path,
      saveAnswers: async (_, path) => path,
      writeFiles: async () => [],
    },
    now: () => 0,
    ...parts,
  });
const until = (runner: WizardRunner, holds: (state: WizardState) => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = () => holds(runner.state()) && resolve();
    runner.subscribe(look);
    look();
  });
const on = (screen: WizardState["screen"]["name"]) => (state: WizardState) => state.screen.name === screen;
const give = (runner: WizardRunner, ...intents: readonly Intent[]): void => {
  for (const intent of intents) runner.dispatch(intent);
};
const apply: readonly Intent[] = [
  { type: "review" },
  { type: "enter" },
  { type: "type", text: "app01.example.net" },
  { type: "enter" },
];

describe("the runner", { timeout: 60_000 }, () => {
  it("does the effects and brings their reports back, from inspection to the kept change", async () => {
    const session = fakeSession();
    const runner = begin({ session });
    give(runner, { type: "start", mode: "fix" });
    await until(runner, on("hub"));
    give(runner, { type: "answer", question: "administrator.password", value: "correct horse" }, ...apply);
    await until(runner, ({ run }) => run?.phase === "pending");
    give(runner, { type: "enter" });
    await until(runner, on("result"));
    give(runner, { type: "quit" });
    expect(await runner.ended).toBe(0);
    expect(session.calls).toEqual([
      "inspect",
      expect.stringMatching(/^apply [0-9a-f]{8} with administrator\.password$/u),
      "confirm",
      "inspect",
    ]);
    expect(JSON.stringify(session.applied)).not.toContain("correct horse");
  });

  it("turns every failure into a report, so that nothing waits for ever", async () => {
    const no = async (): Promise<never> => {
      throw new Error("connection lost");
    };
    const lost = begin({ session: { ...fakeSession(), apply: no } });
    give(lost, { type: "start", mode: "fix" });
    await until(lost, on("hub"));
    give(lost, ...apply);
    await until(lost, on("result"));
    expect(lost.state().run?.outcome).toMatchObject({ state: "failed", reason: "connection lost" });

    const unconfirmed = begin({ session: { ...fakeSession(), confirm: no } });
    give(unconfirmed, { type: "start", mode: "fix" });
    await until(unconfirmed, on("hub"));
    give(unconfirmed, ...apply);
    await until(unconfirmed, ({ run }) => run?.phase === "pending");
    give(unconfirmed, { type: "enter" });
    await until(unconfirmed, ({ run }) => run?.unconfirmed != null);
    expect(unconfirmed.state().run).toMatchObject({ phase: "pending", unconfirmed: { reason: "connection lost" } });
    give(unconfirmed, { type: "interrupt" });
    expect(await unconfirmed.ended).toBe(130);
    give(lost, { type: "interrupt" });
  });

  it("shows the kept change although the second inspection fails", async () => {
    const session = fakeSession();
    let inspections = 0;
    const runner = begin({
      session: {
        ...session,
        inspect: async (progress) => {
          inspections += 1;
          if (inspections > 1) throw new Error("timed out");
          return session.inspect(progress);
        },
      },
    });
    give(runner, { type: "start", mode: "fix" });
    await until(runner, on("hub"));
    give(runner, ...apply);
    await until(runner, ({ run }) => run?.phase === "pending");
    give(runner, { type: "enter" });
    await until(runner, on("result"));
    expect(runner.state().run).toMatchObject({ outcome: { state: "confirmed" }, scoreAfter: null });
    give(runner, { type: "quit" });
    expect(await runner.ended).toBe(0);
  });

  it("keeps the place whenever the operator gets further, and forgets it once all is kept", async () => {
    const kept: (string | undefined)[] = [];
    const callbacks = {
      savePlan: async () => "",
      saveAnswers: async () => "",
      writeFiles: async () => [],
      keepProgress: (text: string | undefined) => kept.push(text),
    };
    const runner = begin({ callbacks });
    give(runner, { type: "start", mode: "fix" });
    await until(runner, on("hub"));
    expect(kept).toEqual([]);
    give(runner, { type: "answer", question: "ssh.port", value: 2222 });
    expect(restoreProgress(kept.at(-1) ?? "")).toMatchObject({ answers: { "ssh.port": 2222 } });
    give(runner, ...apply);
    await until(runner, ({ run }) => run?.phase === "pending");
    expect(kept.at(-1)).toBeDefined();
    give(runner, { type: "enter" });
    await until(runner, on("result"));
    expect(kept.at(-1)).toBeUndefined();
    give(runner, { type: "interrupt" });
  });

  it("has no machine to ask where there is none", async () => {
    const runner = begin({ initial: initialState({ setting: { ...setting, target: null }, now: 0 }), session: null });
    give(runner, { type: "start", mode: "setup" }, { type: "start", mode: "templates" });
    expect(runner.state()).toMatchObject({ mode: "templates", machine: null });
    give(runner, { type: "interrupt" });
    expect(await runner.ended).toBe(130);
  });
});
