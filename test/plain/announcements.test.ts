import { describe, expect, test } from "vitest";
import type { Action } from "../../src/core/wizard/actions.ts";
import type { WizardState } from "../../src/core/wizard/state.ts";
import { initialState, reduce } from "../../src/core/wizard.ts";
import { announcements } from "../../src/plain/announcements.ts";
import { rowsOf } from "../../src/plain/lines.ts";
import { fakeSteps, inspectionOf } from "./fake-wizard.ts";

const start = (kind: "ssh" | "local" = "ssh"): WizardState =>
  initialState({
    setting: {
      steps: fakeSteps,
      version: "0.1.0",
      target: { label: kind === "ssh" ? "op@app01" : "this machine", kind },
      targetOptions: [],
      confirmWithin: 120,
    },
    now: 0,
  });

/** Everything that is said while things happen one after the other. */
const said = (
  state: WizardState,
  actions: readonly Action[],
): { readonly lines: readonly string[]; readonly state: WizardState } => {
  let now = state;
  const lines: string[] = [];
  for (const action of actions) {
    const next = reduce(now, action);
    lines.push(...announcements(now, next).flatMap((line) => rowsOf(line, 80)));
    now = next;
  }
  return { lines, state: now };
};

const inspected: readonly Action[] = [
  { type: "start", mode: "setup" },
  { type: "progress", doing: "asking op@app01 2 questions", at: 100 },
  { type: "progress", doing: "asking op@app01 2 questions", at: 200 },
  { type: "inspected", inspection: inspectionOf(1), purpose: "first", at: 812 },
];

const applying: readonly Action[] = [
  ...inspected,
  { type: "review" },
  { type: "enter" },
  { type: "write", text: "app01" },
  { type: "submit" },
];

const outcome = { transactionId: "20261122-0731", state: "pending", reason: "", verified: [] } as const;
const pending: readonly Action[] = [
  ...applying,
  { type: "applyEvent", event: { kind: "armed", seconds: 120 }, at: 1000 },
  { type: "applied", outcome, confirmCommand: "sudo sh confirm", at: 2000 },
];

describe("what happens is said once", () => {
  test("an inspection: what is waited for, then what was found", () => {
    expect(said(start(), inspected).lines).toEqual([
      "Connecting: op@app01",
      "Asking op@app01 2 questions",
      "app01, Debian 12: inspected in 0.8 s, nothing has changed. Score 0 of 100, and",
      "100 with what is chosen. 7 fail.",
    ]);
  });

  test("an inspection that fails", () => {
    const failed: Action = { type: "inspectionFailed", reason: "ssh: connection refused", at: 1 };
    expect(said(start(), [{ type: "start", mode: "fix" }, failed]).lines).toEqual([
      "Connecting: op@app01",
      "Problem: ssh: connection refused",
    ]);
  });

  test("an answer that was taken, and one that was skipped", () => {
    const { state } = said(start(), inspected);
    const item = { kind: "question", step: "kinds", id: "kinds.confirm" } as const;
    const { lines } = said(state, [
      { type: "goTo", item },
      { type: "answer", question: "kinds.confirm", value: false },
      { type: "enter" },
      { type: "skip" },
    ]);
    expect(lines).toEqual(["Taken. kinds.confirm: no", "Left out: 1 control (skipped for now)."]);
  });

  test("a transaction, one line per event: no line for what only begins, checks one by one", () => {
    const { state } = said(start(), applying.slice(0, -1));
    const event = (at: number, of: Extract<Action, { type: "applyEvent" }>["event"]): Action => ({
      type: "applyEvent",
      event: of,
      at,
    });
    const { lines } = said(state, [
      { type: "submit" },
      event(0, { kind: "note", text: "staging" }),
      event(10, { kind: "state", state: "staged" }),
      event(20, { kind: "check", ok: true, text: "sshd -t" }),
      event(30, { kind: "check", ok: true, text: "nft -c" }),
      event(40, { kind: "check", ok: false, text: "visudo -c: line 3" }),
      event(50, { kind: "armed", seconds: 120 }),
      event(60, { kind: "change", change: 0, progress: "begin" }),
      event(460, { kind: "change", change: 0, progress: "done" }),
      event(470, { kind: "unit", unit: "ssh.service", action: "reloaded", ok: true }),
      event(480, { kind: "unit", unit: "nftables.service", action: "restarted", ok: false }),
      event(490, { kind: "left", path: "/etc/dial", text: "edited since" }),
      event(500, { kind: "error", text: "no space left" }),
    ]);
    expect(lines).toEqual([
      "",
      "Applying 7 changes.",
      "Staging ...",
      "Checked: sshd -t",
      "Checked: nft -c",
      "Failed: visudo -c: line 3",
      "Revert armed: it survives this terminal and a reboot",
      "Done: write /etc/dial, 0.4 s",
      "Done: ssh.service reloaded",
      "Failed: nftables.service restarted",
      "/etc/dial: edited since",
      "Failed: no space left",
    ]);
  });

  test("the countdown: a line each half minute, and none in between", () => {
    const { state } = said(start(), pending);
    const ticks = Array.from({ length: 120 }, (_, second): Action => ({ type: "tick", at: 2000 + second * 1000 }));
    expect(said(state, ticks.slice(0, 118)).lines).toEqual([
      "90 seconds until everything goes back. Enter keeps the changes.",
      "60 seconds until everything goes back. Enter keeps the changes.",
      "30 seconds until everything goes back. Enter keeps the changes.",
    ]);
    expect(said(state, ticks).lines.at(-1)).toBe("Everything goes back");
  });

  test("a login that did not work: why, how long there is, and what to do", () => {
    const { state } = said(start(), pending);
    const refused = { confirmed: false, reason: "no route to host", remedy: "open the port" } as const;
    const attempt: readonly Action[] = [{ type: "enter" }, { type: "confirmAnswered", outcome: refused, at: 31_000 }];
    const words = ["Logging in afresh", "Not confirmed yet: no route to host. 90 seconds left.", "Open the port"];
    expect(said(state, attempt).lines).toEqual(words);
    // Asked for again, it is said again.
    expect(said(said(state, attempt).state, attempt).lines).toEqual(words);
  });

  test("on this machine the wizard keeps asking, and says only what is new", () => {
    const { state } = said(start("local"), pending);
    const waits = { confirmed: false, reason: "nobody has confirmed yet", remedy: "log in" } as const;
    const poll: readonly Action[] = [
      { type: "confirmAnswered", outcome: waits, at: 4000 },
      { type: "confirmAnswered", outcome: waits, at: 7000 },
    ];
    expect(said(state, poll).lines).toEqual([]);
    const broken = { ...waits, reason: "the runtime is gone" };
    expect(said(said(state, poll).state, [{ type: "confirmAnswered", outcome: broken, at: 10_000 }]).lines).toEqual([
      "Not confirmed yet: the runtime is gone. 111 seconds left.",
      "Log in",
    ]);
  });
});
