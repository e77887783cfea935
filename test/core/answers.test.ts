import { describe, expect, test } from "vitest";
import { z } from "zod";
import { answerProblems, answerReader, applicableQuestions, settledAnswers } from "../../src/core/answers.ts";
import { nearest } from "../../src/core/nearest.ts";
import { known } from "../../src/model/fact.ts";
import { type AnyQuestion, question } from "../../src/model/question.ts";
import { dial, facts, wanted } from "./fake-steps.ts";

const text = (id: `${string}.${string}`, more: Partial<AnyQuestion> = {}): AnyQuestion =>
  question({
    id,
    kind: "text",
    label: id,
    title: id,
    why: "",
    schema: z.string(),
    needs: { dial },
    default: () => "default",
    ...more,
  } as AnyQuestion);

const none = facts({});

describe("reading answers", () => {
  test("a given answer wins over the default, and is what the schema makes of it", () => {
    expect(answerReader(none, { "dial.wanted": "3" }).get(wanted)).toBe(3);
    expect(answerReader(none, {}).get(wanted)).toBe(5);
  });

  test("a default may be derived from facts and from other answers", () => {
    const echo = text("echo.it", {
      default: ({ dial: fact }, answers) => `${fact?.state === "known" ? fact.value : "?"}/${answers.get(wanted)}`,
    });
    expect(answerReader(facts({ dial: known(9) }), { "dial.wanted": 2 }).get(echo)).toBe("9/2");
  });

  test("a question that does not apply takes its default, whatever was given", () => {
    const hidden = text("hidden.one", { when: () => false });
    const reader = answerReader(none, { "hidden.one": "given" });
    expect(reader.get(hidden)).toBe("default");
    expect(applicableQuestions([hidden], none, reader)).toEqual([]);
  });

  test("a default that depends on itself is named instead of looping", () => {
    const loop: AnyQuestion = text("loop.a", { default: (_facts, answers) => answers.get(loop) });
    expect(() => answerReader(none, {}).get(loop)).toThrow("the default of loop.a depends on itself");
  });

  test("a secret is never among the answers that are written down", () => {
    const secret = text("vault.password", { kind: "secret" });
    const reader = answerReader(none, { "vault.password": "hunter2" });
    expect(settledAnswers([wanted as AnyQuestion, secret], none, reader)).toEqual({ "dial.wanted": 5 });
  });
});

describe("judging answers", () => {
  const problems = (given: Record<string, unknown>) => answerProblems([wanted as AnyQuestion], given, none);

  test.each([
    [{ "dial.wanted": 3 }, []],
    [{ "dial.wanted": 7 }, ["7 is taken"]],
    [{ "dial.wanted": 11 }, [expect.stringMatching(/10/u)]],
    [{ "dial.wanted": "many" }, [expect.stringMatching(/number/iu)]],
    [{ "dial.wnted": 3 }, ["no such question; did you mean dial.wanted?"]],
    [{ unheard: 3 }, ["no such question"]],
  ])("%j", (given, expected) => {
    expect(problems(given).map(({ problem }) => problem)).toEqual(expected);
  });
});

test.each([
  ["ssh-prt", "; did you mean ssh-port?"],
  ["port", "; did you mean open-ports, ssh-port?"],
  ["completely-different", ""],
])("the names nearest to %s", (name, expected) => {
  expect(nearest(name, ["ssh-port", "ssh-root-login", "open-ports"])).toBe(expected);
});
