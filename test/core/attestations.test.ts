import { describe, expect, it } from "vitest";
import { answerProblem, answerReader, settledAnswers } from "../../src/core/answers.ts";
import { attestation, monthsLater, readAttestation } from "../../src/core/attestations.ts";
import { inspectControl } from "../../src/core/inspect.ts";
import { planFor } from "../../src/core/judge.ts";
import { type Fact, known } from "../../src/model/fact.ts";
import type { Answers } from "../../src/model/plan.ts";
import type { Step } from "../../src/model/step.ts";
import { type Attestations, attestations } from "../../src/probes/attestations.ts";
import { recordedAnswers } from "../../src/probes/machine.ts";

const staging = attestation({
  id: "pipeline.staging",
  controlId: "pipeline-staging",
  guideline: ["RT-02"],
  claim: "Releases pass through staging",
  failing: "Nobody vouches for staging",
  label: "Staging",
  title: "Who?",
  why: "Because.",
  severity: "medium",
  reviewMonths: 12,
});
const step: Step = {
  id: "pipeline",
  category: "runtime",
  title: "Pipeline",
  intro: "",
  questions: [staging.question],
  controls: [staging.control],
};

const other = {
  claim: "Backups are kept elsewhere",
  owner: "Ops",
  evidence: "OPS-7",
  attested: "2026-01-01",
  reviewBy: "2027-01-01",
};
const record = {
  claim: "Releases pass through staging",
  owner: "Operations",
  evidence: "https://wiki.example/staging",
  attested: "2026-05-01",
  reviewBy: "2027-05-01",
};

const vouched = (records: Attestations["records"], today = "2026-11-22"): Fact<Attestations> =>
  known({
    today,
    records,
    file:
      Object.keys(records).length === 0
        ? undefined
        : { content: `${JSON.stringify({ schemaVersion: 1, attestations: records })}\n`, mode: "0600" },
  });
const factsOf = (fact: Fact<Attestations>) =>
  new Map<string, Fact<unknown>>([
    [attestations.id, fact],
    [recordedAnswers.id, { state: "absent", reason: "nothing yet" }],
  ]);
const judged = (fact: Fact<Attestations>, given: Answers = {}) => {
  const facts = factsOf(fact);
  return inspectControl(step, staging.control, facts, answerReader(facts, given));
};
const planned = (fact: Fact<Attestations>, given: Answers = {}) =>
  planFor([step], factsOf(fact), given, {}, "1").plan.changes;
const say = (text: string): Answers => ({ "pipeline.staging": text });
const written = (fact: Fact<Attestations>, given: Answers) => {
  const file = planned(fact, given).find(
    (one) => one.kind === "file" && one.path === "/etc/drawbridge/attestations.json",
  );
  return file?.kind === "file" ? (JSON.parse(file.after.content) as { attestations: unknown }).attestations : undefined;
};

describe("what was said", () => {
  it.each([
    ["Operations; https://wiki.example/a; 2027-05-01", ["Operations", "https://wiki.example/a", "2027-05-01"]],
    ["Operations ;OPS-7", ["Operations", "OPS-7", undefined]],
    ["Ops; page 3; section 2; 2027-05-01", ["Ops", "page 3; section 2", "2027-05-01"]],
  ])("%s", (text, [owner, evidence, reviewBy]) => {
    expect(readAttestation(text)).toEqual({ owner, evidence, reviewBy });
  });

  it.each([
    "Operations",
    "; evidence",
    "Operations;",
    "Operations; 2027-05-01",
    "Ops; x; 2027-02-30",
    "a\nb; c",
  ])("%j is no attestation", (text) => {
    expect(answerProblem(staging.question, text, factsOf(vouched({})), answerReader(new Map(), {}))).toBeDefined();
  });

  it("a day that is past is refused, unless it is the one on record", () => {
    const problem = (text: string, fact: Fact<Attestations>) =>
      answerProblem(staging.question, text, factsOf(fact), answerReader(factsOf(fact), {}));
    expect(problem("Ops; x; 2026-11-21", vouched({}))).toContain("is past");
    expect(problem("Ops; x; 2026-11-22", vouched({}))).toBeUndefined();
    const old = { ...record, reviewBy: "2026-06-01" };
    expect(problem("Operations; x; 2026-06-01", vouched({ "pipeline.staging": old }))).toBeUndefined();
  });

  it("months are those of the calendar", () => {
    expect(monthsLater("2026-11-22", 12)).toBe("2027-11-22");
    expect(monthsLater("2026-08-31", 6)).toBe("2027-02-28");
    expect(monthsLater("2027-12-31", 2)).toBe("2028-02-29");
  });
});

describe("the verdict", () => {
  it("is unknown while nobody vouches", () => {
    const { result, detail } = judged(vouched({}));
    expect(result).toBe("unknown");
    expect(detail).toContain("--set");
  });

  it("is attested until its day is over", () => {
    const held = vouched({ "pipeline.staging": record }, "2027-05-01");
    expect(judged(held)).toMatchObject({ result: "attested", title: "Releases pass through staging" });
    expect(judged(held).detail).toContain("Operations, until 2027-05-01");
  });

  it("fails from the day after, and no plan can mend that", () => {
    const overdue = vouched({ "pipeline.staging": record }, "2027-05-02");
    expect(judged(overdue)).toMatchObject({ result: "fail", title: "Nobody vouches for staging" });
    expect(planned(overdue)).toEqual([]);
  });

  it("fails while the answer is not written down", () => {
    expect(judged(vouched({}), say("Operations; OPS-1")).result).toBe("fail");
  });

  it("is unknown when the file cannot be read, with its reason", () => {
    const broken: Fact<Attestations> = { state: "unknown", reason: "attestations.json is not JSON" };
    expect(judged(broken)).toMatchObject({ result: "unknown", detail: "attestations.json is not JSON" });
    expect(planned(broken, say("Operations; OPS-1"))).toEqual([]);
  });
});

describe("the plan", () => {
  it("writes the record with today's date, and the review after the usual months", () => {
    expect(written(vouched({}), say("Operations; OPS-1"))).toEqual({
      "pipeline.staging": {
        claim: "Releases pass through staging",
        owner: "Operations",
        evidence: "OPS-1",
        attested: "2026-11-22",
        reviewBy: "2027-11-22",
      },
    });
  });

  it("makes its folder once, and a file that only root reads", () => {
    const changes = planned(vouched({}), say("Operations; OPS-1"));
    expect(changes.map((one) => `${one.kind} ${"path" in one ? one.path : ""}`)).toEqual([
      "directory /etc/drawbridge",
      "file /etc/drawbridge/attestations.json",
      "file /etc/drawbridge/answers.json",
    ]);
    expect(changes[1]).toMatchObject({ after: { mode: "0600", owner: "root" } });
  });

  it("leaves the records of other questions alone", () => {
    const held = vouched({ "backup.place": other, "pipeline.staging": record });
    expect(written(held, say("Release team; OPS-2; 2027-06-01"))).toMatchObject({
      "backup.place": other,
      "pipeline.staging": { owner: "Release team", reviewBy: "2027-06-01", attested: "2026-11-22" },
    });
  });

  it("is empty when it says what is written down, with or without the day", () => {
    const held = vouched({ "pipeline.staging": record });
    for (const text of [`Operations; ${record.evidence}; 2027-05-01`, `Operations; ${record.evidence}`]) {
      expect(planned(held, say(text))).toEqual([]);
      expect(judged(held, say(text)).result).toBe("attested");
    }
    expect(planned(held)).toEqual([]);
  });

  it("removes what nobody vouches for any more", () => {
    const held = vouched({ "backup.place": other, "pipeline.staging": record });
    expect(judged(held, say("")).result).toBe("fail");
    expect(written(held, say(""))).toEqual({ "backup.place": other });
  });
});

it("the answer is kept in its own file, not a second time with the others", () => {
  const facts = factsOf(vouched({ "pipeline.staging": record }));
  expect(settledAnswers([staging.question], facts, answerReader(facts, {}))).toEqual({});
});

describe("the file", () => {
  const answer = (stdout: string) => attestations.parse({ stdout, exitCode: 0, truncated: false, timedOut: false });
  const file = `${JSON.stringify({ schemaVersion: 1, attestations: { "pipeline.staging": record } }, null, 2)}\n`;

  it("is read byte for byte", () => {
    expect(answer(`2026-11-22\nregular file|600|0\n${file}`)).toEqual({
      state: "known",
      value: {
        today: "2026-11-22",
        records: { "pipeline.staging": record },
        file: { content: file, mode: "0600" },
      },
    });
    expect(answer("2026-11-22\n")).toMatchObject({ state: "known", value: { records: {}, file: undefined } });
  });

  it.each([
    ["not JSON", "2026-11-22\nregular file|600|0\n{\n"],
    ["a day that is none", `2026-11-22\nregular file|600|0\n${file.replace("2027-05-01", "2027-13-01")}`],
    ["open to others", `2026-11-22\nregular file|602|0\n${file}`],
    ["a link", "2026-11-22\nsymbolic link|777|0\n"],
    ["no date", "\n"],
  ])("is never taken for an empty one: %s", (_, stdout) => {
    expect(answer(stdout).state).toBe("unknown");
  });
});
