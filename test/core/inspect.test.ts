import { expect, test } from "vitest";
import { byUrgency } from "../../src/core/inspect.ts";
import { judge } from "../../src/core/judge.ts";
import { score } from "../../src/core/score.ts";
import { absent, known, unknown } from "../../src/model/fact.ts";
import type { Finding } from "../../src/model/finding.ts";
import { raw } from "../../src/model/probe.ts";
import { dial, dialControl, facts, step } from "./fake-steps.ts";

const inspectOne = (fact: Parameters<typeof facts>[0], more = {}) =>
  judge([step([dialControl("dial-position", () => [], more)])], facts(fact), {}).findings[0];

test.each([
  [known(5), { result: "pass", title: "dial-position stands right", detail: "" }],
  [known(4), { result: "fail", title: "dial-position stands wrong", detail: "it is at 4" }],
  [absent("there is no dial"), { result: "notapplicable", detail: "there is no dial" }],
  [unknown("sudo asks for a password"), { result: "unknown", detail: "sudo asks for a password" }],
] as const)("%j", (dialFact, expected) => {
  expect(inspectOne({ dial: dialFact })).toMatchObject(expected);
});

test("a fact nobody asked for is unknown, never a pass", () => {
  expect(inspectOne({})).toMatchObject({ result: "unknown", detail: "nobody asked for dial" });
});

test("a control that throws is an error with its words", () => {
  const inspect = () => {
    throw new Error("cannot divide by zero");
  };
  expect(inspectOne({ dial: known(5) }, { inspect })).toMatchObject({
    result: "error",
    detail: "cannot divide by zero",
  });
});

test("a control that does not apply says why", () => {
  expect(inspectOne({ dial: known(5) }, { applies: () => "no dial on this model" })).toMatchObject({
    result: "notapplicable",
    detail: "no dial on this model",
  });
});

test("a raw need hands the ignorance to the control", () => {
  const inspect = ({ dial: fact }: { dial: { state: string } }) => ({
    result: "pass",
    detail: fact.state,
    evidence: [],
  });
  expect(inspectOne({ dial: unknown("no") }, { needs: { dial: raw(dial) }, inspect })).toMatchObject({
    detail: "unknown",
  });
});

const finding = (result: Finding["result"], severity: Finding["severity"]): Finding => ({
  controlId: `${result}-${severity}`,
  guideline: [],
  category: "os",
  step: "x",
  title: "",
  severity,
  result,
  detail: "",
  evidence: [],
  references: [],
});

test("the most urgent stands first", () => {
  const findings = [
    finding("pass", "critical"),
    finding("fail", "low"),
    finding("unknown", "high"),
    finding("fail", "critical"),
  ];
  expect(byUrgency(findings).map(({ controlId }) => controlId)).toEqual([
    "fail-critical",
    "fail-low",
    "unknown-high",
    "pass-critical",
  ]);
});

test("what is unknown counts against the score; what does not apply does not count", () => {
  expect(score([finding("pass", "high"), finding("notapplicable", "critical")])).toBe(100);
  expect(score([finding("pass", "high"), finding("unknown", "high")])).toBe(50);
  expect(score([finding("pass", "critical"), finding("fail", "critical"), finding("waived", "high")])).toBe(50);
  expect(score([])).toBe(100);
});
