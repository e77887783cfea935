import { describe, expect, test } from "vitest";
import type { WizardState } from "../../src/core/wizard/state.ts";
import { initialState, reduce } from "../../src/core/wizard.ts";
import type { AnyQuestion } from "../../src/model/question.ts";
import { rowsOf } from "../../src/plain/lines.ts";
import { isWhole, read } from "../../src/plain/typed.ts";
import { fakeSteps, inspectionOf, questionOf } from "./fake-wizard.ts";

const hub = (more: Parameters<typeof inspectionOf>[1] = {}): WizardState => {
  const setting = {
    steps: fakeSteps,
    version: "0.1.0",
    target: { label: "op@app01", kind: "ssh" },
    targetOptions: ["--host", "op@app01"],
    confirmWithin: 120,
  } as const;
  const begun = reduce(initialState({ setting, now: 0 }), { type: "start", mode: "setup" });
  const known = reduce(begun, { type: "inspected", inspection: inspectionOf(1, more), purpose: "first", at: 1 });
  return reduce(known, { type: "back" });
};

const standingAt = ({ id }: AnyQuestion): WizardState =>
  reduce(hub(), { type: "goTo", item: { kind: "question", step: id.split(".", 1)[0] ?? "", id } });

/** What the wizard is after lines were typed one after the other, and what was said. */
const typing = (state: WizardState, ...typed: readonly string[]): { state: WizardState; said: string } => {
  let said = "";
  const end = typed.reduce((before, text) => {
    const { intents, lines = [] } = read(before, text);
    said = lines.flatMap((line) => rowsOf(line, 80)).join("\n");
    return intents.reduce(reduce, before);
  }, state);
  return { state: end, said };
};

const problemOf = ({ overlay }: WizardState): string =>
  overlay !== null && "problem" in overlay ? overlay.problem : "";

type Kind = keyof typeof questionOf;

describe("what is typed at a question", () => {
  const taken: readonly (readonly [Kind, string, unknown])[] = [
    ["confirm", "", undefined],
    ["confirm", "1", true],
    ["confirm", "2", false],
    ["confirm", "n", false],
    ["confirm", "y", true],
    ["confirm", "No", false],
    ["select", "", undefined],
    ["select", "1", "low"],
    ["select", "1.", "low"],
    ["select", " 2 ", "middle"],
    ["select", "low", "low"],
    ["select", "MIDDLE", "middle"],
    ["multiselect", "", undefined],
    ["multiselect", "2", ["deploy"]],
    ["multiselect", "2 1", ["op", "deploy"]],
    ["multiselect", "1,2", ["op", "deploy"]],
    ["multiselect", "deploy", ["deploy"]],
    ["text", "", undefined],
    ["text", "6", 6],
    ["text", " 6 ", 6],
    ["list", "", undefined],
    ["list", "one", ["one"]],
    ["list", "a\n b \nc", ["a", "b", "c"]],
    ["list", "+\nb", ["10.0.0.1", "b"]],
    ["list", "none", []],
    ["multiline", "", undefined],
    ["multiline", "Go\n\naway", "Go\n\naway\n"],
    ["multiline", "none", ""],
  ];
  test.each(taken)("%s: %j is taken as %j, and the wizard goes on", (kind, typed, value) => {
    const question = questionOf[kind];
    const { state, said } = typing(standingAt(question), typed);
    expect(said).toBe("");
    expect(state.answers).toEqual(value === undefined ? {} : { [question.id]: value });
    expect([...state.decided]).toEqual([question.id]);
    expect(state.overlay).toBeNull();
  });

  const refused: readonly (readonly [Kind, string, string])[] = [
    ["confirm", "3", "3 is none of the choices, which go from 1 to 2"],
    ["confirm", "maybe", "maybe is none of the choices"],
    ["select", "0", "0 is none of the choices, which go from 1 to 3"],
    ["select", "3", "High is not possible: the fuse would blow"],
    ["select", "1 2", "1 2 is none of the choices"],
    ["multiselect", "1 9", "9 is none of the choices"],
    ["multiselect", "1 3", "root is not possible: refused by Root login"],
    ["secret", "open sesame", "That is not an answer here"],
  ];
  test.each(refused)("%s: %j changes nothing and says why", (kind, typed, why) => {
    const before = standingAt(questionOf[kind]);
    const { state, said } = typing(before, typed);
    expect(said).toContain(why);
    expect(state).toBe(before);
  });

  test("what a hidden character would do to the terminal is not said back", () => {
    const { said } = typing(standingAt(questionOf.select), "\u001b[2Jlow");
    expect(said).toContain("\\u{1b}[2Jlow is none of the choices");
  });

  test("nobody at all is refused by the question, and asked again", () => {
    const { state } = typing(standingAt(questionOf.multiselect), "none");
    expect(state.notice?.text).toBe("somebody has to be let in");
    expect(state.decided.size).toBe(0);
  });

  test("a wrong text stays open with its problem, is corrected by the next line, and then accepted", () => {
    const wrong = typing(standingAt(questionOf.text), "7").state;
    expect(problemOf(wrong)).toBe("7 is taken");
    expect(wrong.answers).toEqual({});
    const right = typing(wrong, "8").state;
    expect(right.answers).toEqual({ "dial.wanted": 8 });
    expect([...right.decided]).toEqual(["dial.wanted"]);
  });

  test("Enter after a wrong text takes the proposal again", () => {
    const { state } = typing(standingAt(questionOf.text), "7", "", "");
    expect(state.answers).toEqual({});
    expect(state.drafts.size).toBe(0);
    expect([...state.decided]).toEqual(["dial.wanted"]);
  });

  test("a wrong entry of a list names the rule and keeps nothing", () => {
    const { state } = typing(standingAt(questionOf.list), "a b\nc");
    expect(problemOf(state)).toBe("entry 1: no spaces inside an entry");
    expect(state.answers).toEqual({});
  });

  test("a letter still works after a wrong text", () => {
    const { state } = typing(standingAt(questionOf.text), "7", "s");
    expect(state.overlay).toBeNull();
    expect(state.excluded).toEqual({ "dial-set": "skipped for now" });
  });

  test("a secret is asked for, taken as it was typed, and never among the answers", () => {
    const { state } = typing(standingAt(questionOf.secret), "1", " b c ");
    expect([...state.secrets]).toEqual([["kinds.secret", " b c "]]);
    expect(state.answers).toEqual({});
    expect([...state.decided]).toEqual(["kinds.secret"]);
    expect(problemOf(typing(standingAt(questionOf.secret), "1", "b").state)).toBe("four letters at least");
    expect(typing(standingAt(questionOf.secret), "1", "").state.overlay).toBeNull();
  });

  test("= before a letter makes it an answer", () => {
    const { state } = typing(standingAt(questionOf.text), "=6");
    expect(state.answers).toEqual({ "dial.wanted": 6 });
    expect(problemOf(typing(standingAt(questionOf.text), "=s").state)).not.toBe("");
  });
});

describe("letters", () => {
  const at = standingAt(questionOf.select);
  test("s leaves the question's controls out for now and goes on", () => {
    const { state } = typing(at, "s");
    expect(state.excluded).toEqual({ "kinds-select": "skipped for now" });
    expect(state.screen).toMatchObject({ name: "step", item: "kinds.multiselect" });
  });
  test("b goes to the question before, h to the hub", () => {
    expect(typing(at, "b").state.screen).toMatchObject({ name: "step", item: "kinds.confirm" });
    expect(typing(at, "h").state.screen).toMatchObject({ name: "hub" });
  });
  test("e opens the explanation, ? the list of letters, c the command", () => {
    expect(typing(at, "e").state.overlay?.name).toBe("explain");
    expect(typing(at, "?").state.overlay?.name).toBe("keys");
    expect(typing(at, "c").state.overlay?.name).toBe("command");
  });
  test("q ends the wizard", () => {
    expect(typing(hub(), "q").state.exitCode).toBe(0);
  });
  test(". reads the page again and changes nothing", () => {
    const { state, said } = typing(at, ".");
    expect(state).toBe(at);
    expect(said).toContain("What about kinds.select?");
  });
  test("l lists the step, a number goes there, Enter goes back", () => {
    const list = typing(at, "l").state;
    expect(list.screen).toMatchObject({ pane: "list" });
    expect(typing(list, "5").state.screen).toMatchObject({ item: "kinds.list", pane: "question" });
    expect(typing(list, "").state.screen).toMatchObject({ item: "kinds.select", pane: "question" });
    expect(typing(list, "99").state).toBe(list);
  });
  test("/ and words search where a path could be the answer, and a path is an answer", () => {
    const asked = standingAt(questionOf.text);
    expect(typing(asked, "/ kinds.list").state.overlay?.name).toBe("search");
    expect(typing(asked, "/health").state.overlay?.name).not.toBe("search");
    expect(typing(hub(), "/kinds.list").state.overlay?.name).toBe("search");
  });

  test("/ searches, a number goes there, other words search again, Enter goes back", () => {
    const found = typing(at, "/kinds.list").state;
    expect(found.overlay?.name).toBe("search");
    expect(typing(found, "1").state.screen).toMatchObject({ item: "kinds.list" });
    expect(typing(found, "dial", "1").state.screen).toMatchObject({ item: "dial.wanted" });
    expect(typing(found, "").state.overlay).toBeNull();
  });
  test("x asks for a reason and leaves out", () => {
    const asked = typing(at, "x").state;
    expect(asked.overlay?.name).toBe("reason");
    expect(typing(asked, "not on this host").state.excluded).toEqual({ "kinds-select": "not on this host" });
    expect(typing(asked, "").state.excluded).toEqual({});
  });
});

describe("numbers on the other screens", () => {
  test("the hub opens a category, the review, or an urgent finding", () => {
    expect(typing(hub(), "2").state.screen).toMatchObject({ name: "category", category: "os" });
    expect(typing(hub(), "5").state.screen).toMatchObject({ name: "review" });
    expect(typing(hub(), "6").state.screen).toMatchObject({ name: "step", item: "dial.wanted" });
    expect(typing(hub(), "99").said).toContain("not an answer here");
  });
  test("the hub explains an urgent finding by number", () => {
    expect(typing(hub(), "e 7").state.overlay).toMatchObject({ name: "explain", item: { id: "kinds.confirm" } });
  });
  test("the review shows a change, leaves it out with a reason, and asks for the host's name", () => {
    const review = typing(hub(), "5").state;
    const shown = typing(review, "1");
    expect(shown.said).toContain("create /etc/dial: Dial, +1, can lock out");
    expect(shown.said).toContain("    + 5");
    const reason = typing(review, "x 2").state;
    expect(reason.overlay).toMatchObject({ name: "reason", controls: ["kinds-confirm"] });
    expect(typing(reason, "later").state.excluded).toEqual({ "kinds-confirm": "later" });
    expect(typing(review, "").state.overlay?.name).toBe("host");
    expect(typing(review, "x").state.overlay).toMatchObject({ name: "reason", controls: ["dial-set"] });
  });
  test("only the host's own name applies", () => {
    const host = typing(hub(), "5", "").state;
    const wrong = typing(host, "app02").state;
    expect(wrong.effects).toEqual([]);
    expect(problemOf(wrong)).toBe("that is not the name of this host: app01");
    expect(typing(wrong, "app01").state.effects).toMatchObject([{ kind: "apply", confirmWithin: 120 }]);
    expect(typing(host, "").state.overlay).toBeNull();
  });
  test("saving asks what and where", () => {
    const path = typing(hub(), "5", "s", "2").state;
    expect(path.overlay).toMatchObject({ name: "path", what: "answers" });
    expect(typing(path, "").state.effects).toMatchObject([{ kind: "saveAnswers", path: "./app01.answers.json" }]);
    expect(typing(path, "/tmp/a.json").state.effects).toMatchObject([{ kind: "saveAnswers", path: "/tmp/a.json" }]);
    expect(typing(path, "b").state.effects).toEqual([]);
  });
  test("sudo's password goes to sudo as it was typed; Enter goes on without", () => {
    const rights = { root: false, reason: "sudo asks for a password", passwordHelps: true } as const;
    const begun = reduce(initialState({ setting: hub().setting, now: 0 }), { type: "start", mode: "setup" });
    const inspection = inspectionOf(1, { rights });
    const asked = reduce(begun, { type: "inspected", inspection, purpose: "first", at: 1 });
    expect(typing(asked, " b ").state.effects).toEqual([{ kind: "giveSudoPassword", password: " b " }]);
    expect(typing(asked, "").state.overlay).toBeNull();
  });
});

describe("an answer of several lines", () => {
  test("is whole with its first line when that is empty, none, a letter or a search", () => {
    const at = standingAt(questionOf.list);
    expect(["", "none", "b", " s ", "?", "/ ssh"].map((first) => isWhole(at, first))).toEqual(Array(6).fill(true));
    expect(["10.0.0.1", "+", "bb", "=b", "/srv"].map((first) => isWhole(at, first))).toEqual(Array(5).fill(false));
  });
});
