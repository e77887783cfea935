import { describe, expect, test } from "vitest";
import { saveProgress } from "../../src/core/wizard/progress.ts";
import { initialState, reduce } from "../../src/core/wizard.ts";
import { fakeSession, fakeSteps, inspectionOf, noCallbacks } from "./fake-wizard.ts";
import { talk } from "./talk.ts";

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

const first = "Number, or Enter for 1: ";
const aStep = "Number of a step, or Enter for 1: ";
const review = "x and a number to leave it out: ";
const host = "Enter alone goes back, nothing changed: ";
const pending = "Enter to keep these changes, u to undo them now: ";
const result = "Enter to leave, u to undo everything, b for the hub: ";

describe("a conversation", () => {
  test("reads the page of a question as a person who cannot see it would want it", async () => {
    const { answer, until, outcome, output, end } = talk();
    await answer(first, "1");
    await answer(aStep, "/multiselect");
    await answer("Number, or other words to search for, or Enter to go back: ", "1");
    await until("Numbers, or Enter for 1: ");
    end();
    await outcome;
    const from = output().indexOf("Network level security, step");
    expect(output().slice(from).split("\n").slice(0, 17)).toEqual([
      "Network level security, step 1 of 1: Kinds",
      "One of every kind.",
      "",
      "Question 3 of 6, kinds.multiselect. What about kinds.multiselect?",
      "  Now: everyone with a shell (3 accounts)",
      "  Proposed: op",
      "  Found fail, high: kinds-multiselect stands wrong; mended by this",
      "  Why: Because it is so.",
      "  1. [x] op: key ed25519, sudo, here now",
      "  2. [ ] deploy",
      "  3. [ ] root: not possible: refused by Root login",
      "Type several numbers with spaces between them; none stands for none of them.",
      "Numbers, or Enter for 1: ",
      "app01: nothing was changed.",
      "",
    ]);
  });

  test("reads a page once, however often something is laid above it, and again when asked", async () => {
    const { answer, until, outcome, output, end } = talk();
    await answer(first, "1");
    await answer(aStep, "r");
    await answer(review, "x 2");
    await answer("Enter alone goes back: ", "");
    await answer(review, "");
    await answer(host, "");
    await answer(review, "e 1");
    await answer(review, "?");
    await answer(review, "c");
    await until(review);
    expect(occurrences(output(), "7 to create")).toBe(1);
    expect(output()).toContain("drawbridge apply --host op@app01");
    end();
    await outcome;
  });

  test("the dot reads the page again", async () => {
    const { answer, until, outcome, output, end } = talk();
    await answer(first, "1");
    await answer(aStep, "r");
    await answer(review, ".");
    await until(review);
    expect(occurrences(output(), "7 to create")).toBe(2);
    end();
    await outcome;
  });

  test("says a hint once", async () => {
    const { answer, until, outcome, output, end } = talk();
    await answer(first, "1");
    await answer(aStep, "/kinds.list");
    await answer("Enter to go back: ", "1");
    await answer("First entry, or Enter for 10.0.0.1: ", "b");
    await answer("1 to type it, or Enter to go on: ", "");
    await until("First entry, or Enter for 10.0.0.1: ");
    expect(occurrences(output(), "A first line of +")).toBe(1);
    end();
    await outcome;
  });

  test.each([
    [true, "with a place to keep them"],
    [false, "without one"],
  ])("says on the way out whether the answers are kept: %s, %s", async (keeps) => {
    const callbacks = { ...noCallbacks, ...(keeps ? { keepProgress: () => {} } : {}) };
    const { answer, until, outcome, output, end } = talk({ callbacks });
    await answer(first, "1");
    await answer(aStep, "/kinds.list");
    await answer("Enter to go back: ", "1");
    await answer("First entry, or Enter for 10.0.0.1: ", "");
    await until(": ");
    end();
    expect((await outcome).exitCode).toBe(130);
    expect(output().includes("Your answers are kept")).toBe(keeps);
  });

  test("takes neither of two secrets that differ", async () => {
    const { answer, until, outcome, output, end } = talk();
    await answer(first, "1");
    await answer(aStep, "/kinds.secret");
    await answer("Enter to go back: ", "1");
    await answer("1 to type it, or Enter to go on: ", "1");
    await answer("kinds.secret, or Enter to go back: ", "sesame");
    await answer("The same again: ", "sesam");
    await until("These two differ: neither was taken.");
    await until("kinds.secret, or Enter to go back: ");
    expect(output()).not.toContain("sesam");
    end();
    expect((await outcome).exitCode).toBe(130);
  });

  test("a person's lines that came before the last question are no answer to it; a script's are", async () => {
    const person = talk({}, { terminal: true });
    await person.answer(first, "1");
    await person.until(aStep);
    person.type("r\n\napp01\n");
    await person.until(host);
    await person.answer("", "app02");
    await person.until("that is not the name of this host: app01");
    person.end();
    await person.outcome;

    const session = fakeSession();
    const script = talk({ session });
    script.type("1\nr\n\napp01\n\n\n");
    script.end();
    expect(await script.outcome).toMatchObject({ exitCode: 0 });
    expect(session.calls).toContain("confirm 20261122-0731");
  });

  test("the end of a script while the revert is armed says what happens now, and confirms nothing", async () => {
    const session = fakeSession();
    const script = talk({ session });
    script.type("1\nr\n\napp01\n");
    script.end();
    const { exitCode, summary } = await script.outcome;
    expect(exitCode).toBe(130);
    expect(summary[0]).toMatch(/^app01: the changes go back in \d+ seconds unless a new login confirms them\.$/u);
    expect(session.calls).toEqual(["inspect", "apply 7 within 120"]);
  });

  test("undoes at once, and after the fact when it is meant", async () => {
    const session = fakeSession();
    const { answer, outcome, until, output } = talk({ session });
    await answer(first, "1");
    await answer(aStep, "r");
    await answer(review, "");
    await answer(host, "app01");
    await answer(pending, "");
    await answer(result, "u");
    await answer("y does it, Enter keeps the changes: ", "no");
    await answer("y does it, Enter keeps the changes: ", "");
    await answer(result, "u");
    await answer("y does it, Enter keeps the changes: ", "y");
    await until("app01: everything is as it was before.");
    await answer("Enter to leave, b for the hub: ", "");
    expect((await outcome).exitCode).toBe(0);
    expect(session.calls.filter((call) => call.startsWith("undo"))).toEqual(["undo 20261122-0731"]);
    expect(occurrences(output(), "everything is as it was before.")).toBe(1);
  });

  test("an attempt to confirm that fails says why, and the deadline is not read out a second time", async () => {
    let attempts = 0;
    const session = fakeSession({
      confirm: async () => {
        attempts += 1;
        return attempts === 1
          ? { confirmed: false, reason: "no route to host", remedy: "open the port" }
          : { confirmed: true, how: "a new login works" };
      },
    });
    const { answer, outcome, output } = talk({ session });
    await answer(first, "1");
    await answer(aStep, "r");
    await answer(review, "");
    await answer(host, "app01");
    await answer(pending, "");
    await answer("Not confirmed yet: no route to host.", "");
    await answer(result, "");
    const { exitCode, summary } = await outcome;
    expect(exitCode).toBe(0);
    expect(occurrences(output(), "All changes are in place.")).toBe(1);
    // What stays in the scrollback is the summary, once.
    for (const line of summary)
      expect(
        output()
          .split("\n")
          .filter((row) => row === line),
      ).toHaveLength(1);
  });

  test("the revert ends the question that nobody answered", async () => {
    const session = fakeSession({
      status: async () => [
        {
          id: "20261122-0731",
          state: "reverted",
          running: false,
          secondsLeft: null,
          startedAt: "",
          changes: [],
          left: [],
        },
      ],
    });
    const { answer, outcome, until, output } = talk({ session, confirmWithin: 1 });
    await answer(first, "1");
    await answer(aStep, "r");
    await answer(review, "");
    await answer(host, "app01");
    await until(`${pending}\nEverything goes back\n`);
    await answer("Enter to leave, b for the hub: ", "");
    expect((await outcome).exitCode).toBe(4);
    expect(output()).toContain("app01: everything is as it was before. Nobody confirmed in time");
  });

  test("an inspection that fails is tried again", async () => {
    let attempts = 0;
    const session = fakeSession({
      inspect: async () => {
        attempts += 1;
        if (attempts === 1) throw new Error("ssh: connect to host app01 port 22: Connection refused");
        return inspectionOf(1);
      },
    });
    const { answer, outcome, until, end } = talk({ session, startAt: "setup" });
    await until("Problem: ssh: connect to host app01 port 22: Connection refused");
    await answer("Enter to try again, b to go back, q to quit: ", "");
    await until("app01, Debian 12: inspected in 0.8 s");
    end();
    await outcome;
  });

  test("goes on where it was interrupted", async () => {
    const setting = {
      steps: fakeSteps,
      version: "0.1.0",
      target: { label: "op@app01", kind: "ssh" },
      targetOptions: [],
      confirmWithin: 120,
    } as const;
    const begun = reduce(initialState({ setting, now: 0 }), { type: "start", mode: "setup" });
    const known = reduce(begun, { type: "inspected", inspection: inspectionOf(1), purpose: "first", at: 0 });
    const item = { kind: "question", step: "kinds", id: "kinds.select" } as const;
    const stopped = reduce(reduce(known, { type: "goTo", item }), {
      type: "answer",
      question: "kinds.select",
      value: "low",
    });
    const { answer, outcome, until, end, output } = talk({ resume: saveProgress(stopped) ?? "" });
    await answer(first, "1");
    await until("Question 2 of 6, kinds.select.");
    await until("Number, or Enter for 1: ");
    expect(output()).toContain("  Chosen: low");
    end();
    await outcome;
  });

  test("without a machine there are templates, and their files", async () => {
    const { answer, outcome, until } = talk({ session: null });
    await until("Drawbridge, no machine. Templates only: no machine is touched.");
    await answer(first, "");
    await answer(aStep, "r");
    await answer("Enter to write the files, s to save the answers: ", "");
    await answer("or b to go back: ", "/tmp/x");
    await until("Written: /tmp/x");
    await answer("Enter to write the files, s to save the answers: ", "h");
    await answer("Enter to write the files, s to save the answers: ", "b");
    await answer("Number, or Enter for 5: ", "q");
    expect((await outcome).exitCode).toBe(0);
  });

  test("stays in ASCII where the terminal shows no more, and says everything as it is where it does", async () => {
    const steps = fakeSteps.map((step) => ({ ...step, title: `${step.title} für Müller` }));
    const run = async (environment: Readonly<Record<string, string>>) => {
      const { answer, until, outcome, output, end } = talk({ steps, environment });
      await answer(first, "1");
      await until(aStep);
      end();
      await outcome;
      return output();
    };
    expect(await run({ TERM: "xterm", LANG: "C" })).toMatch(/^[\x20-\x7e\n]*$/u);
    expect(await run({ TERM: "xterm", LANG: "C.UTF-8" })).toContain("Dial für Müller");
  });
});
