import { describe, expect, it } from "vitest";
import type { Action, Intent } from "../../src/core/wizard/actions.ts";
import { needsClock } from "../../src/core/wizard/applying.ts";
import { currentItem } from "../../src/core/wizard/cursor.ts";
import { answersInForce } from "../../src/core/wizard/files.ts";
import { available, isHidden, isTyping } from "../../src/core/wizard/intents.ts";
import { restoreProgress, saveProgress } from "../../src/core/wizard/progress.ts";
import type { Overlay, Setting, WizardState } from "../../src/core/wizard/state.ts";
import { equivalentCommands, railText, summary } from "../../src/core/wizard/views.ts";
import { initialState, reduce } from "../../src/core/wizard.ts";
import type { Session } from "../../src/model/session.ts";
import { hardenedFacts, inspectionOf, steps, target, weakFacts } from "./wizard-fixture.ts";

const setting: Setting = {
  steps,
  version: "0.1.0",
  target,
  targetOptions: ["--host", "op@app01.example.net"],
  confirmWithin: 120,
};
const kindOf = (kind: Session["kind"]): Setting => ({
  ...setting,
  target: { label: "this machine", kind },
  targetOptions: [],
});

const fresh = (over: Partial<Parameters<typeof initialState>[0]> = {}): WizardState =>
  initialState({ setting, now: 0, ...over });

const play = (state: WizardState, ...actions: readonly Action[]): WizardState => actions.reduce(reduce, state);
const enter: Intent = { type: "enter" };
const back: Intent = { type: "back" };
const move = (by: number): Intent => ({ type: "move", by });
const type = (text: string): Intent => ({ type: "type", text });
const times = (count: number, action: Action): readonly Action[] => Array.from({ length: count }, () => action);
const found = (facts = weakFacts): Action => ({
  type: "inspected",
  inspection: inspectionOf(facts),
  purpose: "first",
  at: 10,
});
const walking = (): WizardState => play(fresh(), { type: "start", mode: "setup" }, found());
const onQuestion = (id: string): WizardState =>
  play(walking(), { type: "goTo", item: { kind: "question", step: id.split(".")[0] ?? "", id } });
const reviewing = (): WizardState => play(walking(), { type: "review" });
const applying = (): WizardState => play(reviewing(), enter, type("app01.example.net"), enter);
const pending = (over: Setting = setting): WizardState =>
  play(
    { ...applying(), setting: over },
    { type: "applyEvent", event: { kind: "armed", seconds: 120 }, at: 1000 },
    {
      type: "applied",
      outcome: { transactionId: "20261122-0731", state: "pending", reason: "", verified: [] },
      confirmCommand: "sudo drawbridge confirm",
      at: 2000,
    },
  );
const where = ({ screen, overlay }: WizardState): string => {
  const detail = screen.name === "step" ? ` ${screen.item}` : screen.name === "category" ? ` ${screen.category}` : "";
  return `${screen.name}${detail}${overlay === null ? "" : ` + ${overlay.name}`}`;
};
const effects = (state: WizardState): readonly string[] => state.effects.map(({ kind }) => kind);
const overlay = <N extends Overlay["name"]>(state: WizardState, name: N): Extract<Overlay, { name: N }> => {
  if (state.overlay?.name !== name) throw new Error(`no ${name} is open, but ${state.overlay?.name}`);
  return state.overlay as Extract<Overlay, { name: N }>;
};

describe("the entry menu", () => {
  it("inspects for the set-up, and again for nothing else", () => {
    const state = play(fresh(), enter);
    expect(where(state)).toBe("inspecting");
    expect(state.effects).toEqual([{ kind: "inspect", purpose: "first" }]);
    expect(effects(play(state, move(1)))).toEqual([]);
  });

  it("offers templates only where there is no machine", () => {
    const state = play(fresh({ setting: { ...setting, target: null } }), enter);
    expect(where(state)).toBe("category os");
    expect(effects(state)).toEqual([]);
  });

  it("cannot be started twice", () => {
    const state = walking();
    expect(where(play(state, { type: "start", mode: "fix" }))).toBe(where(state));
  });

  it("says why an inspection failed and tries again", () => {
    const failed = play(fresh(), enter, { type: "inspectionFailed", reason: "connection refused", at: 5 });
    expect(failed.notice?.text).toBe("connection refused");
    expect(needsClock(failed)).toBe(false);
    expect(effects(play(failed, enter))).toEqual(["inspect"]);
    expect(where(play(failed, back))).toBe("entry");
  });

  it("ignores an answer that comes after the operator went back", () => {
    expect(where(play(fresh(), enter, back, found()))).toBe("entry");
  });
});

describe("the walk", () => {
  it("begins with the step that comes first, if something is open in it, and does not ask twice", () => {
    const ssh = steps.find(({ id }) => id === "ssh");
    if (ssh === undefined) throw new Error("the fixture has an SSH step");
    const before = {
      ...setting,
      steps: steps.map((step) => (step === ssh ? ({ ...ssh, comesFirst: true } as const) : step)),
    };
    const path: string[] = [];
    let state = play(fresh({ setting: before }), { type: "start", mode: "setup" }, found());
    for (let count = 0; count < 12 && state.screen.name !== "review"; count++) {
      path.push(where(state));
      state = reduce(state, enter);
    }
    expect(path).toEqual([
      "step ssh.port",
      "step ssh.root-login",
      "step ssh.allowed",
      "step ssh.banner",
      "step ssh-passwords",
      "category runtime",
      "step runtime-certificate",
      "category os",
      "category network",
      "step firewall.inbound",
    ]);
    const hardened = play(fresh({ setting: before }), { type: "start", mode: "setup" }, found(hardenedFacts));
    expect(where(hardened)).toMatch(/^category/);
  });

  it("leads through what needs a decision and passes over what is in order", () => {
    const path: string[] = [];
    let state = walking();
    for (let count = 0; count < 12 && state.screen.name !== "review"; count++) {
      path.push(where(state));
      state = reduce(state, enter);
    }
    expect(path).toEqual([
      "category runtime",
      "step runtime-certificate",
      "category os",
      "step ssh.port",
      "step ssh.root-login",
      "step ssh.allowed",
      "step ssh.banner",
      "step ssh-passwords",
      "category network",
      "step firewall.inbound",
    ]);
    expect(where(state)).toBe("review");
    expect(railText(state)).toBe("Runtime 1/1 · OS 3/3 · Network 1/1");
  });

  it("leads back to the same place from the hub", () => {
    const state = onQuestion("ssh.allowed");
    expect(where(play(state, back))).toBe("hub");
    expect(where(play(state, back, { type: "resumeWalk" }))).toBe("step ssh.allowed");
    expect(where(play(state, back, enter, enter))).toBe("step ssh.allowed");
  });

  it("goes back one question with its answer kept", () => {
    const state = play(onQuestion("ssh.port"), { type: "answer", question: "ssh.port", value: 2222 }, enter);
    expect(where(state)).toBe("step ssh.root-login");
    const earlier = play(state, { type: "previous" });
    expect(where(earlier)).toBe("step ssh.port");
    expect(earlier.answers["ssh.port"]).toBe(2222);
  });

  it("passes a category by where everything is in order, but shows it", () => {
    const inOrder = { ...setting, steps: steps.filter(({ id }) => id !== "tls") };
    const state = play(fresh({ setting: inOrder }), { type: "start", mode: "setup" }, found(hardenedFacts));
    expect(where(state)).toBe("category os");
    expect(available(state).some(({ label }) => label === "go on")).toBe(true);
    expect(where(play(state, enter))).toBe("category network");
    expect(where(play(state, enter, enter))).toBe("review");
    expect(where(play(state, move(1), enter))).toBe("step ssh.port");
    expect(state.assessment.plan?.changes).toEqual([]);
  });

  it("asks once what no machine can tell, though nothing is amiss, and not again after it was applied", () => {
    const asking = {
      ...setting,
      steps: steps
        .filter(({ id }) => id !== "tls")
        .map((step) => ({
          ...step,
          questions: step.questions.map((one) => (one.id === "ssh.port" ? { ...one, askedOnce: true } : one)),
        })),
    };
    const state = play(fresh({ setting: asking }), { type: "start", mode: "setup" }, found(hardenedFacts));
    const asked = play(state, enter);
    expect(where(asked)).toBe("step ssh.port");
    expect(where(play(asked, enter))).toBe("category network");
    const again: Action = {
      type: "inspected",
      inspection: { ...inspectionOf(hardenedFacts), recorded: { "ssh.port": 22022 } },
      purpose: "first",
      at: 10,
    };
    const applied = play(fresh({ setting: asking }), { type: "start", mode: "setup" }, again);
    expect(where(play(applied, enter))).toBe("category network");
  });

  it("passes over steps that were filtered away, with their questions, and counts without them", () => {
    const only = {
      ...setting,
      steps: steps.map((step) => (step.id === "firewall" ? step : { ...step, controls: [] })),
    };
    const state = play(fresh({ setting: only }), { type: "start", mode: "setup" }, found());
    expect(where(state)).toBe("category network");
    expect(where(play(state, enter))).toBe("step firewall.inbound");
    expect(where(play(state, enter, enter))).toBe("review");
    expect(railText(play(state, enter, enter))).toBe("Network 1/1");
  });

  it("takes all that is proposed in a step and goes on behind it", () => {
    const state = play(onQuestion("ssh.port"), { type: "acceptAll" });
    expect(where(state)).toBe("category network");
    expect(railText(state)).toContain("OS 3/3");
  });

  it("stops at the question that cannot be accepted as it is", () => {
    const state = play(
      onQuestion("ssh.port"),
      { type: "answer", question: "ssh.port", value: 443 },
      { type: "acceptAll" },
    );
    expect(where(state)).toBe("step ssh.port");
    expect(state.notice?.text).toBe("port 443 is taken by nginx");
  });
});

describe("fixing what inspection finds", () => {
  it("starts at the most urgent finding and goes down", () => {
    let state = play(fresh(), { type: "start", mode: "fix" }, found());
    expect(where(state)).toBe("hub");
    const path: string[] = [];
    for (let count = 0; count < 12 && state.screen.name !== "review"; count++) {
      state = reduce(state, enter);
      path.push(where(state));
    }
    expect(path).toEqual([
      "step runtime-certificate",
      "step ssh.root-login",
      "step ssh.allowed",
      "step ssh-passwords",
      "step firewall.inbound",
      "step ssh.port",
      "step ssh.banner",
      "step audit-rules",
      "review",
    ]);
  });
});

describe("answering", () => {
  it("moves the choice and the forecast together", () => {
    const state = onQuestion("firewall.inbound");
    const allowed = play(state, move(1));
    expect(allowed.answers["firewall.inbound"]).toBe("allow");
    expect(allowed.assessment.plan?.changes.some(({ phase }) => phase === "firewall")).toBe(false);
    expect(play(allowed, move(-1)).answers["firewall.inbound"]).toBe("deny");
  });

  it("toggles one of several, in the order in which they are offered", () => {
    const state = play(onQuestion("ssh.allowed"), move(2), { type: "toggle" });
    expect(state.answers["ssh.allowed"]).toEqual(["op", "deploy", "backup"]);
    expect(play(state, { type: "toggle" }).answers["ssh.allowed"]).toEqual(["op", "deploy"]);
  });

  it("does not choose what cannot be chosen, and says why", () => {
    const state = play(onQuestion("ssh.allowed"), move(9), { type: "toggle" });
    expect(state.answers["ssh.allowed"]).toBeUndefined();
    expect(state.notice?.text).toContain('refused by "Root login"');
  });

  it("keeps an answer that is not valid yet as a draft and does not plan with it", () => {
    const none = play(onQuestion("ssh.allowed"), { type: "toggle" }, move(1), { type: "toggle" });
    expect(none.drafts.get("ssh.allowed")).toEqual([]);
    expect(none.answers["ssh.allowed"]).toEqual(["deploy"]);
    expect(where(play(none, enter))).toBe("step ssh.allowed");
    expect(play(none, enter).notice?.text).toBe("at least one account, or nobody gets in");
    expect(play(none, { type: "toggle" }).drafts.size).toBe(0);
  });

  it("opens the editor with what is there, and takes what was typed", () => {
    const editing = play(onQuestion("ssh.port"), { type: "toggle" });
    expect(overlay(editing, "edit").draft.text).toBe("22022");
    expect(isTyping(editing)).toBe(true);
    const wrong = play(editing, type("99"), enter);
    expect(overlay(wrong, "edit").problem).toBe("wants a port from 1 to 65535");
    const right = play(wrong, { type: "write", text: "2222" }, enter);
    expect(right.answers["ssh.port"]).toBe(2222);
    expect(where(right)).toBe("step ssh.port");
  });

  it("keeps what was typed and not taken for the next time", () => {
    const left = play(onQuestion("ssh.port"), { type: "toggle" }, { type: "write", text: "443" }, back);
    expect(left.answers["ssh.port"]).toBeUndefined();
    const again = play(left, { type: "toggle" });
    expect(overlay(again, "edit")).toMatchObject({ draft: { text: "443" }, problem: "port 443 is taken by nginx" });
  });

  it("opens the editor at Enter where the answer needs mending", () => {
    const state = play(onQuestion("ssh.port"), { type: "answer", question: "ssh.port", value: 443 }, enter);
    expect(overlay(state, "edit").problem).toBe("port 443 is taken by nginx");
  });

  it("joins pasted keys to the list, one entry per line", () => {
    const pasted = play(onQuestion("administrator.keys"), {
      type: "paste",
      text: "ssh-ed25519 BBBB b@x\nssh-rsa CCCC c@x\n",
    });
    expect(overlay(pasted, "edit").draft.text).toBe(
      "ssh-ed25519 AAAAC3Nza op@desk\nssh-ed25519 BBBB b@x\nssh-rsa CCCC c@x\n",
    );
    const taken = play(pasted, enter);
    expect(taken.answers["administrator.keys"]).toHaveLength(3);
  });

  it("ends a list with Enter on an empty line, and a text of several lines with its own key", () => {
    const list = play(onQuestion("administrator.keys"), { type: "toggle" }, type("ssh-rsa D d@x"), enter);
    expect(where(list)).toContain("edit");
    expect(where(play(list, enter))).toBe("step administrator.keys");
    const banner = play(onQuestion("ssh.banner"), { type: "toggle" }, enter, type("Go away."), enter);
    expect(where(banner)).toContain("edit");
    expect(play(banner, { type: "submit" }).answers["ssh.banner"]).toContain("\n\nGo away.\n");
  });

  it("brings the text back from the operator's own editor", () => {
    const asked = play(onQuestion("ssh.banner"), { type: "toggle" }, { type: "openEditor" });
    expect(effects(asked)).toEqual(["openEditor"]);
    const closed = play(asked, { type: "editorClosed", text: "Hello\n" }, { type: "submit" });
    expect(closed.answers["ssh.banner"]).toBe("Hello\n");
    expect(play(asked, { type: "editorClosed", text: undefined }).overlay).toEqual(asked.overlay);
  });

  it("takes the proposal again", () => {
    const state = play(onQuestion("ssh.port"), { type: "answer", question: "ssh.port", value: 2222 });
    expect(play(state, { type: "propose", question: "ssh.port" }).answers).toEqual({});
  });

  it("keeps secrets apart: not in answers, not in progress, not in a plan, not in JSON", () => {
    const typing = play(onQuestion("administrator.password"), { type: "toggle" }, type("correct horse"));
    expect(isHidden(typing)).toBe(true);
    const state = play(typing, enter, ...times(2, enter));
    expect(state.secrets.get("administrator.password")).toBe("correct horse");
    expect(
      JSON.stringify([state.answers, answersInForce(state), saveProgress(state), state.assessment.plan]),
    ).not.toContain("correct");
    expect(JSON.stringify({ ...state, overlay: null })).not.toContain("correct");
  });
});

describe("leaving out", () => {
  it("asks for a reason, waives the finding and takes its changes out of the plan", () => {
    const asked = play(onQuestion("firewall.inbound"), { type: "leaveOut" });
    expect(overlay(asked, "reason").controls).toEqual(["firewall-inbound"]);
    expect(overlay(play(asked, enter), "reason").problem).not.toBe("");
    const left = play(asked, type("the cloud has one"), enter);
    expect(left.excluded).toEqual({ "firewall-inbound": "the cloud has one" });
    expect(left.assessment.byControl.get("firewall-inbound")).toMatchObject({
      result: "waived",
      detail: "the cloud has one",
    });
    expect(left.assessment.plan?.changes.some(({ phase }) => phase === "firewall")).toBe(false);
    expect(play(left, { type: "leaveOut" }).excluded).toEqual({});
  });

  it("skips with a reason of its own and goes on", () => {
    const state = play(onQuestion("ssh.port"), { type: "skip" });
    expect(state.excluded).toEqual({ "ssh-port": "skipped for now" });
    expect(state.assessment.byControl.get("ssh-port")?.result).toBe("waived");
    expect(JSON.stringify(state.assessment.plan?.changes)).not.toContain("Port 22022");
    // Only a reason that somebody gave becomes the machine's policy.
    expect(state.assessment.plan?.excluded).toEqual({});
    const saved = play(state, { type: "review" }, { type: "save" }, move(1), enter, enter);
    expect(saved.effects).toMatchObject([{ kind: "saveAnswers", file: { excluded: {} } }]);
    expect(where(state)).toBe("step ssh.root-login");
  });

  it("leaves out every control behind a change of the review, and takes them back one by one", () => {
    const state = reviewing();
    const rows = state.assessment.plan?.changes ?? [];
    const dropIn = rows.findIndex((change) => change.kind === "file" && change.path.endsWith("00-drawbridge.conf"));
    const left = play(state, move(dropIn), { type: "leaveOut" }, type("later"), enter);
    expect(Object.keys(left.excluded)).toEqual(["ssh-port", "ssh-root-login", "ssh-allow-groups", "ssh-passwords"]);
    expect(where(left)).toBe("review");
    const back = play(left, move(1000), { type: "leaveOut" });
    expect(Object.keys(back.excluded)).toHaveLength(3);
  });
});

describe("applying", () => {
  it("wants the host's name, letter by letter", () => {
    const asked = play(reviewing(), enter);
    expect(where(asked)).toBe("review + host");
    for (const wrong of ["", "app01", "APP01.EXAMPLE.NET", "app01.example.net."]) {
      const refused = play(asked, { type: "write", text: wrong }, enter);
      expect(effects(refused)).toEqual([]);
      expect(overlay(refused, "host").problem).toContain("app01.example.net");
    }
    const state = play(asked, type("app01.example.net"), enter);
    expect(where(state)).toBe("applying");
    expect(state.effects).toMatchObject([
      { kind: "apply", confirmWithin: 120, plan: { id: state.assessment.plan?.id } },
    ]);
  });

  it("is not offered while the plan would lock out, and says what would make it safe", () => {
    const locked = play(
      onQuestion("ssh.allowed"),
      { type: "answer", question: "ssh.allowed", value: ["deploy"] },
      { type: "review" },
    );
    expect(locked.assessment.refusals).toHaveLength(1);
    expect(available(locked).some(({ label }) => label === "apply")).toBe(false);
    const tried = play(locked, enter);
    expect(where(tried)).toBe("review");
    expect(tried.notice?.text).toContain("give another account sudo");
  });

  it.each([
    ["an image", { setting: kindOf("root") }, "image"],
    [
      "no rights",
      { machine: inspectionOf(weakFacts, { root: false, reason: "you are not root", passwordHelps: false }) },
      "root rights",
    ],
  ])("is refused for %s", (_, over, words) => {
    const tried = play({ ...reviewing(), ...over }, enter);
    expect(where(tried)).toBe("review");
    expect(tried.notice?.text).toContain(words);
  });

  it("is refused while an answer does not fit this machine", () => {
    const state = play(reviewing(), { type: "answer", question: "ssh.port", value: 443 }, enter);
    expect(where(state)).toBe("review");
    expect(state.notice?.text).toContain("Port: port 443 is taken by nginx");
  });

  it("cannot be left half-way, except by Ctrl-C", () => {
    const state = applying();
    for (const intent of [
      back,
      { type: "quit" },
      { type: "review" },
      { type: "resumeWalk" },
      { type: "openCategory", index: 1 },
    ] as const) {
      expect(where(play(state, intent))).toBe("applying");
    }
    const left = play(state, { type: "interrupt" });
    expect(left.exitCode).toBe(130);
    expect(summary(left)[0]).toContain("go on, or go back, without this terminal");
  });

  it("follows events: what runs, what it took, what was checked", () => {
    const state = play(
      applying(),
      { type: "applyEvent", event: { kind: "note", text: "staging" }, at: 100 },
      { type: "applyEvent", event: { kind: "check", ok: true, text: "sshd -t -f @files/check-sshd" }, at: 300 },
      { type: "applyEvent", event: { kind: "check", ok: true, text: "nft -c" }, at: 400 },
      { type: "applyEvent", event: { kind: "unit", unit: "ssh.service", action: "reloaded", ok: true }, at: 450 },
      { type: "applyEvent", event: { kind: "armed", seconds: 60 }, at: 500 },
      { type: "applyEvent", event: { kind: "change", change: 0, progress: "begin" }, at: 600 },
      { type: "applyEvent", event: { kind: "change", change: 0, progress: "done" }, at: 900 },
    );
    expect(state.run?.lines).toMatchObject([
      { text: "staging", state: "note", begun: 100, ended: 300 },
      { text: "checked: sshd -t, nft -c", state: "done" },
      { state: "done" },
      { text: "SSH: write the notice", state: "done", begun: 600, ended: 900 },
    ]);
    expect(state.run?.revertsAt).toBe(60_500);
    expect(state.run?.log.at(-1)).toBe("done: SSH: write the notice");
  });

  it("counts down anew once the last change is made, however long the changes took", () => {
    const state = play(
      applying(),
      { type: "applyEvent", event: { kind: "armed", seconds: 60 }, at: 500 },
      { type: "applyEvent", event: { kind: "change", change: 0, progress: "done" }, at: 90_000 },
      { type: "applyEvent", event: { kind: "state", state: "pending" }, at: 100_000 },
    );
    expect(state.run?.revertsAt).toBe(160_000);
  });

  it("keeps the changes only after a new login", () => {
    const state = pending();
    expect(state.run).toMatchObject({ phase: "pending", revertsAt: 121_000, transactionId: "20261122-0731" });
    const asked = play(state, enter);
    expect(asked.effects).toMatchObject([{ kind: "confirm", transactionId: "20261122-0731" }]);
    const refused = play(asked, {
      type: "confirmAnswered",
      outcome: { confirmed: false, reason: "refused", remedy: "log in" },
      at: 3000,
    });
    expect(refused.run).toMatchObject({ phase: "pending", unconfirmed: { reason: "refused", remedy: "log in" } });
    const kept = play(refused, enter, {
      type: "confirmAnswered",
      outcome: { confirmed: true, how: "a new login works" },
      at: 4000,
    });
    expect(kept.effects).toEqual([{ kind: "inspect", purpose: "after" }]);
    const done = play(kept, {
      type: "inspected",
      inspection: inspectionOf(hardenedFacts),
      purpose: "after",
      at: 5000,
    });
    expect(where(done)).toBe("result");
    expect(summary(done)).toEqual([
      "app01.example.net: 7 changes kept, verified by a second inspection.",
      `Score ${done.run?.scoreBefore} → ${done.run?.scoreAfter}.  Still open: 2`,
      "Proof:                a new login works",
      "Log in from now on:   ssh -p 22022 op@app01.example.net",
      "Undo everything:      drawbridge undo 20261122-0731 --host op@app01.example.net:22022",
      "Without drawbridge:   sudo sh /var/lib/drawbridge/transactions/20261122-0731/undo",
    ]);
    expect(play(done, { type: "quit" }).exitCode).toBe(0);
  });

  it("remembers what was kept when the operator goes on to the hub, and applies again", () => {
    const done = play(
      pending(),
      enter,
      { type: "confirmAnswered", outcome: { confirmed: true, how: "x" }, at: 4000 },
      { type: "inspected", inspection: inspectionOf(hardenedFacts), purpose: "after", at: 5000 },
      back,
    );
    expect(where(done)).toBe("hub");
    expect(play(done, { type: "quit" }).exitCode).toBe(0);
    expect(summary(done)[0]).toContain("7 changes kept");
    const again = play(done, { type: "review" }, enter, type("app01.example.net"), enter);
    expect(where(again)).toBe("applying");
    expect(summary(play(again, { type: "interrupt" })).join("\n")).toMatch(
      /7 changes kept before\.\nUndo everything: +drawbridge undo 20261122-0731(?:.|\n)*go on, or go back/u,
    );
  });

  it("asks how it ended once the time is over", () => {
    const late = play(pending(), { type: "tick", at: 121_000 });
    expect(late.run?.phase).toBe("reverting");
    expect(effects(late)).toEqual(["status"]);
    expect(effects(play(late, { type: "tick", at: 122_000 }))).toEqual([]);
    expect(effects(play(late, { type: "tick", at: 125_000 }))).toEqual(["status"]);
    const status = { running: false, secondsLeft: null, startedAt: "", changes: [], left: [] };
    const reverted = play(
      late,
      { type: "statusKnown", statuses: [{ ...status, id: "20261122-0731", state: "reverted" }], at: 126_000 },
      { type: "inspected", inspection: inspectionOf(weakFacts), purpose: "after", at: 127_000 },
    );
    expect(summary(reverted)[0]).toContain("everything is as it was before");
    expect(play(reverted, { type: "quit" }).exitCode).toBe(4);
  });

  it("goes on counting where the machine's own clock says that there is time", () => {
    const late = play(pending(), { type: "tick", at: 121_000 });
    const status = { id: "20261122-0731", running: false, startedAt: "", changes: [], left: [] };
    const told = (secondsLeft: number) =>
      play(late, { type: "statusKnown", statuses: [{ ...status, state: "pending", secondsLeft }], at: 122_000 });
    expect(told(9).run).toMatchObject({ phase: "pending", revertsAt: 131_000 });
    expect(effects(play(told(9), enter))).toEqual(["confirm"]);
    expect(told(-1).run?.phase).toBe("reverting");
  });

  it("on this machine looks for the confirmation of a second login", () => {
    const local = pending(kindOf("local"));
    expect(effects(play(local, { type: "tick", at: 5000 }))).toEqual(["confirm"]);
    expect(effects(play(local, { type: "tick", at: 5000 }, { type: "tick", at: 6000 }))).toEqual([]);
    expect(effects(play(pending(), { type: "tick", at: 5000 }))).toEqual([]);
    const unasked = { confirmed: false, reason: "nobody has confirmed yet", remedy: "log in" } as const;
    const polled = play(local, { type: "tick", at: 5000 }, { type: "confirmAnswered", outcome: unasked, at: 5100 });
    expect(polled.run).toMatchObject({ phase: "pending", unconfirmed: { isNews: false } });
    const asked = play(polled, enter, { type: "confirmAnswered", outcome: unasked, at: 5200 });
    expect(asked.run).toMatchObject({ unconfirmed: { isNews: true } });
  });

  it("undoes at once while the revert is armed, and asks again once everything is kept", () => {
    expect(effects(play(pending(), { type: "undo" }))).toEqual(["undo"]);
    const done = play(
      pending(),
      enter,
      { type: "confirmAnswered", outcome: { confirmed: true, how: "x" }, at: 4000 },
      { type: "inspected", inspection: inspectionOf(hardenedFacts), purpose: "after", at: 5000 },
      { type: "undo" },
    );
    expect(where(done)).toBe("result + undo");
    expect(effects(play(done, enter))).toEqual([]);
    const undoing = play(done, { type: "undo" });
    expect(effects(undoing)).toEqual(["undo"]);
    const undone = play(
      undoing,
      { type: "undone", outcome: { transactionId: "t", state: "reverted", reason: "", verified: [] }, at: 6000 },
      { type: "inspected", inspection: inspectionOf(weakFacts), purpose: "after", at: 7000 },
    );
    expect(play(undone, { type: "quit" }).exitCode).toBe(0);
    expect(where(play(done, back))).toBe("result");
  });

  it.each([
    ["refused", 3, "refused, nothing was changed. No."],
    ["reverted", 4, "everything is as it was before. No."],
    ["failed", 5, "this did not end well. No."],
  ] as const)("%s ends with %i", (state, exitCode, words) => {
    const ended = play(
      applying(),
      {
        type: "applied",
        outcome: { transactionId: "t", state, reason: "no", verified: [] },
        confirmCommand: "",
        at: 9,
      },
      { type: "inspected", inspection: inspectionOf(weakFacts), purpose: "after", at: 10 },
    );
    expect(where(ended)).toBe("result");
    expect(summary(ended)[0]).toBe(`app01.example.net: ${words}`);
    expect(play(ended, { type: "quit" }).exitCode).toBe(exitCode);
  });

  it("names the transaction and its confirmation when it is left while waiting", () => {
    const left = play(pending(), { type: "tick", at: 11_000 }, { type: "interrupt" });
    expect(left.exitCode).toBe(130);
    expect(summary(left)).toEqual([
      "app01.example.net: the changes go back in 110 seconds unless a new login confirms them.",
      "To keep them:         sudo drawbridge confirm",
      "See how it stands:    drawbridge status --host op@app01.example.net:22022",
    ]);
  });
});

describe("root rights", () => {
  const rights = { root: false, reason: "sudo asked for a password", passwordHelps: true } as const;
  const asked = (): WizardState =>
    play(fresh(), enter, { type: "inspected", inspection: inspectionOf(weakFacts, rights), purpose: "first", at: 1 });

  it("asks once for sudo's password, hands it over, and inspects again", () => {
    const state = asked();
    expect(where(state)).toBe("category runtime + sudo");
    const given = play(state, type("right"), enter);
    expect(given.effects).toEqual([{ kind: "giveSudoPassword", password: "right" }]);
    expect(JSON.stringify({ ...given, effects: [] })).not.toContain('right"');
    const again = play(given, { type: "sudoAnswered", problem: undefined, at: 2 });
    expect(effects(again)).toEqual(["inspect"]);
    const wrong = play(given, { type: "sudoAnswered", problem: "sudo did not accept it", at: 2 });
    expect(overlay(wrong, "sudo")).toMatchObject({
      checking: false,
      problem: "sudo did not accept it",
      draft: { text: "" },
    });
  });

  it("goes on without at Esc", () => {
    expect(where(play(asked(), back))).toBe("category runtime");
  });
});

describe("templates", () => {
  const walkingTemplates = () => play(fresh(), { type: "start", mode: "templates" });

  it("asks every question with its proposal and no machine", () => {
    let state = walkingTemplates();
    const asked: string[] = [];
    for (let count = 0; count < 20 && state.screen.name !== "review"; count++) {
      const item = currentItem(state);
      if (item !== undefined) asked.push(item.id);
      state = reduce(state, enter);
    }
    expect(asked).toEqual([
      "administrator.keys",
      "administrator.password",
      "ssh.port",
      "ssh.root-login",
      "ssh.allowed",
      "ssh.banner",
      "ssh.log-level",
      "firewall.inbound",
    ]);
    expect(where(state)).toBe("review");
    const written = play(state, enter, enter);
    expect(written.effects).toMatchObject([
      { kind: "writeFiles", plan: null, directory: "./drawbridge-templates", answers: { "ssh.port": 22022 } },
    ]);
  });

  it("never inspects and never applies", () => {
    const state = play(walkingTemplates(), { type: "inspectAgain" }, { type: "review" }, enter);
    expect(where(state)).toBe("review + path");
    expect(effects(state)).toEqual([]);
  });
});

describe("files", () => {
  it("saves the plan, the answers and the files where the operator says", () => {
    const saved = play(reviewing(), { type: "save" }, enter, enter);
    expect(saved.effects).toMatchObject([{ kind: "savePlan", path: "./app01.example.net.plan.json" }]);
    const answers = play(reviewing(), { type: "save" }, move(1), enter, { type: "write", text: "/tmp/a.json" }, enter);
    expect(answers.effects).toMatchObject([
      {
        kind: "saveAnswers",
        path: "/tmp/a.json",
        file: { schemaVersion: 1, answers: { "ssh.port": 22022 }, excluded: {} },
      },
    ]);
    expect(JSON.stringify(answers.effects)).not.toContain("administrator.password");
    const files = play(reviewing(), { type: "writeFiles" }, enter);
    expect(files.effects).toMatchObject([{ kind: "writeFiles", directory: "./drawbridge-app01.example.net" }]);
    const told = play(answers, { type: "written", what: "answers", names: ["/tmp/a.json"] }, { type: "quit" });
    expect(summary(told)).toEqual([
      "app01.example.net: nothing was changed.",
      "Written:              /tmp/a.json",
      "Same on other hosts:  drawbridge apply --answers /tmp/a.json --host ...",
    ]);
  });

  it("counts what it would be too long to name", () => {
    const names = ["/srv/out/etc/ssh/a", "/srv/out/etc/issue.net", "/srv/out/README"];
    const told = play(reviewing(), { type: "written", what: "files", names });
    expect(told.notice?.text).toBe("Written: 3 files below /srv/out");
    expect(summary(play(told, { type: "quit" })).at(1)).toBe("Written:              3 files below /srv/out");
  });

  it("says in one line why a file could not be written", () => {
    const state = play(reviewing(), { type: "notWritten", reason: "EACCES\n/root" });
    expect(state.notice).toEqual({ tone: "fail", text: "EACCES /root" });
  });
});

describe("going on where it stopped", () => {
  it("keeps answers, decisions, what was left out, and the place", () => {
    const state = play(onQuestion("ssh.port"), { type: "answer", question: "ssh.port", value: 2222 }, enter, {
      type: "exclude",
      controls: ["ssh-banner"],
      reason: "no lawyers",
    });
    const progress = restoreProgress(saveProgress(state) ?? "");
    const resumed = play(fresh({ resumable: progress }), enter, found());
    expect(where(resumed)).toBe("step ssh.root-login");
    expect(resumed.answers).toEqual({ "ssh.port": 2222 });
    expect(resumed.excluded).toEqual({ "ssh-banner": "no lawyers" });
    expect(resumed.decided.has("ssh.port")).toBe(true);
  });

  it("asks again on another machine", () => {
    const progress = restoreProgress(saveProgress(play(onQuestion("ssh.port"), enter)) ?? "");
    const other = { ...inspectionOf(weakFacts), host: { name: "app02", machineId: "ffff", release: "Debian" } };
    const resumed = play(fresh({ resumable: progress }), enter, {
      type: "inspected",
      inspection: other,
      purpose: "first",
      at: 1,
    });
    expect(resumed.decided.size).toBe(0);
    expect(resumed.notice?.text).toContain("app01.example.net");
  });

  it("has nothing to keep before the first decision, and reads nothing but its own", () => {
    expect(saveProgress(walking())).toBeUndefined();
    for (const text of ["", "{}", '{"schemaVersion":2}', "null"]) expect(restoreProgress(text)).toBeUndefined();
  });

  it("drops answers that nobody asks for any more or that no longer fit", () => {
    const state = fresh({
      answers: { "ssh.port": "many", "gone.question": 1, "ssh.root-login": true, "administrator.password": "x" },
    });
    expect(state.answers).toEqual({ "ssh.root-login": true });
  });
});

describe("what can be done now", () => {
  it("offers search everywhere but where it makes no sense, and goes where the hit is", () => {
    const searching = play(walking(), { type: "search" }, type("root"));
    expect(where(searching)).toBe("category runtime + search");
    expect(where(play(searching, enter))).toBe("step ssh.root-login");
    expect(where(play(searching, { type: "write", text: "frwl" }, enter))).toBe("step firewall.inbound");
    expect(where(play(searching, { type: "write", text: "zzz" }, enter))).toBe("category runtime + search");
    expect(where(play(searching, back))).toBe("category runtime");
  });

  it("teaches the command line on every screen", () => {
    expect(equivalentCommands(walking())[0]).toBe("drawbridge inspect --host op@app01.example.net --category runtime");
    expect(equivalentCommands(reviewing()).at(-1)).toBe(
      "drawbridge apply --host op@app01.example.net --answers app01.example.net.answers.json",
    );
    const answered = play(onQuestion("ssh.port"), { type: "answer", question: "ssh.port", value: 2222 });
    expect(equivalentCommands(answered)[0]).toContain("--set ssh.port=2222");
    expect(equivalentCommands(pending()).at(-1)).toBe("sudo drawbridge confirm");
  });

  it("lists every key once", () => {
    for (const state of [
      fresh(),
      walking(),
      play(walking(), back),
      onQuestion("ssh.allowed"),
      onQuestion("ssh.port"),
      reviewing(),
      applying(),
      pending(),
    ]) {
      const keys = available(state).flatMap((command) => command.keys);
      expect(keys).toEqual([...new Set(keys)]);
    }
  });
});
