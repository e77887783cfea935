import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { demandKnownControls, givenChoices, selectSteps } from "../../src/commands/choices.ts";
import type { AnyQuestion, QuestionKind } from "../../src/model/question.ts";
import { dialControl, step, wanted } from "../core/fake-steps.ts";
import { temporaryFolder } from "./drawbridge.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const asked = (kind: QuestionKind, schema: z.ZodType): AnyQuestion => ({
  ...wanted,
  id: "dial.asked",
  kind,
  schema,
  default: () => undefined,
});
const setting = (question: AnyQuestion, value: string): unknown =>
  givenChoices([step([], { questions: [question] })], {
    settings: [{ question: "dial.asked", value }],
    answers: undefined,
  }).answers["dial.asked"];

describe("--set reads a text as the question wants it", () => {
  const list = asked("list", z.array(z.string()));
  test.each([
    [asked("confirm", z.boolean()), "yes", true],
    [asked("confirm", z.boolean()), "TRUE", true],
    [asked("confirm", z.boolean()), "off", false],
    [asked("confirm", z.boolean()), "perhaps", "perhaps"],
    [asked("text", z.string()), "22", "22"],
    [asked("text", z.string()), "[1]", "[1]"],
    [asked("text", z.number()), "22", 22],
    [asked("text", z.number()), "often", "often"],
    [asked("select", z.enum(["a", "b"])), "b", "b"],
    [list, "", []],
    [list, "a", ["a"]],
    [list, " a , b,,", ["a", "b"]],
    [list, '["a,b","c"]', ["a,b", "c"]],
    [asked("list", z.array(z.number())), "[1,2]", [1, 2]],
  ])("%#", (question, text, value) => {
    expect(setting(question, text)).toEqual(value);
  });

  test("@FILE is the file's text; of a list, its lines", () => {
    const text = asked("text", z.string());
    expect(setting(text, `@${folder.write("banner", "Keep\nout, please\n")}`)).toBe("Keep\nout, please\n");
    expect(setting(list, `@${folder.write("keys", "one, two\nthree\n")}`)).toEqual(["one, two", "three"]);
    expect(() => setting(text, "@/nowhere")).toThrow("/nowhere: there is no such file");
  });
});

describe("what was chosen", () => {
  const steps = [step([dialControl("dial-set", () => []), dialControl("dial-kept", () => [])])];

  test("--control keeps one; questions and guards of all steps stay", () => {
    const [chosen] = selectSteps(steps, { controls: ["dial-kept"], steps: [], categories: [] });
    expect(chosen?.controls.map(({ id }) => id)).toEqual(["dial-kept"]);
    expect(chosen?.questions).toEqual(steps[0]?.questions);
  });

  test("--category and --control both have to hold", () => {
    const [chosen] = selectSteps(steps, { controls: ["dial-kept"], steps: [], categories: ["network"] });
    expect(chosen?.controls).toEqual([]);
  });

  test("a step, which is all of its controls", () => {
    const [first] = steps.map(({ id }) => id);
    const chosen = selectSteps(steps, { controls: [], steps: [first as string], categories: [] });
    expect(chosen.map(({ id, controls }) => [id, controls.length > 0])).toEqual(
      steps.map(({ id }) => [id, id === first]),
    );
    expect(() => selectSteps(steps, { controls: [], steps: ["nowhere"], categories: [] })).toThrow("no step nowhere");
  });

  test("names that nobody knows", () => {
    expect(() => selectSteps(steps, { controls: ["dial-sat"], steps: [], categories: [] })).toThrow(
      "did you mean dial-set",
    );
    expect(() => demandKnownControls(steps, { "dial-sat": "" })).toThrow("did you mean dial-set");
    expect(() =>
      givenChoices(steps, { settings: [{ question: "dial.wonted", value: "1" }], answers: undefined }),
    ).toThrow("did you mean dial.wanted");
  });

  test("--set wins over the answers file, the last one over the first", () => {
    const answers = folder.write("answers.json", '{"schemaVersion":1,"answers":{"dial.wanted":1}}');
    const set = (value: string) => ({ question: "dial.wanted", value });
    expect(givenChoices(steps, { settings: [], answers }).answers).toEqual({ "dial.wanted": 1 });
    expect(givenChoices(steps, { settings: [set("2"), set("3")], answers }).answers).toEqual({ "dial.wanted": "3" });
  });
});
